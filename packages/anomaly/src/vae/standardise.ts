import type { Rows } from "../rows.ts";

/** By dimension: what is taken away and what it is then divided by. */
export interface Standard {
	centre: Float64Array;
	scale: Float64Array;
}

/** Smallest deviation that counts, as a share of the largest magnitude: a column that never moved is not divided by nothing. */
const FLOOR_SHARE = 0.01;

/** Means and standard deviations, in units of the largest magnitude so that no square overflows. */
export function fitStandard({ values, dimensions }: Rows): Standard {
	const n = values.length / dimensions;
	const standard = { centre: new Float64Array(dimensions), scale: new Float64Array(dimensions) };
	for (let k = 0; k < dimensions; k++) {
		let largest = 0;
		for (let i = k; i < values.length; i += dimensions) largest = Math.max(largest, Math.abs(values[i] as number));
		const unit = largest > 0 ? largest : 1;
		let mean = 0;
		for (let i = k; i < values.length; i += dimensions) mean += (values[i] as number) / unit / n;
		let squares = 0;
		for (let i = k; i < values.length; i += dimensions) squares += ((values[i] as number) / unit - mean) ** 2 / n;
		standard.centre[k] = mean * unit;
		standard.scale[k] = Math.max(Math.sqrt(squares), largest > 0 ? constantFloor(squares) : 1) * unit;
	}
	return standard;
}

/** Rounding alone leaves a constant column a deviation of about 1e-16: below 1e-9 it counts as one that never moved. */
const constantFloor = (squares: number): number => (squares < 1e-18 ? FLOOR_SHARE : 0);

/** In standard deviations from the mean, none further than `limit`. */
export function standardise({ values, dimensions }: Rows, { centre, scale }: Standard, limit: number): Float64Array {
	return Float64Array.from(values, (x, i) => {
		const k = i % dimensions;
		// Halves, since the difference of two huge numbers may overflow.
		const z = (2 * (x / 2 - (centre[k] as number) / 2)) / (scale[k] as number);
		return Math.min(limit, Math.max(-limit, z));
	});
}
