import { once } from "node:events";

/** U+0085, U+2028 and U+2029 end a line for some readers, and JSON leaves them as they are. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** One JSON value per line to standard output, no faster than it is read. */
export async function writeNdjson(values: AsyncIterable<unknown>, out: NodeJS.WriteStream = process.stdout): Promise<void> {
	let pending = "";
	for await (const value of values) {
		pending += `${JSON.stringify(value).replace(LINE_ENDS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
		if (pending.length < 65_536) continue;
		if (!out.write(pending)) await once(out, "drain");
		pending = "";
	}
	if (pending !== "" && !out.write(pending)) await once(out, "drain");
}
