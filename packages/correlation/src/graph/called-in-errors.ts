import type { Signal } from "@faultline/contracts";

/** Mentions from which on a name that nothing else knows is taken for a resource. */
const OFTEN = 3;
/** Error logs that are looked at, and characters of each. */
const MAX_LOGS = 20_000;
const SEEN_CHARS = 400;

const CALLED =
	/(?:\b(?:calls?|requests?|connection|connect(?:ing)?|lookup|reach(?:ing)?|dial(?:ing)?|limit exceeded at|quota exceeded for)(?: (?:to|for|with|at|tcp|host))?|https?:\/\/)[ :"']*([a-z][a-z0-9-]*(?:[._-][a-z0-9]+)*[a-z0-9])(?![A-Za-z0-9])/g;
/** A name of a machine and not a word of the language: it has parts. */
const NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)+$/;
const NO_HOST = /\.(?:js|ts|py|go|java|rb|php|cs|so|json|ya?ml|html?|class)$|^(?:localhost|time-?out|read-only)/;

/** A name that a resource says, in its errors, it called. */
export interface CalledInErrors {
	from: Signal;
	to: string;
}

/**
 * Whom resources say they called, in their errors: what was never traced and stands in no topology is known by that alone. `known` tells whether a name
 * stands for a resource; one that is not known must look like a host, and be named several times.
 */
export function calledInErrors(signals: readonly Signal[], known: (name: string) => boolean): CalledInErrors[] {
	const found = new Map<string, CalledInErrors[]>();
	let looked = 0;
	for (const from of signals) {
		if ((from.kind !== "log" && from.kind !== "error") || from.severity < 17) continue;
		if (++looked > MAX_LOGS) break;
		for (const [, to = ""] of from.body.slice(0, SEEN_CHARS).matchAll(CALLED)) {
			if (!known(to) && (!NAME.test(to) || NO_HOST.test(to))) continue;
			const list = found.get(to);
			if (list === undefined) found.set(to, [{ from, to }]);
			else list.push({ from, to });
		}
	}
	return [...found].filter(([to, of]) => known(to) || of.length >= OFTEN).flatMap(([, of]) => of);
}
