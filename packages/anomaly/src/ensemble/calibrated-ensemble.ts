import { type Calibration, fitCalibration } from "../calibration.ts";
import { survivalWithPrior } from "./prior-tail.ts";

/**
 * Calibrated votes joined into one figure: a weighted sum of log p-values,
 *
 *   T(x) = sum_d w_d * -ln S_d(x_d),   anomalous where T(x) > t with P(T > t | healthy) = risk
 *
 * Fisher, "Statistical Methods for Research Workers", 1932 (w = 1); weights after Good, "On the Weighted Combination of Significance Tests",
 * JRSS B 1955. S_d is the detector's own calibration on scores of a baseline that it was not fitted on. Fit O(n log n), score O(d log n).
 * Differs from the source: the detectors are not independent, so that T is no chi-squared variable; its law is learned too, from T of the same
 * held-out scores (empirical, with a generalised Pareto tail), over the newest `window` of them.
 */
export interface CalibratedEnsemble {
	/** T above which a thing is anomalous. */
	readonly limit: number;
	/** By member: the figure above which the member alone votes. */
	readonly thresholds: readonly number[];
	/** T, and by member its calibrated score. */
	judge(raws: readonly number[]): { value: number; scores: number[] };
}

export interface EnsembleMember {
	weight: number;
	/** Its figures for held-out healthy things, oldest first, the same things for every member. */
	held: readonly number[];
}

export interface EnsembleOptions {
	/** Share of healthy things that may be called anomalous. */
	risk?: number;
	/** Held-out figures that are learned from, the newest. */
	window?: number;
}

/**
 * Scale of the tail where held-out figures, all in [0, 1], are so alike that no tail can be fitted: a prior, so that a figure of 0.8 where all
 * were 0 counts for more than one of 0.02.
 */
const PRIOR_SCALE = 0.1;
/** Two in a thousand: of a thousand healthy sessions two false alarms. */
const RISK = 0.002;
const WINDOW = 50_000;
/** No limit below p = 0.05 of the lightest detector: a baseline of equal sessions has nothing to learn a limit from. */
const LEAST_LIMIT = -Math.log(0.05);

export function fitEnsemble(members: readonly EnsembleMember[], options: EnsembleOptions = {}): CalibratedEnsemble {
	const { risk = RISK, window = WINDOW } = options;
	const calibrations: Calibration[] = members.map(({ held }) => fitCalibration(held.slice(-window)));
	const judge = (raws: readonly number[]): { value: number; scores: number[] } => {
		let value = 0;
		const scores = calibrations.map((calibration, i) => {
			const survival = survivalWithPrior(calibration, raws[i] as number, PRIOR_SCALE);
			value -= (members[i]?.weight ?? 0) * Math.log(survival);
			return 1 - survival;
		});
		return { value, scores };
	};
	const things = members[0]?.held.length ?? 0;
	const joined: number[] = [];
	for (let i = Math.max(0, things - window); i < things; i++) joined.push(judge(members.map(({ held }) => held[i] as number)).value);
	const learned = joined.length === 0 ? 0 : learnLimit(joined, risk);
	return {
		limit: Math.max(LEAST_LIMIT * members.reduce((least, { weight }) => Math.min(least, weight), 1), learned),
		thresholds: calibrations.map((calibration) => calibration.threshold(risk)),
		judge,
	};
}

/**
 * A fitted tail says where the limit is within the sample. Beyond it (fewer than one false alarm expected of them all) it would put the limit
 * where no single detector can reach, because most figures are few distinct numbers: there the limit is the greatest that was seen.
 */
function learnLimit(joined: readonly number[], risk: number): number {
	const fitted = fitCalibration(joined).threshold(risk);
	return joined.length * risk >= 1
		? fitted
		: Math.min(
				fitted,
				joined.reduce((most, value) => Math.max(most, value), 0),
			);
}
