import { quantileOfSorted } from "./quantile.ts";

/**
 * IQR fences: how far a value lies outside the middle half of a baseline, in interquartile ranges.
 *
 *   score(x) = max(0, Q1 - x, x - Q3) / (Q3 - Q1)
 *
 * Tukey, "Exploratory Data Analysis", 1977: above 1.5 "outside", above 3 "far out". Quartiles by linear interpolation. Fit O(n log n).
 * Differs from the source: signed (negative below Q1), and where the range is 0, `floor` stands in for it. Values of the
 * baseline that are not finite numbers (gaps) are left out.
 */
export interface Iqr {
	q1: number;
	q3: number;
	score(x: number): number;
}

export function fitIqr(baseline: ArrayLike<number>, floor = 1e-9): Iqr {
	const sorted = Float64Array.from(baseline).filter(Number.isFinite).sort();
	const q1 = sorted.length === 0 ? 0 : quantileOfSorted(sorted, 0.25);
	const q3 = sorted.length === 0 ? 0 : quantileOfSorted(sorted, 0.75);
	const range = Math.max(q3 - q1, floor);
	return { q1, q3, score: (x) => (x > q3 ? (x - q3) / range : x < q1 ? (x - q1) / range : 0) };
}
