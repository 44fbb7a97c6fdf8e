import { type FitWindows, NOTHING, quote, type StreamLine } from "./stream-line.ts";

/** Weight of what an event is like everywhere against what followed this very event: Dirichlet smoothing. */
const PRIOR = 2;
/** Steps that a window must have to be judged by its mean. */
const LEAST_STEPS = 4;

/**
 * The order of lines: mean surprise of a step over that of the same line anywhere,
 *
 *   1/n sum_i ln( P(e_i) / P(e_i | e_i-1) ),   P(b | a) = (n_ab + 2 P(b)) / (n_a + 2),
 *
 * a log-likelihood ratio of "no order at all" against the baseline's (a first-order Markov chain, as Ye, "A Markov chain model of temporal
 * behavior for anomaly detection", 2000). That a window holds rare lines does not count, only that they come in no order the baseline knows.
 * Steps from or to lines that the baseline does not have are left out. Fit and judge O(lines).
 */
export const fitStepOrder: FitWindows = (stretches, { describe }) => {
	const singles = new Map<string, number>();
	const pairs = new Map<string, number>();
	let total = 0;
	for (const lines of stretches) {
		for (const [i, { event }] of lines.entries()) {
			total++;
			singles.set(event, (singles.get(event) ?? 0) + 1);
			const before = lines[i - 1];
			if (before !== undefined) pairs.set(`${before.event}\n${event}`, (pairs.get(`${before.event}\n${event}`) ?? 0) + 1);
		}
	}
	const surprise = (a: string, b: string): number => {
		const [na, nb] = [singles.get(a), singles.get(b)];
		if (na === undefined || nb === undefined) return Number.NaN;
		const alone = nb / total;
		return Math.log(alone / (((pairs.get(`${a}\n${b}`) ?? 0) + PRIOR * alone) / (na + PRIOR)));
	};
	return ({ lines }) => {
		let sum = 0;
		let steps = 0;
		let worst: { by: number; a: StreamLine; b: StreamLine } | undefined;
		for (const [i, b] of lines.entries()) {
			const a = lines[i - 1];
			const by = a === undefined ? Number.NaN : surprise(a.event, b.event);
			if (a === undefined || Number.isNaN(by)) continue;
			sum += by;
			steps++;
			if (by > (worst?.by ?? Number.NEGATIVE_INFINITY)) worst = { by, a, b };
		}
		if (steps < LEAST_STEPS || worst === undefined) return NOTHING;
		// Healthy order makes the mean negative: a shift keeps figures positive without changing which is larger.
		const figure = Math.exp(sum / steps);
		return {
			figure,
			evidence: `order: ${quote(describe(worst.a.event))} -> ${quote(describe(worst.b.event))} and other steps are unusual`,
		};
	};
};
