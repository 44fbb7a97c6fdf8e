import { severityOf } from "@faultline/contracts";

/** What a caller may ask for: this level and graver ones. */
export const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

const WORDS: Record<Level, readonly string[]> = {
	debug: ["debug", "trace"],
	info: ["info", "notice"],
	warn: ["warn"],
	error: ["error", "err", "severe", "failed", "failure"],
	fatal: ["fatal", "critical", "crit", "panic", "emerg", "alert"],
};
/** As pino and bunyan write them. */
const NUMBERS: Record<Level, string> = { debug: "20", info: "30", warn: "40", error: "50", fatal: "60" };

export const leastSeverity = (level: Level): number => severityOf(level);

/** Words of which one stands in every line of this level or a graver one; lines that have one may still be of another level. */
function wordsFrom(level: Level): string[] {
	return LEVELS.slice(LEVELS.indexOf(level)).flatMap((l) => [...WORDS[l], NUMBERS[l]]);
}

/** A filter pattern of FilterLogEvents that lets every such line through; what it lets through besides is left out afterwards. */
export function levelPattern(level: Level): string {
	return wordsFrom(level)
		.flatMap((word) => (/\d/.test(word) ? [word] : [word, word.toUpperCase(), word[0]?.toUpperCase() + word.slice(1)]))
		.map((word) => `?${word}`)
		.join(" ");
}

/** The same as a condition of Logs Insights. */
export const levelCondition = (level: Level): string => `@message like /(?i)(${wordsFrom(level).join("|")})/`;

/**
 * A filter pattern as a condition of Logs Insights: terms and phrases that must all be there, ones that must not, a regular expression.
 * Undefined for what only FilterLogEvents understands (JSON and column patterns, alternatives).
 */
export function patternCondition(pattern: string): string | undefined {
	const text = pattern.trim();
	const regex = /^%(.*)%$/s.exec(text)?.[1];
	if (regex !== undefined) return `@message like /${regex.replace(/\//g, "\\/")}/`;
	if (/^[{[]/.test(text)) return undefined;
	const terms = text.match(/-?"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
	if (terms.some((term) => /^[?%]/.test(term) || /^-?$/.test(term))) return undefined;
	return terms
		.map((term) => {
			const [not, bare] = term.startsWith("-") ? [" not", term.slice(1)] : ["", term];
			const plain = bare.startsWith('"') ? bare.slice(1, -1).replace(/\\(.)/g, "$1") : bare;
			return `@message${not} like ${JSON.stringify(plain)}`;
		})
		.join(" and ");
}
