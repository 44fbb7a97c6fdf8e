import { AppError } from "@faultline/contracts";
import type { PlaceholderRule } from "./rules.ts";

/** Calls back for each variable part of a clean line, left to right: where it starts and ends, and which rule found it. */
export type FindVariables = (text: string, found: (start: number, end: number, rule: number) => void) => void;

/** The leftmost match at or after a position: where it is and whose. */
interface Match {
	start: number;
	end: number;
	rule: number;
}
type NextMatch = (text: string, from: number) => Match | undefined;

/**
 * One pass over a line: leftmost match first, earlier rule first. Neighbouring rules share one regular expression.
 * Throws BAD_CONFIG where a rule is no regular expression, captures groups, or has a name that is no word.
 */
export function compileRules(rules: readonly PlaceholderRule[]): FindVariables {
	for (const rule of rules) assertRule(rule);
	const searches = searchesOf(rules);
	const [only] = searches;
	if (only === undefined) return () => undefined;
	return (text, found) => {
		if (searches.length > 1) return findAmong(searches, text, found);
		for (let match = only(text, 0); match !== undefined; match = only(text, match.end)) found(match.start, match.end, match.rule);
	};
}

/** Several engines side by side: each looks again only once the line is past what it found. */
function findAmong(searches: readonly NextMatch[], text: string, found: (start: number, end: number, rule: number) => void): void {
	const next = searches.map((search) => search(text, 0));
	for (let from = 0; ; ) {
		let best: Match | undefined;
		for (const [i, search] of searches.entries()) {
			let match = next[i];
			if (match !== undefined && match.start < from) match = next[i] = search(text, from);
			if (match !== undefined && (best === undefined || match.start < best.start)) best = match;
		}
		if (best === undefined) return;
		found(best.start, best.end, best.rule);
		from = best.end;
	}
}

function searchesOf(rules: readonly PlaceholderRule[]): NextMatch[] {
	const searches: NextMatch[] = [];
	for (let from = 0; from < rules.length; ) {
		const { find } = rules[from] as PlaceholderRule;
		if (find !== undefined) {
			searches.push(searchBy(find, from++));
			continue;
		}
		let to = from;
		while (to < rules.length && rules[to]?.find === undefined) to++;
		searches.push(searchByPatterns(rules.slice(from, to), from));
		from = to;
	}
	return searches;
}

function searchBy(find: NonNullable<PlaceholderRule["find"]>, rule: number): NextMatch {
	return (text, from) => {
		for (let at = from; at <= text.length; at++) {
			const match = find(text, at);
			if (match === undefined) return undefined;
			const [start, end] = match;
			if (end > start) return { start, end, rule };
			at = start;
		}
		return undefined;
	};
}

function searchByPatterns(rules: readonly PlaceholderRule[], first: number): NextMatch {
	const combined = new RegExp(rules.map((rule) => `(${rule.pattern})`).join("|"), "g");
	return (text, from) => {
		combined.lastIndex = from;
		for (let match = combined.exec(text); match !== null; match = combined.exec(text)) {
			if (match[0] === "") {
				combined.lastIndex++;
				continue;
			}
			let group = 1;
			while (match[group] === undefined) group++;
			return { start: match.index, end: match.index + match[0].length, rule: first + group - 1 };
		}
		return undefined;
	};
}

/** What a placeholder and the name of a rule look like. */
export const RULE_NAME: RegExp = /^[a-z][a-z0-9-]*$/;

function assertRule(rule: PlaceholderRule): void {
	if (!RULE_NAME.test(rule.name)) throw badRule(rule.name, "its name is not a lower-case word");
	if (!RULE_NAME.test(rule.placeholder ?? "x")) throw badRule(rule.name, "its placeholder is not a lower-case word");
	if (rule.find === undefined && groupCount(rule) > 0) throw badRule(rule.name, "its pattern captures groups");
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
