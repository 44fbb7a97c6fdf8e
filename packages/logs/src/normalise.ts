import { AppError } from "@faultline/contracts";
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

/** Where no default rule can match: a line without any of these is its own template. */
const MAY_VARY = /[\d/@="'\\]|::|\.[a-z]| user /;
const CONTROL = /\u001b\[[0-9;?]{0,32}[A-Za-z]|[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]/g;
const HAS_CONTROL = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]/;

/**
 * Builds a normaliser from ordered rules: one pass over the line, leftmost match first, earlier rule first.
 * Throws BAD_CONFIG where a rule is no regular expression, captures groups, or has a name that is no word.
 */
export function createNormaliser(rules: readonly PlaceholderRule[] = DEFAULT_RULES): Normalise {
	const combined = compile(rules);
	const marks = rules.map((rule) => `<${rule.name}>`);
	return (line) => {
		const truncated = line.length > MAX_LINE_CHARS;
		const clean = withoutControls(truncated ? line.slice(0, MAX_LINE_CHARS) : line);
		const values: PlaceholderValue[] = [];
		if (rules.length === 0 || (rules === DEFAULT_RULES && !MAY_VARY.test(clean))) return { text: clean, values, truncated };
		let text = "";
		let from = 0;
		combined.lastIndex = 0;
		for (let match = combined.exec(clean); match !== null; match = combined.exec(clean)) {
			const value = match[0];
			if (value === "") {
				combined.lastIndex++;
				continue;
			}
			let rule = 0;
			while (match[rule + 1] === undefined) rule++;
			text += clean.slice(from, match.index) + marks[rule];
			values.push({ type: rules[rule]?.name ?? "", value });
			from = combined.lastIndex;
		}
		return { text: from === 0 ? clean : text + clean.slice(from), values, truncated };
	};
}

const defaultNormaliser = createNormaliser();

/** Replaces the variable parts of a line by typed placeholders. Linear in the line's length, and capped at MAX_LINE_CHARS. */
export function normalise(line: string, rules?: readonly PlaceholderRule[]): NormalisedLine {
	return rules === undefined ? defaultNormaliser(line) : createNormaliser(rules)(line);
}

function withoutControls(line: string): string {
	return HAS_CONTROL.test(line) ? line.replace(CONTROL, (c) => (c === "\t" || c === "\n" || c === "\r" ? " " : "")) : line;
}

function compile(rules: readonly PlaceholderRule[]): RegExp {
	for (const rule of rules) {
		if (!/^[a-z][a-z0-9-]*$/.test(rule.name)) throw badRule(rule.name, "its name is not a lower-case word");
		const groups = groupCount(rule);
		if (groups > 0) throw badRule(rule.name, "its pattern captures groups");
	}
	return new RegExp(rules.map((rule) => `(${rule.pattern})`).join("|"), "g");
}

function groupCount(rule: PlaceholderRule): number {
	try {
		return (new RegExp(`${rule.pattern}|`).exec("")?.length ?? 1) - 1;
	} catch (cause) {
		throw badRule(rule.name, "its pattern is not a regular expression", cause);
	}
}

function badRule(name: string, why: string, cause?: unknown): AppError {
	return new AppError("BAD_CONFIG", `placeholder rule "${name}": ${why}`, {
		hint: "use (?:...) for groups, and a name such as order-id",
		cause,
	});
}
