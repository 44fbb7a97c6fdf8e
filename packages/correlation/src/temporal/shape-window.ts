import { toGrid } from "./grid.ts";
import { median } from "./robust.ts";

/** Cells and channels of a window as models/tcn takes it; `models/training/tcn_windows.py` is the same, and the tests compare the two. */
export const WINDOW_CELLS = 128;
export const WINDOW_CHANNELS = 4;

/** A series on a grid of at most `WINDOW_CELLS` cells, `width` milliseconds each; 0 for a series that has no step. */
export function toCells(times: Float64Array, values: ArrayLike<number>, end?: number): { values: Float64Array; width: number } {
	const grid = toGrid(times, values, WINDOW_CELLS, end);
	return grid === undefined ? { values: new Float64Array(), width: 0 } : { values: grid.values, width: grid.width };
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
