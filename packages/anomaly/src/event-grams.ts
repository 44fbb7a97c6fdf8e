import type { EventNumbers, Session } from "./session-counts.ts";

/**
 * n-grams of events: a session is as unusual as the share of its steps that the baseline never took.
 *
 *   s = |{i : (e_i, ..., e_{i+n-1}) not in B}| / steps,   with one mark before the first event and one after the last
 *
 * Forrest, Hofmeyr, Somayaji & Longstaff, "A Sense of Self for Unix Processes", IEEE S&P 1996 (there on system calls). Fit and score O(events).
 * Differs from the paper: short sessions are padded by marks, so that a missing beginning or end is a step too.
 */
export interface EventGrams {
	/** `part` says which part of the baseline the session is of, so that the part can be left out of a score. */
	learn(session: Session, part?: number): void;
	/** `first`: the first step never taken before, as event ids; undefined where all are known. */
	score(session: Session, withoutPart?: number): { share: number; first: string[] | undefined };
}

const BEGIN = -1;
const END = -2;
const SEVERAL = -1;
/** Different steps that are kept: beyond it nothing is learnt, and memory stays bounded. */
const MAX_GRAMS = 1_000_000;

export function createEventGrams(numbers: EventNumbers, n = 2): EventGrams {
	/** The only part that took a step, or SEVERAL. */
	const partOf = new Map<string, number>();
	return {
		learn(session, part = SEVERAL) {
			for (const gram of grams(session, numbers, n)) {
				const step = gram.join();
				const before = partOf.get(step);
				if (before === undefined ? partOf.size < MAX_GRAMS : before !== part) partOf.set(step, before === undefined ? part : SEVERAL);
			}
		},
		score(session, withoutPart) {
			let steps = 0;
			let unknown = 0;
			let first: string[] | undefined;
			for (const gram of grams(session, numbers, n)) {
				steps++;
				const part = partOf.get(gram.join());
				if (part !== undefined && part !== withoutPart) continue;
				unknown++;
				first ??= gram.map((number) => (number === BEGIN ? "begin" : number === END ? "end" : numbers.name(number)));
			}
			return { share: steps === 0 ? 0 : unknown / steps, first };
		},
	};
}

function* grams(session: Session, numbers: EventNumbers, n: number): Generator<number[]> {
	const all = [BEGIN, ...session.events.map((event) => numbers.of(event)), END];
	for (let i = 0; i + n <= all.length; i++) yield all.slice(i, i + n);
}
