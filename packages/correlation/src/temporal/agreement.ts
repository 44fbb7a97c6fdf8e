import type { Precedence } from "./precedence.ts";

/** How far independent estimates agree. */
export interface Agreement {
	agreeing: number;
	of: number;
	/** (agreeing + 1) / (of + 2), Laplace's rule of succession: one estimate that agrees is no certainty, and none is an even chance. */
	confidence: number;
}

const agreement = (agreeing: number, of: number): Agreement => ({ agreeing, of, confidence: (agreeing + 1) / (of + 2) });

/** How many of the estimates of an onset lie within `tolerance` of it, all in milliseconds. */
export function onsetAgreement(onset: number, estimates: readonly number[], tolerance: number): Agreement {
	return agreement(estimates.filter((at) => Math.abs(at - onset) <= tolerance).length, estimates.length);
}

/** Which of two moved first, and how many of those that say an order say this one; undefined where none does, or as many say the other. */
export function orderAgreement(
	precedence: Precedence | undefined,
	onsets: readonly (readonly [number | undefined, number | undefined])[],
	step: number,
): (Agreement & { first: "x" | "y" }) | undefined {
	const apart = onsets.flatMap(([x, y]) => (x === undefined || y === undefined || Math.abs(y - x) < step ? [] : [Math.sign(y - x)]));
	// the tests on the whole series have settled among themselves; they count as many as speak
	const tests = precedence === undefined ? [] : precedence.votes.map(() => Math.sign(precedence.lag));
	const said = [...tests, ...apart];
	const sum = said.reduce((a, b) => a + b, 0);
	if (sum === 0) return undefined;
	return { first: sum > 0 ? "x" : "y", ...agreement(said.filter((sign) => sign === Math.sign(sum)).length, said.length) };
}

/** For a reader: "3 of 4 agree, confidence 0.67". */
export const agreementWords = ({ agreeing, of, confidence }: Agreement): string =>
	`${agreeing} of ${of} agree, confidence ${confidence.toFixed(2)}`;
