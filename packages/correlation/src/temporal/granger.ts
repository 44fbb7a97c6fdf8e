import { residualSumOfSquares } from "./least-squares.ts";
import { incompleteBeta } from "./student-t.ts";

export interface GrangerTest {
	f: number;
	/** Of "the past of x says nothing about y that y's own past does not". */
	p: number;
	lags: number;
}

/** Fewer samples than these do not support the test: its two regressions would have about as many coefficients as the data has turns. */
export const GRANGER_LEAST_SAMPLES = 60;

/**
 * Whether the past of x helps to foretell y.
 *
 *   y_t = c + sum_i a_i y_{t-i} (+ sum_i b_i x_{t-i}),   F = ((RSS_r - RSS_u) / L) / (RSS_u / (n - 2L - 1)),   n = N - L
 *
 * Granger, "Investigating causal relations by econometric models and cross-spectral methods", Econometrica 1969; the F form of Hamilton, "Time
 * Series Analysis", 11.2. Cost O(n L^2). Both series must be on one grid and stationary: difference them first (`differences`).
 * undefined for fewer than `leastSamples` samples, for values that are not numbers, and for constant or dependent series.
 */
export function grangerTest(
	x: ArrayLike<number>,
	y: ArrayLike<number>,
	lags: number,
	leastSamples = GRANGER_LEAST_SAMPLES,
): GrangerTest | undefined {
	const total = Math.min(x.length, y.length);
	const n = total - lags;
	const degrees = n - 2 * lags - 1;
	if (total < leastSamples || lags < 1 || degrees < 1) return undefined;
	for (let i = 0; i < total; i++) if (!Number.isFinite(x[i]) || !Number.isFinite(y[i])) return undefined;
	const target = Float64Array.from({ length: n }, (_, r) => y[r + lags] as number);
	const pasts = (series: readonly ArrayLike<number>[]): Float64Array => {
		const columns = 1 + lags * series.length;
		const matrix = new Float64Array(n * columns);
		for (let r = 0; r < n; r++) {
			matrix[r * columns] = 1;
			for (const [s, values] of series.entries())
				for (let lag = 1; lag <= lags; lag++) matrix[r * columns + s * lags + lag] = values[r + lags - lag] as number;
		}
		return matrix;
	};
	const restricted = residualSumOfSquares(pasts([y]), target, 1 + lags);
	const unrestricted = residualSumOfSquares(pasts([y, x]), target, 1 + 2 * lags);
	if (restricted === undefined || unrestricted === undefined) return undefined;
	const f =
		unrestricted <= 1e-24 * restricted
			? Number.POSITIVE_INFINITY
			: Math.max(0, (restricted - unrestricted) / lags / (unrestricted / degrees));
	return { f, p: fisherUpper(f, lags, degrees), lags };
}

/** P(F > f) of Fisher's F on d1 and d2 degrees of freedom (Abramowitz & Stegun 26.6.2). */
export const fisherUpper = (f: number, d1: number, d2: number): number =>
	f === Number.POSITIVE_INFINITY ? 0 : incompleteBeta(d2 / (d2 + d1 * f), d2 / 2, d1 / 2);

/** x_t - x_{t-1}: takes a level or a trend out of a series, which the test would otherwise take for foreknowledge. */
export const differences = (x: ArrayLike<number>): Float64Array =>
	Float64Array.from({ length: Math.max(0, x.length - 1) }, (_, i) => (x[i + 1] as number) - (x[i] as number));
