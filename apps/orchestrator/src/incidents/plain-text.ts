/** Escape sequences of terminals: CSI ("ESC [ ... letter"), OSC ("ESC ] ... BEL or ST"), the other strings (DCS, PM, APC, SOS), and two-byte ones; also in their 8-bit forms. */
const ESCAPES =
	/(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
/** Control characters, and the invisible ones that reorder or hide text (bidi overrides, zero width, tags, line and paragraph separators). */
const INVISIBLE =
	/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/**
 * Telemetry as one harmless line: no terminal escape, no control character, no text that hides or turns itself round; spaces
 * folded; cut at `max` characters (code points) with an ellipsis.
 */
export function plain(text: string, max = Number.POSITIVE_INFINITY): string {
	// Far more than is ever shown: a 10 MB line is cut before the expensive part.
	const start = text.length > max * 8 + 4096 ? text.slice(0, max * 8 + 4096) : text;
	const line = start.replace(ESCAPES, "").replace(INVISIBLE, " ").replace(/ +/g, " ").trim();
	return shorten(line, max);
}

/** At most `max` code points, cut at a space where one is near, with an ellipsis. */
export function shorten(line: string, max: number): string {
	if (line.length <= max) return line;
	const points = Array.from(line);
	if (points.length <= max) return line;
	const cut = points.slice(0, Math.max(0, max - 1)).join("");
	const space = cut.lastIndexOf(" ");
	return `${space > cut.length * 0.7 ? cut.slice(0, space) : cut}…`;
}
