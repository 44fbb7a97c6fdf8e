import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { TextDecoder } from "node:util";
import { AppError } from "@faultline/contracts";

export interface InputLine {
	text: string;
	/** From 1. */
	number: number;
	/** The line was longer than MAX_LINE_BYTES; the rest of it is gone. */
	truncated: boolean;
	/** Bytes that are no UTF-8 were replaced by U+FFFD. */
	repaired: boolean;
}

/** Bytes of a line that are kept, so that one endless line cannot fill the memory. */
export const MAX_LINE_BYTES: number = 16 * 1024 * 1024;

/** A file by its path, or standard input for "-". Throws BAD_INPUT where there is no readable file. */
export async function openInput(path: string, stdin: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
	if (path === "-") return stdin;
	const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
		const what = cause.code === "ENOENT" ? "there is no such file" : `it cannot be read (${cause.code ?? "unknown error"})`;
		throw new AppError("BAD_INPUT", `${path}: ${what}`, { cause, hint: 'name an existing file, or "-" for standard input' });
	});
	if (found.isDirectory()) throw new AppError("BAD_INPUT", `${path}: it is a folder`, { hint: "name a file of log lines in it" });
	return readable(path);
}

async function* readable(path: string): AsyncGenerator<Uint8Array> {
	try {
		yield* createReadStream(path) as AsyncIterable<Uint8Array>;
	} catch (thrown) {
		const cause = thrown as NodeJS.ErrnoException;
		throw new AppError("BAD_INPUT", `${path}: it cannot be read (${cause.code ?? "unknown error"})`, {
			cause,
			hint: "check the file's permissions",
		});
	}
}

const NEWLINE = 10;
const RETURN = 13;

/** Cuts UTF-8 bytes (or UTF-16 with a byte order mark) into lines at "\n" (a "\r" before it goes too). A last line without an end counts; memory is one line and one chunk. */
export async function* readLines(input: AsyncIterable<Uint8Array>, name = "input"): AsyncGenerator<InputLine> {
	let parts: Uint8Array[] = [];
	let held = 0;
	let truncated = false;
	let number = 0;
	const keep = (part: Uint8Array): void => {
		const room = MAX_LINE_BYTES - held;
		if (part.length > room) truncated = true;
		if (room <= 0 || part.length === 0) return;
		parts.push(part.subarray(0, room));
		held += Math.min(part.length, room);
	};
	const finish = (): InputLine => {
		const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
		const line = decode(bytes, ++number, truncated);
		parts = [];
		held = 0;
		truncated = false;
		return line;
	};
	for await (const chunk of asUtf8(input, name)) {
		let from = 0;
		for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
			keep(chunk.subarray(from, at));
			from = at + 1;
			yield finish();
		}
		keep(chunk.subarray(from));
	}
	if (held > 0) yield finish();
}

const strict = new TextDecoder("utf-8", { fatal: true });
const lenient = new TextDecoder("utf-8");

function decode(bytes: Uint8Array, number: number, truncated: boolean): InputLine {
	const whole = bytes.at(-1) === RETURN && !truncated ? bytes.subarray(0, -1) : bytes;
	try {
		return { text: strict.decode(whole), number, truncated, repaired: false };
	} catch {
		return { text: lenient.decode(whole), number, truncated, repaired: true };
	}
}

/**
 * The bytes as UTF-8: UTF-16 is known by its byte order mark, and turned into it; anything else is passed on. Throws BAD_INPUT for what is
 * compressed: that would be nothing but broken characters, better said at once.
 */
async function* asUtf8(input: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
	let head: Uint8Array = new Uint8Array();
	let decoder: TextDecoder | undefined;
	let decided = false;
	for await (const chunk of input) {
		if (decided) {
			yield decoder === undefined ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }));
			continue;
		}
		head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
		if (head.length < 2) continue;
		assertNotCompressed(head, name);
		decoder = utf16Decoder(head);
		decided = true;
		yield decoder === undefined ? head : Buffer.from(decoder.decode(head, { stream: true }));
	}
	if (!decided) yield head;
	if (decoder !== undefined) yield Buffer.from(decoder.decode());
}

function utf16Decoder([a, b]: Uint8Array): TextDecoder | undefined {
	if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le");
	return a === 0xfe && b === 0xff ? new TextDecoder("utf-16be") : undefined;
}

function assertNotCompressed([a, b]: Uint8Array, name: string): void {
	if (a === 0x1f && b === 0x8b)
		throw new AppError("BAD_INPUT", `${name}: it is compressed with gzip`, {
			hint: "decompress it first: gunzip -c FILE | faultline logs group -",
		});
}
