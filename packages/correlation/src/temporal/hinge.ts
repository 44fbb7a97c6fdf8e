export interface Hinge {
	/** Index at which the slope begins. */
	index: number;
	/** Change per sample from there on. */
	slope: number;
	/** Share of the variance that the hinge explains, in [0, 1]. */
	explained: number;
}

/**
 * Where a slow drift began: the best fit of "flat, then a line".
 *
 *   x_i = a + b max(0, i - k),   k = argmin_k of the least squares error
 *
 * Broken-stick regression (Hudson, "Fitting segmented curves whose join points have to be estimated", JASA 1966) with the first slope held at zero.
 * Cost O(n grid). Undefined for fewer than 8 numbers or a constant series.
 */
export function hinge(values: ArrayLike<number>, grid = 80): Hinge | undefined {
	const at: number[] = [];
	for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) at.push(i);
	const n = at.length;
	if (n < 8) return undefined;
	const x = at.map((i) => values[i] as number);
	const mean = x.reduce((a, b) => a + b, 0) / n;
	const total = x.reduce((sum, v) => sum + (v - mean) ** 2, 0);
	if (!(total > 0)) return undefined;
	let best: Hinge = { index: 0, slope: 0, explained: 0 };
	const step = Math.max(1, Math.floor(n / grid));
	for (let k = 0; k < n - 3; k += step) {
		let su = 0;
		let suu = 0;
		let sux = 0;
		for (let i = k; i < n; i++) {
			const u = i - k;
			su += u;
			suu += u * u;
			sux += u * (x[i] as number);
		}
		const variance = suu - (su * su) / n;
		const covariance = sux - su * mean;
		const explained = covariance ** 2 / (variance * total);
		if (explained > best.explained) best = { index: at[k] as number, slope: covariance / variance, explained };
	}
	return best;
}
