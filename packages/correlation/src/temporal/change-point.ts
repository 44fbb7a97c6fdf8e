import { createDeviation, median } from "./robust.ts";

export interface ChangePoint {
	/** Index of the first value of the new regime. */
	index: number;
	/** Approximate two-sided p-value of no change. */
	p: number;
	/** Median after minus median before, in robust sigmas of the values before. */
	shift: number;
}

/**
 * Pettitt's change point: where a series' ranks before and after differ most.
 *
 *   U_t = 2 sum_{i<=t} R_i - t (n + 1),   K = max_t |U_t|,   p ~ 2 exp(-6 K^2 / (n^3 + n^2))
 *
 * Pettitt, "A non-parametric approach to the change-point problem", Applied Statistics 1979, with ties at their mean rank. Cost O(n log n).
 * Being on ranks it does not care for units or outliers. Values that are not numbers are left out; undefined for fewer than 4.
 */
export function pettitt(values: ArrayLike<number>): ChangePoint | undefined {
	const at: number[] = [];
	for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) at.push(i);
	const n = at.length;
	if (n < 4) return undefined;
	const x = at.map((i) => values[i] as number);
	const ranks = meanRanks(x);
	let u = 0;
	let k = 0;
	let split = 1;
	for (let t = 0; t < n - 1; t++) {
		u += 2 * (ranks[t] as number) - (n + 1);
		if (Math.abs(u) > k + 1e-9) {
			k = Math.abs(u);
			split = t + 1;
		}
	}
	const p = Math.min(1, 2 * Math.exp((-6 * k * k) / (n ** 3 + n ** 2)));
	const before = x.slice(0, split);
	return { index: at[split] as number, p, shift: createDeviation(before)(median(x.slice(split))) };
}

/** Ranks from 1, ties at their mean. */
export function meanRanks(x: readonly number[]): Float64Array {
	const order = x.map((_, i) => i).sort((a, b) => (x[a] as number) - (x[b] as number));
	const ranks = new Float64Array(x.length);
	for (let i = 0; i < order.length; ) {
		let j = i;
		while (j + 1 < order.length && x[order[j + 1] as number] === x[order[i] as number]) j++;
		for (let m = i; m <= j; m++) ranks[order[m] as number] = (i + j) / 2 + 1;
		i = j + 1;
	}
	return ranks;
}
