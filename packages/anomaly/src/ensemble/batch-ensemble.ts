import { quantileOfSorted } from "../quantile.ts";

/**
 * Votes about a batch that has to judge itself: each figure in units of its own spread, and their weighted mean,
 *
 *   z_d(x) = (x - median_d) / (q_d - median_d), kept within [0, 3],   T(x) = sum_d w_d z_d(x_d) / sum_d w_d,
 *
 * q_d the 0.97-quantile. Ranks are not averaged: a rank forgets how far the first is from the second, and that is what tells a detector that
 * has found something from one that has not. Anomalous is what lies above the natural break: the widest gap between two values next to each
 * other among those that would leave 0.5 to 5 % of the batch above it (all that is assumed is that at least 95 % is healthy). Where nothing is
 * set apart by at least a fifth of a unit, the 0.97-quantile. Fit O(d n log n).
 */
export interface BatchEnsemble {
	values: Float64Array;
	limit: number;
	/** By member: its break in its own figures, and the figures in units of their spread, as shares in [0, 1) with 0.5 at the break. */
	members: { threshold: number; scores: Float64Array }[];
}

/** Shares of the batch that may be anomalous, from the least to the most, and the one assumed where nothing tells. */
const LEAST = 0.005;
const MOST = 0.05;
const ASSUMED = 0.03;
const LEAST_GAP = 0.2;
const MOST_UNITS = 3;

export function fitBatchEnsemble(members: readonly { weight: number; figures: ArrayLike<number> }[]): BatchEnsemble {
	const n = members[0]?.figures.length ?? 0;
	const values = new Float64Array(n);
	const total = members.reduce((sum, { weight }) => sum + weight, 0) || 1;
	const judged = members.map(({ weight, figures }) => {
		const { unit, median } = spreadOf(figures);
		const units = Float64Array.from(figures, (x) => Math.min(MOST_UNITS, Math.max(0, (x - median) / unit)));
		units.forEach((z, i) => {
			values[i] = (values[i] as number) + (weight * z) / total;
		});
		const limit = naturalBreak(units);
		return { threshold: median + limit * unit, scores: units.map((z) => (z === 0 ? 0 : z / (z + limit))) };
	});
	return { values, limit: naturalBreak(values), members: judged };
}

function spreadOf(figures: ArrayLike<number>): { unit: number; median: number } {
	const sorted = Float64Array.from(figures).sort();
	const median = quantileOfSorted(sorted, 0.5);
	const high = quantileOfSorted(sorted, 1 - ASSUMED);
	if (high > median) return { unit: high - median, median };
	// More than 97 % are alike: the least that is not.
	const next = sorted.find((x) => x > median);
	return { unit: next === undefined ? 1 : next - median, median };
}

/** Middle of the widest gap in the upper tail; the greatest value, which nothing is above, where all are alike. */
export function naturalBreak(values: Float64Array): number {
	const sorted = Float64Array.from(values).sort();
	const n = sorted.length;
	if (n < 2) return Number.POSITIVE_INFINITY;
	let widest = 0;
	let limit = Number.NaN;
	for (let i = Math.max(0, Math.floor(n * (1 - MOST)) - 1); i <= Math.min(n - 2, Math.floor(n * (1 - LEAST))); i++) {
		const [low, high] = [sorted[i] as number, sorted[i + 1] as number];
		if (high - low <= widest) continue;
		widest = high - low;
		limit = (low + high) / 2;
	}
	return widest >= LEAST_GAP ? limit : quantileOfSorted(sorted, 1 - ASSUMED);
}
