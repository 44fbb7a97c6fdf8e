/** Median of the finite values; NaN where there is none. Cost O(n log n). */
export function median(values: ArrayLike<number>): number {
	return quantileOfSorted(sortedFinite(values), 0.5);
}

/** The finite values, ascending. */
export function sortedFinite(values: ArrayLike<number>): Float64Array {
	return Float64Array.from(values).filter(Number.isFinite).sort();
}

/** Linear interpolation between order statistics (type 7 of Hyndman & Fan, the default of R and numpy). NaN for an empty array. */
export function quantileOfSorted(sorted: Float64Array, q: number): number {
	if (sorted.length === 0) return Number.NaN;
	const at = q * (sorted.length - 1);
	const low = Math.floor(at);
	const a = sorted[low] as number;
	const b = sorted[Math.min(low + 1, sorted.length - 1)] as number;
	return a + (b - a) * (at - low);
}

/**
 * Median absolute deviation, made comparable to a standard deviation.
 *
 *   MAD = 1.4826 med |x_i - med(x)|
 *
 * Hampel, "The influence curve and its role in robust estimation", JASA 1974. NaN for an empty array.
 */
export function mad(values: ArrayLike<number>, centre = median(values)): number {
	return 1.4826 * median(Float64Array.from(values, (x) => Math.abs(x - centre)));
}

/**
 * Robust deviation of x from a sample, signed, in sigmas: (x - med) / max(MAD, floor).
 * The floor (a share of the median's magnitude, and of the sample's largest) keeps a constant sample from shouting at noise.
 */
export function createDeviation(sample: ArrayLike<number>, floorShare = 0.01): (x: number) => number {
	const sorted = sortedFinite(sample);
	if (sorted.length === 0) return () => 0;
	const centre = quantileOfSorted(sorted, 0.5);
	const largest = Math.max(Math.abs(sorted[0] as number), Math.abs(sorted[sorted.length - 1] as number));
	const spread = Math.max(mad(sorted, centre), floorShare * Math.abs(centre), 0.001 * largest, 1e-12);
	return (x) => (Number.isFinite(x) ? (x - centre) / spread : 0);
}
