import { once } from "node:events";

/** U+0085, U+2028 and U+2029 end a line for some readers, and JSON leaves them as they are. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;
/** Characters that are written at once, and milliseconds after which fewer are: values may come for ever, now and then. */
const CHUNK = 65_536;
const PATIENCE_MS = 100;

/** One JSON value per line to standard output, no faster than it is read. */
export async function writeNdjson(values: AsyncIterable<unknown>, out: NodeJS.WriteStream = process.stdout): Promise<void> {
	let pending = "";
	let timer: NodeJS.Timeout | undefined;
	const flush = (): void => {
		clearTimeout(timer);
		timer = undefined;
		if (pending !== "") out.write(pending);
		pending = "";
	};
	try {
		for await (const value of values) {
			pending += `${JSON.stringify(value).replace(LINE_ENDS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
			timer ??= setTimeout(flush, PATIENCE_MS);
			if (pending.length >= CHUNK) flush();
			if (out.writableNeedDrain) await once(out, "drain");
		}
		flush();
	} finally {
		clearTimeout(timer);
	}
	if (out.writableNeedDrain) await once(out, "drain");
}
