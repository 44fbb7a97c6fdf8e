import { parseBody } from "./parse-body.ts";
import { traceHeading } from "./trace-heading.ts";

const MAX_CHARS = 160;
/** Characters of a line that are looked at. */
const LOOKED_AT = 2_000;

/** What stands before the message: each is taken off the front as often as it is there. All are anchored and linear. */
const PREFIXES: readonly RegExp[] = [
	/^\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)? ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?\b:? */,
	/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)?,? ?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} \d{2}:\d{2}:\d{2}(?:\.\d+)?(?: \d{4})? */,
	/^\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2}(?:[.,]\d+)? */,
	/^\d{2}:\d{2}:\d{2}(?:[.,]\d+)? */,
	/^\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|PANIC|SEVERE|LOG)\]?(?::| +|$) */i,
	// A process, a thread or an id in brackets: one word, at most sixty characters.
	/^\[[\w.:@/#$ -]{1,60}\](?::| +|$) */,
	/^[-|*#:] +/,
];

/**
 * What a person reads of a log line: its message without time, level, ids and trailing key=value pairs; of a JSON or logfmt line the message field; of
 * a stack trace the line above its frames, else the exception. Never empty for a line that is not, at most 160 characters.
 */
export function headlineOf(line: string): string {
	const parsed = parseBody(line);
	const first = firstLine(traceHeading(parsed.message) ?? parsed.message.slice(0, LOOKED_AT));
	const message = withoutPairs(withoutPrefixes(first));
	const text = (message === "" ? first : message).replace(/\s+/g, " ").trim();
	return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
}

function firstLine(text: string): string {
	return text.split(/\r?\n/).find((part) => part.trim() !== "") ?? "";
}

function withoutPrefixes(text: string): string {
	let rest = text.trimStart();
	for (let taken = true; taken; ) {
		taken = false;
		for (const prefix of PREFIXES) {
			const shorter = rest.replace(prefix, "");
			if (shorter.length === rest.length || shorter.trim() === "") continue;
			rest = shorter;
			taken = true;
		}
	}
	return rest;
}

/** Cuts where nothing but key=value pairs follows a message of some length: they are data, kept in the evidence itself. */
function withoutPairs(text: string): string {
	const at = text.search(/\s[A-Za-z_][\w.]*=(?:"|[^\s=])/);
	return at >= 12 ? text.slice(0, at) : text;
}
