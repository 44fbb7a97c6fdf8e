/**
 * z-score: how many standard deviations a value lies from the mean of a baseline.
 *
 *   z(x) = (x - mean) / s,   s^2 = sum (x_i - mean)^2 / (n - 1)
 *
 * The three-sigma rule needs a roughly normal baseline; where it has outliers itself, use the robust z. Fit and score O(n).
 * Differs from the textbook: a constant baseline has s = 0, and `floor` (in the unit of the values) stands in for it.
 */
export interface ZScore {
	mean: number;
	deviation: number;
	score(x: number): number;
}

export function fitZScore(baseline: ArrayLike<number>, floor = 1e-9): ZScore {
	const n = baseline.length;
	let mean = 0;
	for (let i = 0; i < n; i++) mean += (baseline[i] as number) / n;
	let squares = 0;
	for (let i = 0; i < n; i++) squares += ((baseline[i] as number) - mean) ** 2;
	const deviation = n > 1 ? Math.sqrt(squares / (n - 1)) : 0;
	const scale = Math.max(deviation, floor);
	return { mean, deviation, score: (x) => (x - mean) / scale };
}
