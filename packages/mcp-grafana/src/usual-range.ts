/** Fewer values than this say nothing of what is usual. */
const FEWEST = 8;
const DEVIATIONS = 3;

/**
 * The range in which a series usually lies, and how many of its values lie outside:
 *
 *   median(x) +- 3 * 1.4826 * median(|x - median(x)|)
 *
 * Hampel's identifier (Hampel, "The influence curve and its role in robust estimation", JASA 1974); 1.4826 makes the deviation that of a
 * normal distribution. Where more than half of the values are equal the range is that value. Null for a handful of values. O(n log n).
 */
export function usualRange(values: readonly number[]): { low: number | null; high: number | null; outside: number } {
	if (values.length < FEWEST) return { low: null, high: null, outside: 0 };
	const middle = median(values);
	const reach = DEVIATIONS * 1.4826 * median(values.map((v) => Math.abs(v - middle)));
	const [low, high] = [middle - reach, middle + reach];
	return { low, high, outside: values.filter((v) => v < low || v > high).length };
}

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const half = Math.floor(sorted.length / 2);
	const [below = 0, above = 0] = [sorted[half - 1], sorted[half]];
	return sorted.length % 2 === 1 ? above : (below + above) / 2;
}
