/** A series on a regular grid: the mean of each cell's values, NaN where it has none. */
export interface Grid {
	/** Time of the first cell, in the unit of the times. */
	first: number;
	width: number;
	values: Float64Array;
}

/** On a grid of the median step, or a coarser one where that has more than `most` cells; undefined for a series without a step. */
export function toGrid(times: Float64Array, values: ArrayLike<number>, most: number, end = times.at(-1) ?? 0): Grid | undefined {
	const gaps = Float64Array.from(
		{ length: Math.max(0, times.length - 1) },
		(_, i) => (times[i + 1] as number) - (times[i] as number),
	).sort();
	const step = gaps[gaps.length >> 1] ?? 0;
	if (!(step > 0)) return undefined;
	const first = times[0] as number;
	const count = Math.floor((Math.max(times.at(-1) as number, end) - first) / step + 0.5) + 1;
	const cells = Math.min(most, count);
	const width = (step * count) / cells;
	const sums = new Float64Array(cells);
	const counts = new Int32Array(cells);
	for (let i = 0; i < times.length; i++) {
		const value = values[i] as number;
		if (!Number.isFinite(value)) continue;
		const at = Math.min(cells - 1, Math.floor(((times[i] as number) - first) / width + (cells === count ? 0.5 : 0)));
		sums[at] = (sums[at] as number) + value;
		counts[at] = (counts[at] as number) + 1;
	}
	return { first, width, values: sums.map((sum, i) => (counts[i] === 0 ? Number.NaN : sum / (counts[i] as number))) };
}
