import { positionsKept, withoutControls } from "./controls.ts";
import { MAX_LINE_CHARS, type Mask } from "./normalise.ts";
import { hashText } from "./template-hash.ts";
import { ANYTHING, showTokens, type Tokens, tokenise, WILDCARD } from "./template-tokens.ts";

/** What a line says beyond its template. With the tree it came from it gives back the line, character by character. */
export interface LineValues {
	templateId: string;
	/** Names the template's form of the moment, so that values are never put into another. */
	form: string;
	/** One for each place where the template varies, left to right: the words that stand there. */
	values: string[];
	/** Where the line departs from its template elsewhere: other spacing, colours, what lies beyond the words that are looked at. Mostly none. */
	edits: LineEdit[];
}

/** Part 2i of a line is what stands before its word i, part 2i + 1 the word; the last part is what follows the last word. */
export type LineEdit = [part: number, text: string];

/** A line in parts. Joined they are the line. */
export interface LineParts {
	tokens: Tokens;
	parts: string[];
	/** The values of each word's holes; none of a word without. */
	holes: string[][];
}

/** Cuts a raw line as the tree does, keeping every character. */
export function cutLine(line: string, mask: Mask, maxWords: number): LineParts {
	const looked = line.length > MAX_LINE_CHARS ? line.slice(0, MAX_LINE_CHARS) : line;
	const kept = positionsKept(looked);
	const masked = mask(withoutControls(looked));
	const bounds: number[] = [];
	const tokens = tokenise(masked, maxWords, bounds);
	const { spans } = masked;
	let hole = 0;
	let shift = 0;
	/** Holes are one character of the masked text: where the clean line is, that many characters on. */
	const cleanAt = (at: number): number => {
		for (let span = spans[hole]; span !== undefined && span[0] - shift < at; span = spans[hole]) {
			shift += span[1] - span[0] - 1;
			hole++;
		}
		return at + shift;
	};
	const startIn = (clean: number): number => (kept === undefined ? clean : (kept[clean] ?? looked.length));
	const endIn = (clean: number): number => (kept === undefined || clean === 0 ? clean : (kept[clean - 1] ?? 0) + 1);
	const parts: string[] = [];
	const holes: string[][] = [];
	let from = 0;
	for (let i = 0; i < tokens.key.length; i++) {
		const start = startIn(cleanAt(bounds[2 * i] ?? 0));
		const first = hole;
		const end = endIn(cleanAt(bounds[2 * i + 1] ?? 0));
		parts.push(line.slice(from, start), line.slice(start, end));
		holes.push(spans.slice(first, hole).map(([a, b]) => line.slice(startIn(a), endIn(b))));
		from = end;
	}
	parts.push(line.slice(from));
	return { tokens, parts, holes };
}

/** What a template's form has in each part; undefined where it varies. */
export function partsOf({ key, gaps }: Tokens): (string | undefined)[] {
	const parts: (string | undefined)[] = [];
	for (const [i, word] of key.entries()) parts.push(gaps[i] ?? "", word === WILDCARD ? undefined : word);
	parts.push(gaps[key.length] ?? "");
	return parts;
}

/** A line's values and edits against the form of the template that it belongs to. */
export function valuesOf({ parts }: LineParts, form: Tokens): Omit<LineValues, "templateId"> {
	const values: string[] = [];
	const edits: LineEdit[] = [];
	for (const [i, expected] of partsOf(form).entries()) {
		const part = parts[i] ?? "";
		if (expected === undefined) values.push(part);
		else if (part !== expected) edits.push([i, part]);
	}
	return { form: nameOfForm(partsOf(form)), values, edits };
}

/** A name for a form, by its parts. */
export const nameOfForm = (parts: readonly (string | undefined)[]): string =>
	hashText(parts.map((part) => part ?? WILDCARD).join("\u0000"));

/** The line of values and edits: what `valuesOf` took apart. */
export function joinValues(form: Tokens, values: readonly string[], edits: readonly LineEdit[]): string {
	const parts = partsOf(form);
	let value = 0;
	for (const [i, part] of parts.entries()) if (part === undefined) parts[i] = values[value++] ?? "";
	for (const [i, text] of edits) parts[i] = text;
	return parts.join("");
}

const PLACEHOLDER = /<[a-z*][a-z0-9-]*>/g;

/**
 * The values for the placeholders of a template's text, one each in the order in which they stand, so that putting them there gives the
 * line; undefined where it does not, since the line's spacing is another.
 */
export function placeholderValues({ tokens, parts, holes }: LineParts, form: Tokens): string[] | undefined {
	const line = parts.join("");
	const values: string[] = [];
	for (let i = 0; i <= form.key.length; i++) {
		if ((parts[2 * i] ?? "") !== (form.gaps[i] ?? "")) return undefined;
		if (i === form.key.length) break;
		const shown = form.shown[i] ?? "";
		const word = parts[2 * i + 1] ?? "";
		if (form.key[i] !== WILDCARD) {
			if (word !== shown) return undefined;
		} else if (shown === ANYTHING) values.push(word);
		else if (shown === tokens.shown[i]) values.push(...(holes[i] ?? []));
		else return undefined;
	}
	return fillTemplate(showTokens(form), values) === line ? values : undefined;
}

/** The line in pieces, of which every second is a value: what is between is as the template has it, or as this line alone has it. */
export function piecesOf({ parts }: LineParts, form: Tokens): string[] {
	const pieces = [""];
	for (const [i, expected] of partsOf(form).entries()) {
		if (expected === undefined) pieces.push(parts[i] ?? "", "");
		else pieces[pieces.length - 1] += parts[i] ?? "";
	}
	return pieces;
}

/** Puts values where a template's text has placeholders. */
export function fillTemplate(text: string, values: readonly string[]): string {
	let value = 0;
	return text.replace(PLACEHOLDER, (placeholder) => values[value++] ?? placeholder);
}
