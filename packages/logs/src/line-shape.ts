/**
 * The shape of a line: its characters, but any digit is DIGIT, and a run of hexadecimal digits as long as a hash or an id, or a UUID, is one
 * code. Two lines of one shape are masked alike by the default rules, which never ask which digit it is: only "0x" does, hence ZERO_OF_HEX.
 */
export const DIGIT = 48;
export const ZERO_OF_HEX = 1;
/** The shape of a control character. */
export const DIRTY = 0;

const SHAPES = new Uint8Array(128);
for (let unit = 32; unit < 127; unit++) SHAPES[unit] = unit >= 48 && unit <= 57 ? DIGIT : unit;

/** The shape of an ASCII character. */
export const shapeOf = (unit: number): number => SHAPES[unit] as number;

const HEX_LOWER = 1;
const HEX_UPPER = 2;
const DECIMAL = 4;
const WORD = 8;
/** May stand before a folded run, or after it. */
const EDGE_BEFORE = 16;
const EDGE_AFTER = 32;
const KINDS = new Uint8Array(128);
function mark(characters: string, kind: number): void {
	for (const character of characters) KINDS[character.charCodeAt(0)] = (KINDS[character.charCodeAt(0)] as number) | kind;
}
mark("abcdef", HEX_LOWER);
mark("ABCDEF", HEX_UPPER);
mark("0123456789", DECIMAL);
mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", WORD);
mark(" =:\"'[({,/", EDGE_BEFORE);
mark(" \"'])},;&/|", EDGE_AFTER);

const kindOf = (unit: number): number => (unit < 128 ? (KINDS[unit] as number) : 0);
const isEdgeAfter = (line: string, at: number): boolean => at === line.length || (kindOf(line.charCodeAt(at)) & EDGE_AFTER) !== 0;

const FOLDED = 0x10000;
const UUID_LENGTH = 36;
const SHORTEST_RUN = 16;
const LONGEST_RUN = 64;

/** How many characters of the line a code stands for. */
export const lengthOfCode = (code: number): number => (code >= FOLDED ? (code >>> 4) & 0xff : 1);

/** Whether a run of this many hexadecimal digits is a hash or an id whatever its digits are. */
const foldsAt = (length: number): boolean => length <= 32 || length === 40 || length === 64;

/** Whether a folded run can begin with an ASCII character behind another. */
export const mayFold = (unit: number, before: number): boolean =>
	((KINDS[unit] as number) & (HEX_LOWER | DECIMAL | HEX_UPPER)) !== 0 && (kindOf(before) & EDGE_BEFORE) !== 0;

/** The code of a run of hexadecimal digits or a UUID that begins here, where one may; 0 where none does. */
export function foldedRun(line: string, at: number): number {
	const first = kindOf(line.charCodeAt(at));
	let to = at;
	let seen = 0;
	for (; to < line.length && to - at <= LONGEST_RUN; to++) {
		const kind = kindOf(line.charCodeAt(to)) & (HEX_LOWER | HEX_UPPER | DECIMAL);
		if (kind === 0) break;
		seen |= kind;
	}
	const length = to - at;
	if (length === 8) return isUuid(line, at) ? FOLDED | (UUID_LENGTH << 4) | 2 : 0;
	// In lower case, of letters and digits both: a run of digits alone is a number, one of letters alone a word.
	if (length < SHORTEST_RUN || !foldsAt(length) || seen !== (HEX_LOWER | DECIMAL) || !isEdgeAfter(line, to)) return 0;
	return FOLDED | (length << 4) | Number((first & DECIMAL) !== 0);
}

function isUuid(line: string, at: number): boolean {
	for (let i = 0; i < UUID_LENGTH; i++) {
		const unit = line.charCodeAt(at + i);
		const dash = i === 8 || i === 13 || i === 18 || i === 23;
		if (dash ? unit !== 45 : (kindOf(unit) & (HEX_LOWER | HEX_UPPER | DECIMAL)) === 0) return false;
	}
	return isEdgeAfter(line, at + UUID_LENGTH);
}
