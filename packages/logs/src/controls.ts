/**
 * What is taken out of a line before anything looks at it: control characters and colours, what hides or turns text (zero-width and
 * bidirectional marks), replacement characters of broken encodings, and the noncharacters U+FDD0 to U+FDEF, one of which marks holes.
 */
const CONTROL =
	/\u001b\[[0-9;?]{0,32}[A-Za-z]|[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufdd0-\ufdef\ufeff\ufffd]/g;
const HAS_CONTROL = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufdd0-\ufdef\ufeff\ufffd]/;

const blankOf = (control: string): string => (control === "\t" || control === "\n" || control === "\r" ? " " : "");

/** The line without them; tabs and line ends become spaces. */
export function withoutControls(line: string): string {
	return HAS_CONTROL.test(line) ? line.replace(CONTROL, blankOf) : line;
}

/** Whether a UTF-16 unit above 127 is one of them. */
export function isControl(unit: number): boolean {
	if (unit < 0xa0) return true;
	if (unit < 0x200b) return false;
	return (
		unit <= 0x200f ||
		(unit >= 0x2028 && unit <= 0x202e) ||
		(unit >= 0x2060 && unit <= 0x2069) ||
		(unit >= 0xfdd0 && unit <= 0xfdef) ||
		unit === 0xfeff ||
		unit === 0xfffd
	);
}

/** For each character that stays, and for the end, where it stood in the line; undefined where nothing was taken out. */
export function positionsKept(line: string): Uint32Array | undefined {
	if (!HAS_CONTROL.test(line)) return undefined;
	const positions = new Uint32Array(withoutControls(line).length + 1);
	let kept = 0;
	let from = 0;
	const keep = (to: number): void => {
		for (; from < to; from++) positions[kept++] = from;
	};
	for (const match of line.matchAll(CONTROL)) {
		keep(match.index);
		if (blankOf(match[0]) !== "") positions[kept++] = match.index;
		from = match.index + match[0].length;
	}
	keep(line.length);
	positions[kept] = line.length;
	return positions;
}
