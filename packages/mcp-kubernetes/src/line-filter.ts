import { AppError } from "@faultline/contracts";
import { RE2JS } from "re2js";

/** Longer regular expressions are refused: their automata take memory. */
const LONGEST_EXPRESSION = 300;

/**
 * A filter for log lines. Plain: `|` separates alternatives, `*` stands for anything, upper and lower case are the same. Between
 * slashes ("/time(d )?out after \d+/i"): a regular expression in RE2's syntax. Both take time linear in the line, whatever the pattern.
 *
 * @throws AppError BAD_INPUT where the expression is none.
 */
export function lineFilter(pattern: string): (line: string) => boolean {
	const [, expression, flags] = /^\/(.+)\/(i?)$/s.exec(pattern) ?? [];
	return expression === undefined ? plainFilter(pattern) : expressionFilter(expression, flags === "i");
}

function expressionFilter(expression: string, ignoreCase: boolean): (line: string) => boolean {
	try {
		if (expression.length > LONGEST_EXPRESSION) throw new Error("too long");
		const compiled = RE2JS.compile(expression, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
		return (line) => compiled.matcher(line).find();
	} catch (cause) {
		throw new AppError("BAD_INPUT", "the pattern between slashes is not a regular expression of RE2's syntax", {
			hint: `it has no backreferences and no look-around, and at most ${LONGEST_EXPRESSION} characters; without slashes, "|" and "*" are all there is`,
			cause,
		});
	}
}

function plainFilter(pattern: string): (line: string) => boolean {
	const alternatives = pattern
		.toLowerCase()
		.split("|")
		.map((a) => a.split("*").filter((part) => part !== ""))
		.filter((parts) => parts.length > 0);
	if (alternatives.length === 0) return () => true;
	return (line) => {
		const text = line.toLowerCase();
		return alternatives.some((parts) => inOrder(text, parts));
	};
}

function inOrder(text: string, parts: readonly string[]): boolean {
	let from = 0;
	for (const part of parts) {
		const at = text.indexOf(part, from);
		if (at < 0) return false;
		from = at + part.length;
	}
	return true;
}
