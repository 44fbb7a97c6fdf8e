import { inferSeverity } from "./severity.ts";

/** How much words speak of a failure, the gravest first. General English of logs: no product, no subsystem. */
const WORDS: readonly { weight: number; pattern: RegExp }[] = [
	{
		weight: 1,
		pattern:
			/\b(?:panic\w*|fatal|crash(?:ed|ing)?|killed|segfault|segmentation fault|corrupt(?:ed|ion)?|out of memory|oom\w*|deadlock\w*|data loss)\b/i,
	},
	{
		weight: 0.9,
		pattern: /\b(?:terminated|abort(?:ed|ing)?|severed|unrecoverable|uncorrectable|died|dead|is down|halt(?:ed|ing)?|lost)\b/i,
	},
	{
		weight: 0.8,
		pattern:
			/\b(?:fail(?:ed|ure|ures|s|ing)?|broken|unreachable|reset by peer|timed[ -]?out|timeout|refused|denied|rejected|unavailable|exhausted|no space left)\b/i,
	},
	{ weight: 0.7, pattern: /\berr(?:or|ors)?\b|[a-z](?:Error|Exception)\b|\b(?:ERROR|Errors?)\b/i },
	{
		weight: 0.4,
		pattern:
			/\b(?:exceptions?|invalid|illegal|missing|cannot|could not|can'?t|can not|unable|not (?:found|responding|ready|functional)|mismatch|unexpected|violation|bad|wrong|warn(?:ing)?)\b/i,
	},
];

/** What says that it is over, or never was: the failure weighs less. */
const CALMING =
	/\b(?:correct(?:ed|ing|able)|recover(?:ed|y|able)?|restored|resolved|succe(?:ss|eded|ssful|ssfully)|retry(?:ing)?|ignor(?:ed|ing)|no (?:errors?|failures?|alerts?)|0 (?:errors?|failures?)|completed)\b/i;
const CALMED = 0.3;
const HEAD = 400;

/**
 * How much a line speaks of a failure, in [0, 1]: by its words, and by the level its logger wrote where there is one. No network and no training; a rule
 * of general words, so it knows nothing of what is grave in one system only. Looks at the first 400 characters.
 */
export function failureOfLine(line: string): number {
	const head = line.slice(0, HEAD);
	const words = WORDS.find(({ pattern }) => pattern.test(head))?.weight ?? 0;
	const spoken = CALMING.test(head) ? CALMED * words : words;
	const severity = inferSeverity(head);
	return Math.max(spoken, severity >= 21 ? 1 : severity >= 17 ? 0.8 : 0);
}
