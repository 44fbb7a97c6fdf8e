import { fitGeneralisedPareto, type GeneralisedPareto, paretoQuantile, paretoSurvival } from "./generalised-pareto.ts";

/**
 * Calibration: a detector's figure as "how often would something healthy score at least this", by the detector's own scores of a baseline
 * (a part that it was not fitted on). Within the sample the empirical survival function, past a high threshold u a fitted tail:
 *
 *   S(x) = (#{s >= x} + 1) / (n + 1)                        x <= u
 *   S(x) = (#{s > u} + 1) / (n + 1) * P(Y > x - u)          x > u,   Y ~ generalised Pareto
 *
 * so that a threshold may lie beyond the largest score of the baseline: Siffer, Fouque, Termier & Largouet, "Anomaly Detection in Streams
 * with Extreme Value Theory" (SPOT), KDD 2017, eq. 1. Fit O(n log n), score O(log n).
 * Differs from the paper: the add-one of conformal p-values (never 0 within the sample); u leaves at least `leastExcesses` scores above it
 * where the sample allows; the shape is at least 0 unless told otherwise, because a tail with an end, learned from a few dozen scores, would
 * call everything past it equally impossible.
 */
export interface Calibration {
	/** Scores that it was learned from; those that are not numbers were left out. */
	readonly size: number;
	/** u, and the tail above it; no tail where no two scores differ above u: then nothing is rarer than 1 in size + 1. */
	readonly tailStart: number;
	readonly tail: GeneralisedPareto | undefined;
	/** S(x), in (0, 1]: a p-value. NaN and +Infinity are told apart: 1 for NaN (no opinion), the least for +Infinity. */
	survival(raw: number): number;
	/** 1 - S(x), in [0, 1): the `score` of a vote. */
	score(raw: number): number;
	/** The least x with S(x) <= risk, 0 < risk < 1; Infinity from no scores; the largest score where there is no tail to go beyond it. */
	threshold(risk: number): number;
}

export interface CalibrationOptions {
	/** Share of the scores above u, where there are enough. */
	tailShare?: number;
	/** Scores above u that a tail should be learned from. */
	leastExcesses?: number;
	/** Least shape of the tail; below 0 tails with an end are allowed (as the paper does). */
	leastShape?: number;
}

/** Nothing is rarer than this: beyond it a figure says nothing more, and logarithms of it stay finite. */
const LEAST_SURVIVAL = 1e-15;
/** No tail takes more than this share of the scores, however few they are. */
const GREATEST_TAIL = 0.25;
/** Fewer excesses than these tell nothing of a shape: an exponential tail of their mean. */
const SHAPE_NEEDS = 10;

export function fitCalibration(scores: ArrayLike<number>, options: CalibrationOptions = {}): Calibration {
	const { tailShare = 0.05, leastExcesses = 40, leastShape = 0 } = options;
	const sorted = Float64Array.from(scores)
		.filter((s) => !Number.isNaN(s))
		.sort();
	const n = sorted.length;
	const share = Math.min(GREATEST_TAIL, Math.max(tailShare, leastExcesses / Math.max(1, n)));
	const tailStart = n === 0 ? Number.POSITIVE_INFINITY : (sorted[Math.max(0, Math.ceil(n * (1 - share)) - 1)] as number);
	const above = n - firstAbove(sorted, tailStart);
	const excesses = sorted.subarray(n - above).map((s) => s - tailStart);
	const held = excesses.length < SHAPE_NEEDS ? { leastShape: 0, greatestShape: 0 } : { leastShape };
	const tail = fitGeneralisedPareto(excesses, held);
	const rate = (above + 1) / (n + 1);

	function survival(raw: number): number {
		if (Number.isNaN(raw) || n === 0) return 1;
		if (!(raw > tailStart)) return (n - firstAtLeast(sorted, raw) + 1) / (n + 1);
		return Math.max(LEAST_SURVIVAL, tail === undefined ? rate : rate * paretoSurvival(tail, raw - tailStart));
	}
	function threshold(risk: number): number {
		if (n === 0) return Number.POSITIVE_INFINITY;
		if (risk < rate) return tail === undefined ? tailStart : tailStart + paretoQuantile(tail, Math.max(risk, LEAST_SURVIVAL) / rate);
		// #{s > t} + 1 <= risk (n + 1): the order statistic with that many above it.
		return sorted[Math.max(0, n - 1 - Math.max(0, Math.floor(risk * (n + 1) - 1)))] as number;
	}
	return { size: n, tailStart, tail, survival, score: (raw) => 1 - survival(raw), threshold };
}

export interface AdaptiveCalibration {
	/** Judges a score by those before it, then learns from it where it is not anomalous at `risk`. */
	observe(raw: number): { survival: number; threshold: number; anomalous: boolean };
	/** Scores learned from, at most `window`. */
	readonly size: number;
	/** Share of the last `window` observed scores that were anomalous: far above `risk`, the healthy state itself has moved. */
	readonly anomalousShare: number;
}

export interface AdaptiveOptions extends CalibrationOptions {
	/** Scores kept, the newest. */
	window?: number;
	/** Probability with which a healthy score may pass the threshold. */
	risk?: number;
	/** Scores learned between two fits. */
	refitEvery?: number;
}

/** SPOT's stream, over a sliding window: the threshold moves with the scores, and what is above it is not learned from. */
export function createAdaptiveCalibration(initial: ArrayLike<number>, options: AdaptiveOptions = {}): AdaptiveCalibration {
	const { window = 2_000, risk = 1e-3, refitEvery = 50 } = options;
	const kept: number[] = Array.from(initial).slice(-window);
	const flags: boolean[] = [];
	let flagged = 0;
	let learned = 0;
	let calibration = fitCalibration(kept, options);
	let limit = calibration.threshold(risk);
	const learn = (raw: number): void => {
		kept.push(raw);
		if (kept.length > window) kept.shift();
		if (++learned % refitEvery !== 0) return;
		calibration = fitCalibration(kept, options);
		limit = calibration.threshold(risk);
	};
	return {
		observe(raw) {
			const judged = { survival: calibration.survival(raw), threshold: limit, anomalous: raw > limit };
			flags.push(judged.anomalous);
			if (judged.anomalous) flagged++;
			if (flags.length > window && flags.shift() === true) flagged--;
			if (!judged.anomalous && !Number.isNaN(raw)) learn(raw);
			return judged;
		},
		get size() {
			return kept.length;
		},
		get anomalousShare() {
			return flags.length === 0 ? 0 : flagged / flags.length;
		},
	};
}

/** Position of the first number above x (resp. at least x) in ascending numbers. */
function firstAbove(sorted: Float64Array, x: number): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((sorted[middle] as number) > x) high = middle;
		else low = middle + 1;
	}
	return low;
}

function firstAtLeast(sorted: Float64Array, x: number): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((sorted[middle] as number) >= x) high = middle;
		else low = middle + 1;
	}
	return low;
}
