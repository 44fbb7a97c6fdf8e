import { createHash } from "node:crypto";

/**
 * Data for a prompt, between markers that the data cannot forge: the marker carries a hash of the very text it encloses, so
 * that whoever wrote the text would have to find one that contains its own hash; and any "<data" or "</data" in the text is
 * broken up besides, as are characters that hide text from a reader.
 */
export function fence(name: string, text: string): string {
	const clean = defuse(text);
	const mark = createHash("sha256").update(name).update("\0").update(clean).digest("hex").slice(0, 16);
	return `<data-${mark} name="${name}">\n${clean}\n</data-${mark}>`;
}

/** Telemetry text as it may stand in a prompt: no control, zero-width, bidirectional or tag characters, no marker look-alikes. */
export function defuse(text: string): string {
	return text
		.normalize("NFC")
		.replace(ESCAPES, "")
		.replace(HIDDEN, "")
		.replace(/\r\n?/g, "\n")
		.replace(/[<＜‹〈](?=\s*[/／⁄]?\s*data)/gi, "(");
}

// Escape sequences of terminals (ECMA-48): without its first byte, "[31m" would stand in a sentence. Bounded: an unended one takes no more than a line.
const ESCAPES =
	/(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]{0,512}(?:\u0007|\u001b\\|\u009c)/g;

// C0 and C1 controls but \n, \t and \r; soft hyphen; zero-width; bidirectional marks, embeddings and isolates; byte order mark; variation selectors; tags.
const HIDDEN =
	/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e01ef}]/gu;

/** Text from telemetry, short and on one line, for use inside our own sentences. */
export function oneLine(text: string, max: number): string {
	const flat = defuse(text).replace(/\s+/g, " ").trim();
	return flat.length <= max ? flat : `${flat.slice(0, max - 1).trimEnd()}…`;
}
