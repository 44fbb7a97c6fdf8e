import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AppError } from "@faultline/contracts";

/** Bytes as they are, or unpacked where they begin as a gzip file does. @throws BAD_INPUT for a broken gzip file */
export async function* unpacked(input: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
	const chunks = input[Symbol.asyncIterator]();
	const first = await chunks.next();
	if (first.done) return;
	const all = (async function* () {
		yield first.value;
		yield* { [Symbol.asyncIterator]: () => chunks };
	})();
	if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) return yield* all;
	try {
		yield* Readable.from(all).pipe(createGunzip()) as AsyncIterable<Uint8Array>;
	} catch (cause) {
		throw new AppError("BAD_INPUT", `${name}: it cannot be unpacked`, { cause, hint: "check that the gzip file is whole" });
	}
}
