/** What JSON leaves as it is, but a terminal acts upon: 8-bit controls, and characters that hide or turn text round. */
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A value as JSON, ending with a line feed; harmless to print, and the same value when it is read back. */
export function formatJson(value: unknown): string {
	return `${JSON.stringify(value, null, 2).replace(UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
