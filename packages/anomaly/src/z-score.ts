/**
 * z-score: how many standard deviations a value lies from the mean of a baseline.
 *
 *   z(x) = (x - mean) / s,   s^2 = sum (x_i - mean)^2 / (n - 1)
 *
 * The three-sigma rule needs a roughly normal baseline; where it has outliers itself, use the robust z. Fit and score O(n).
 * Differs from the textbook: a constant baseline has s = 0, and `floor` (in the unit of the values) stands in for it. Values of the baseline
 * that are not finite numbers (gaps) are left out.
 */
export interface ZScore {
	mean: number;
	deviation: number;
	score(x: number): number;
}

export function fitZScore(baseline: ArrayLike<number>, floor = 1e-9): ZScore {
	const known = Float64Array.from(baseline).filter(Number.isFinite);
	const n = known.length;
	const mean = known.reduce((sum, x) => sum + x / n, 0);
	// In units of the greatest distance, so that no square overflows.
	const farthest = known.reduce((most, x) => Math.max(most, Math.abs(x - mean)), 0);
	const squares = farthest > 0 ? known.reduce((sum, x) => sum + ((x - mean) / farthest) ** 2, 0) : 0;
	const deviation = n > 1 ? farthest * Math.sqrt(squares / (n - 1)) : 0;
	const scale = Math.max(deviation, floor);
	return { mean, deviation, score: (x) => (x - mean) / scale };
}
