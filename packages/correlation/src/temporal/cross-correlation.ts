import { type Correlation, pearson } from "./pearson.ts";

export interface LaggedCorrelation extends Correlation {
	/** In samples. Positive: x leads y (x moves first, y follows `lag` samples later). */
	lag: number;
}

/**
 * The lag in [-maxLag, maxLag] at which x explains y best, and its significance.
 *
 *   r(L) = corr(x_t, y_{t+L}),   p = 1 - (1 - p_L)^m with m = the lags tried (Sidak's correction for looking at many)
 *
 * Box, Jenkins & Reinsel, "Time Series Analysis", 12.1. Cost O(n maxLag). Both must be on the same grid. Differs from the textbook: each lag
 * is normalised by its own overlap, so that short windows are not biased to lag 0, and an overlap of fewer than 5 samples is not looked at.
 */
export function crossCorrelation(x: ArrayLike<number>, y: ArrayLike<number>, maxLag: number): LaggedCorrelation {
	const n = Math.min(x.length, y.length);
	const xs = Float64Array.from({ length: n }, (_, i) => x[i] as number);
	const ys = Float64Array.from({ length: n }, (_, i) => y[i] as number);
	let best: LaggedCorrelation = { r: 0, p: 1, n: 0, lag: 0 };
	let tried = 0;
	for (let lag = -maxLag; lag <= maxLag; lag++) {
		const overlap = n - Math.abs(lag);
		if (overlap < 5) continue;
		tried++;
		const found = lag >= 0 ? pearson(xs.subarray(0, overlap), ys.subarray(lag)) : pearson(xs.subarray(-lag), ys.subarray(0, overlap));
		const better = Math.abs(found.r) - Math.abs(best.r);
		if (better > 1e-12 || (Math.abs(better) <= 1e-12 && Math.abs(lag) < Math.abs(best.lag))) best = { ...found, lag };
	}
	return { ...best, p: tried === 0 ? 1 : -Math.expm1(tried * Math.log1p(-Math.min(best.p, 1 - 1e-16))) };
}
