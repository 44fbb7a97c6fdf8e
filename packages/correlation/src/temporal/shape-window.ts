import { median } from "./robust.ts";

/** Cells and channels of a window as models/tcn takes it; `models/training/tcn_windows.py` is the same, and the tests compare the two. */
export const WINDOW_CELLS = 128;
export const WINDOW_CHANNELS = 4;

/** A series on a regular grid: the mean of each cell's values, NaN where it has none. */
export interface Cells {
	values: Float64Array;
	/** Milliseconds of a cell, 0 for a series that has no step. */
	width: number;
}

/** On a grid of the median step, or a coarser one where that has more than `WINDOW_CELLS` cells. */
export function toCells(times: Float64Array, values: ArrayLike<number>, end = times.at(-1) ?? 0): Cells {
	const gaps = Float64Array.from(
		{ length: Math.max(0, times.length - 1) },
		(_, i) => (times[i + 1] as number) - (times[i] as number),
	).sort();
	const step = gaps[gaps.length >> 1] ?? 0;
	if (!(step > 0)) return { values: new Float64Array(), width: 0 };
	const first = times[0] as number;
	const count = Math.floor((Math.max(times.at(-1) as number, end) - first) / step + 0.5) + 1;
	const cells = Math.min(WINDOW_CELLS, count);
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
	return { values: sums.map((sum, i) => (counts[i] === 0 ? Number.NaN : sum / (counts[i] as number))), width };
}

/**
 * Free of units and names, the last cell last: the deviation from the reference's median in robust sigmas (logarithmic), the deviation as a share of the
 * largest, the value as a share of the largest, and 1 for a value, -1 for none, 0 before the series. Row by row, `WINDOW_CHANNELS` x `WINDOW_CELLS`.
 */
export function toChannels(cells: Float64Array, reference: Float64Array): Float32Array {
	const out = new Float32Array(WINDOW_CHANNELS * WINDOW_CELLS);
	const known = cells.filter(Number.isFinite);
	if (known.length === 0) return out;
	const held = holding(cells);
	const finite = reference.filter(Number.isFinite);
	const before = finite.length > 0 ? finite : known;
	const centre = median(before);
	const largest = held.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
	const usual = before.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
	const floor = Math.max(0.02 * Math.abs(centre), 0.001 * usual, 0.001 * largest, 1e-12);
	const scale = Math.max(1.4826 * median(before.map((x) => Math.abs(x - centre))), floor);
	const farthest = held.reduce((most, x) => Math.max(most, Math.abs(x - centre)), 0);
	const offset = WINDOW_CELLS - cells.length;
	for (const [i, x] of held.entries()) {
		const away = x - centre;
		const at = offset + i;
		out[at] = Math.sign(away) * Math.min(Math.log1p(Math.abs(away) / scale) / 3, 2.5);
		out[WINDOW_CELLS + at] = farthest > 0 ? away / farthest : 0;
		out[2 * WINDOW_CELLS + at] = largest > 0 ? x / largest : 0;
		out[3 * WINDOW_CELLS + at] = Number.isFinite(cells[i]) ? 1 : -1;
	}
	return out;
}

/** Cells without a value hold the one before; those before the first hold the first. */
function holding(cells: Float64Array): Float64Array {
	let last = cells.find(Number.isFinite) as number;
	return cells.map((x) => {
		if (Number.isFinite(x)) last = x;
		return last;
	});
}
