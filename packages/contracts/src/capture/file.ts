import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { constants, gunzip } from "node:zlib";

/** More than this unpacked is refused: no capture is that large, and a gzip bomb is. */
const MAX_BYTES = 2 ** 31 - 1;

/** A file's bytes, unpacked, and what was wrong with it. `bytes` is undefined where the file does not exist. */
export interface CaptureFile {
	name: string;
	bytes: Buffer | undefined;
	problems: string[];
}

/** Reads `name` or `name.gz` of a capture folder. A gzip file that ends early yields what it holds, and a problem. */
export async function readCaptureFile(directory: string, name: string): Promise<CaptureFile> {
	const plain = await readIfThere(join(directory, name));
	if (plain.bytes) return checked(name, plain.bytes, []);
	if (plain.why) return unreadable(name, plain.why);
	const { bytes: packed, why } = await readIfThere(join(directory, `${name}.gz`));
	if (why) return unreadable(`${name}.gz`, why);
	if (!packed) return { name, bytes: undefined, problems: [] };
	const whole = await unpack(packed, constants.Z_FINISH);
	if (whole.bytes) return checked(name, whole.bytes, []);
	const part = await unpack(packed, constants.Z_SYNC_FLUSH);
	if (part.bytes && part.bytes.length > 0)
		return checked(name, part.bytes, [`${name}.gz is truncated: what it holds up to there was read`]);
	return { name, bytes: Buffer.alloc(0), problems: [`${name}.gz cannot be unpacked (${whole.why})`] };
}

function checked(name: string, bytes: Buffer, problems: string[]): CaptureFile {
	if (!isUtf8(bytes)) problems.push(`${name} holds bytes that are not UTF-8: each was read as U+FFFD`);
	return { name, bytes, problems };
}

/** A file that is there and cannot be read is a gap to tell of, not the end of the report. */
function unreadable(name: string, why: string): CaptureFile {
	return { name, bytes: undefined, problems: [`${name} cannot be read (${why})`] };
}

async function readIfThere(path: string): Promise<{ bytes?: Buffer; why?: string }> {
	try {
		return { bytes: await readFile(path) };
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		return code === "ENOENT" ? {} : { why: code ?? "unknown error" };
	}
}

function unpack(packed: Buffer, finishFlush: number): Promise<{ bytes?: Buffer; why?: string }> {
	return new Promise((resolve) => {
		gunzip(packed, { finishFlush, maxOutputLength: MAX_BYTES }, (error, bytes) =>
			resolve(error ? { why: (error as NodeJS.ErrnoException).code ?? "bad data" } : { bytes }),
		);
	});
}

/** The lines of a file, without copying it whole into one string. Empty lines are left out; numbers start at 1. */
export function* linesOf(bytes: Buffer): Generator<{ line: string; number: number; last: boolean }> {
	let start = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
	for (let number = 1; start < bytes.length; number++) {
		const newline = bytes.indexOf(10, start);
		const end = newline < 0 ? bytes.length : newline;
		const stop = end > start && bytes[end - 1] === 13 ? end - 1 : end;
		if (stop > start) yield { line: bytes.toString("utf8", start, stop), number, last: newline < 0 };
		start = end + 1;
	}
}
