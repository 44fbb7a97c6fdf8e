import { withoutControls } from "./controls.ts";
import { compileRules } from "./find-variables.ts";
import { DEFAULT_RULES, type PlaceholderRule } from "./rules.ts";

/** A variable part that was taken out of a line. */
export interface PlaceholderValue {
	type: string;
	value: string;
}

export interface NormalisedLine {
	/** The line with each variable part replaced by `<type>`. */
	text: string;
	/** What was replaced, left to right. */
	values: PlaceholderValue[];
	/** The line was longer than the cap, and only its beginning was looked at. */
	truncated: boolean;
}

export type Normalise = (line: string) => NormalisedLine;

/** Characters of a line that are looked at; the rest is cut and said so. */
export const MAX_LINE_CHARS: number = 16_384;

/** Stands for a variable part in a masked text: a noncharacter, which no clean line has. */
export const HOLE = "\ufdd0";

/** A clean line with a HOLE for each variable part, and what was there. Its placeholders cannot be taken for words of the line. */
export interface MaskedText {
	text: string;
	/** `<type>` of each hole. */
	marks: string[];
	/** Where each hole's value starts and ends in the clean line. */
	spans: [start: number, end: number][];
}

export type Mask = (clean: string) => MaskedText;

/** Where no default rule can match: a line without any of these is its own template. */
const MAY_VARY = /[\d/@="'\\]|::|\.[a-z]| user |eyJ|<[a-z*]/;

/** Builds the masking of clean lines from ordered rules. Throws BAD_CONFIG where a rule is none. */
export function createMask(rules: readonly PlaceholderRule[]): Mask {
	const find = compileRules(rules);
	const markOf = rules.map(({ name, placeholder }) => `<${placeholder ?? name}>`);
	const isDefault = rules === DEFAULT_RULES;
	return (clean) => {
		const masked: MaskedText = { text: clean, marks: [], spans: [] };
		if (isDefault && !MAY_VARY.test(clean)) return masked;
		let text = "";
		let from = 0;
		find(clean, (start, end, rule) => {
			text += clean.slice(from, start) + HOLE;
			masked.marks.push(markOf[rule] ?? "");
			masked.spans.push([start, end]);
			from = end;
		});
		if (from > 0) masked.text = text + clean.slice(from);
		return masked;
	};
}

/**
 * Builds a normaliser from ordered rules: one pass over the line, leftmost match first, earlier rule first.
 * Throws BAD_CONFIG where a rule is no regular expression, captures groups, or has a name that is no word.
 */
export function createNormaliser(rules: readonly PlaceholderRule[] = DEFAULT_RULES): Normalise {
	const mask = createMask(rules);
	return (line) => {
		const truncated = line.length > MAX_LINE_CHARS;
		const clean = withoutControls(truncated ? line.slice(0, MAX_LINE_CHARS) : line);
		const { text, marks, spans } = mask(clean);
		const values = spans.map(([start, end], i) => ({ type: marks[i]?.slice(1, -1) ?? "", value: clean.slice(start, end) }));
		return { text: showHoles(text, marks), values, truncated };
	};
}

/** A masked text as a reader sees it. */
export function showHoles(text: string, marks: readonly string[]): string {
	if (marks.length === 0) return text;
	let hole = 0;
	return text.replaceAll(HOLE, () => marks[hole++] ?? "");
}

const defaultNormaliser = createNormaliser();

/** Replaces the variable parts of a line by typed placeholders. Linear in the line's length, and capped at MAX_LINE_CHARS. */
export function normalise(line: string, rules?: readonly PlaceholderRule[]): NormalisedLine {
	return rules === undefined ? defaultNormaliser(line) : createNormaliser(rules)(line);
}
