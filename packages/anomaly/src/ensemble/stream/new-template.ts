import { type FitWindows, moment, NOTHING, quote } from "./stream-line.ts";

/**
 * A template that the baseline never had is as new as its words are: 1 less its likeness to the nearest known template,
 *
 *   1 - max_t cos(v(x), v(t)),   v the words of a template, each weighted by ln((N + 1) / (df + 1)) + 0.1.
 *
 * A system that talks much says known things in new forms all the time; words that it never used before are another matter. The novelty of
 * Pimentel et al., "A review of novelty detection", Signal Processing 2014, section 3 (nearest neighbour) on bags of words. Fit O(words),
 * judge O(templates) for each new template, once.
 */
export const fitNewTemplates: FitWindows = (stretches, { describe }) => {
	const known = new Set(stretches.flatMap((lines) => lines.map((line) => line.event)));
	const bags = [...known].map((event) => wordsOf(describe(event)));
	const df = new Map<string, number>();
	for (const bag of bags) for (const word of bag) df.set(word, (df.get(word) ?? 0) + 1);
	const weight = (word: string): number => (Math.log((bags.length + 1) / ((df.get(word) ?? 0) + 1)) + LEAST_WEIGHT) ** 2;
	const norm = (bag: ReadonlySet<string>): number => Math.sqrt([...bag].reduce((sum, word) => sum + weight(word), 0)) || 1;
	const norms = bags.map(norm);
	const memory = new Map<string, number>();
	const novelty = (event: string): number => {
		const bag = wordsOf(describe(event));
		const size = norm(bag);
		let likeness = 0;
		for (const [i, other] of bags.entries()) {
			let shared = 0;
			for (const word of bag) if (other.has(word)) shared += weight(word);
			likeness = Math.max(likeness, shared / size / (norms[i] as number));
		}
		return 1 - likeness;
	};
	return ({ lines }) => {
		let found = NOTHING;
		for (const { event, at } of lines) {
			if (known.has(event)) continue;
			const figure = memory.get(event) ?? novelty(event);
			memory.set(event, figure);
			if (figure > found.figure)
				found = {
					figure,
					event,
					since: at,
					evidence: `new template: ${quote(describe(event))} first seen at ${moment(at)}, never in the baseline`,
				};
		}
		return found;
	};
};

const LEAST_WEIGHT = 0.1;
const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/<[^<>]{1,20}>|\p{L}{2,}/gu) ?? [text]);
