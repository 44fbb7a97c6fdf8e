import { quantileOfSorted } from "./quantile.ts";

/**
 * Robust z-score (modified z): distance from the median in units of the median absolute deviation.
 *
 *   M(x) = 0.6745 (x - median) / MAD,   MAD = median |x_i - median|
 *
 * Iglewicz & Hoaglin, "How to Detect and Handle Outliers", ASQC 1993, which calls |M| > 3.5 an outlier. Holds with up to half of the
 * baseline contaminated. Fit O(n log n).
 * Differs from the source: where more than half of the baseline is one value, MAD = 0, and the mean absolute deviation stands in for it
 * (M = 0.7979 (x - median) / MeanAD, IBM's convention); where that is 0 too, `floor`.
 * Values of the baseline that are not finite numbers (gaps) are left out.
 */
export interface RobustZ {
	median: number;
	mad: number;
	score(x: number): number;
}

/** 1 / the 0.75-quantile of the normal distribution, and sqrt(pi / 2): both make the scale an estimate of sigma. */
const MAD_TO_SIGMA = 1.482602218505602;
const MEAN_AD_TO_SIGMA = 1.2533141373155003;

export function fitRobustZ(baseline: ArrayLike<number>, floor = 1e-9): RobustZ {
	const sorted = Float64Array.from(baseline).filter(Number.isFinite).sort();
	const median = sorted.length === 0 ? 0 : quantileOfSorted(sorted, 0.5);
	const deviations = sorted.map((x) => Math.abs(x - median)).sort();
	const mad = deviations.length === 0 ? 0 : quantileOfSorted(deviations, 0.5);
	const meanAd = deviations.reduce((sum, d) => sum + d / deviations.length, 0);
	const scale = Math.max(mad > 0 ? MAD_TO_SIGMA * mad : MEAN_AD_TO_SIGMA * meanAd, floor);
	return { median, mad, score: (x) => (x - median) / scale };
}
