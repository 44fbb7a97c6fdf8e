import { fitCalibration } from "./calibration.ts";
import { fitIqr } from "./iqr.ts";
import { fitRobustZ } from "./robust-z.ts";
import type { Vote } from "./vote.ts";
import { fitZScore } from "./z-score.ts";

/**
 * z-score, robust z and IQR on the values of one series, as votes in words. What each makes of a value is calibrated by its scores of the
 * baseline's own stretches, every fifth of it judged by the other four; a limit is never below the one of its textbook.
 *
 * Counts have a least scale of their own: events that come independently of each other vary by sqrt(count) (Poisson), however steady a short
 * baseline happens to look. A rate is a count divided by its exposure.
 */
export interface ValueVotesOptions {
	/** What the numbers are; "rate" needs `exposure`. */
	kind?: "value" | "count" | "rate";
	/** Units of a rate that one number covers: 5 where a number is "per minute" and was counted over five. */
	exposure?: number;
	/** Behind every figure in words: "/min", " ms". */
	unit?: string;
	/** Probability with which a healthy value may pass a limit. */
	risk?: number;
	/** Smallest deviation that counts, as a share of the baseline's largest magnitude. */
	floorShare?: number;
}

/** Votes of "z-score", "robust z" and "IQR", in this order. */
export type ValueJudge = (x: number) => Vote[];

/** Fewer values than these cannot judge. */
const LEAST_VALUES = 4;
const FOLDS = 5;
/** Fewer values than these have no stretches to calibrate by. */
const LEAST_TO_CALIBRATE = 20;
/** The interquartile range of a normal distribution, in deviations. */
const IQR_OF_NORMAL = 1.349;

interface Detector {
	name: string;
	limit: number;
	fit(values: Float64Array): Fitted;
}

interface Fitted {
	/** Signed. */
	score(x: number): number;
	words(x: number, score: number): string;
}

export function fitValueVotes(baseline: ArrayLike<number>, options: ValueVotesOptions = {}): ValueJudge {
	const known = Float64Array.from(baseline).filter(Number.isFinite);
	const detectors = createDetectors(known, baseline.length - known.length, options);
	if (known.length < LEAST_VALUES) {
		const evidence = `a baseline of ${known.length} ${known.length === 1 ? "value" : "values"} is too short to judge by`;
		return () => detectors.map(({ name }) => abstain(name, evidence));
	}
	const judges = detectors.map((detector) => {
		const fitted = detector.fit(known);
		const calibration = fitCalibration(heldOutScores(detector, known));
		const learned = known.length < LEAST_TO_CALIBRATE ? 0 : calibration.threshold(options.risk ?? 1e-3);
		return { name: detector.name, fitted, calibration, threshold: Math.max(detector.limit, learned) };
	});
	return (x) =>
		judges.map(({ name, fitted, calibration, threshold }) => {
			if (!Number.isFinite(x)) return abstain(name, "no value to judge");
			const signed = fitted.score(x);
			const raw = Math.abs(signed);
			const evidence = `${fitted.words(x, signed)}, limit ${figure(threshold)}`;
			return { detector: name, score: calibration.score(raw), raw, threshold, evidence };
		});
}

const abstain = (detector: string, evidence: string): Vote => ({
	detector,
	score: 0,
	raw: 0,
	threshold: Number.POSITIVE_INFINITY,
	evidence,
});

function createDetectors(known: Float64Array, gaps: number, options: ValueVotesOptions): Detector[] {
	const { unit = "", floorShare = 0.01 } = options;
	const largest = known.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
	const floor = (values: Float64Array): number => Math.max(largest * floorShare, 1e-9, poissonScale(values, options));
	const of = (what: string): string => `(${what} of ${known.length} values${gaps > 0 ? `, ${gaps} gaps left out` : ""})`;
	const said = (x: number): string => `${figure(x)}${unit}`;
	return [
		{
			name: "z-score",
			limit: 3,
			fit: (values) => {
				const { mean, score } = fitZScore(values, floor(values));
				return { score, words: (x, z) => `${said(x)} against ${said(mean)} ${of("mean")}, ${figure(z)} standard deviations` };
			},
		},
		{
			name: "robust z",
			limit: 3.5,
			fit: (values) => {
				const { median, score } = fitRobustZ(values, floor(values));
				return { score, words: (x, z) => `${said(x)} against ${said(median)} ${of("median")}, ${figure(z)} robust deviations` };
			},
		},
		{
			name: "IQR",
			limit: 3,
			fit: (values) => {
				const { q1, q3, score } = fitIqr(values, IQR_OF_NORMAL * floor(values));
				const where = (ranges: number): string =>
					ranges === 0 ? "not outside" : `${figure(Math.abs(ranges))} times their distance ${ranges > 0 ? "above" : "below"}`;
				return { score, words: (x, ranges) => `${said(x)}, ${where(ranges)} the quartiles ${said(q1)} and ${said(q3)} ${of("quartiles")}` };
			},
		},
	];
}

/** sqrt(count), of at least one event, in the unit of the values; 0 where they are no counts. Around the median, which outliers do not move. */
export function poissonScale(
	values: ArrayLike<number>,
	{ kind = "value", exposure = 1 }: Pick<ValueVotesOptions, "kind" | "exposure">,
): number {
	if (kind === "value") return 0;
	const units = kind === "rate" ? exposure : 1;
	return Math.sqrt(Math.max(1, fitRobustZ(values).median * units)) / units;
}

/** |score| of every value by a fit on the other fifths, each a stretch of time. */
function heldOutScores(detector: Detector, known: Float64Array): Float64Array {
	const scores = new Float64Array(known.length);
	for (let fold = 0; fold < FOLDS; fold++) {
		const [from, to] = [Math.floor((fold * known.length) / FOLDS), Math.floor(((fold + 1) * known.length) / FOLDS)];
		const others = known.filter((_, i) => i < from || i >= to);
		const { score } = detector.fit(others);
		for (let i = from; i < to; i++) scores[i] = Math.abs(score(known[i] as number));
	}
	return scores;
}

/** Past four figures, and past 99 deviations of a baseline that never moved, a number says nothing more. */
const figure = (x: number): string => String(Number(x.toPrecision(Math.abs(x) < 1000 ? 3 : 4)));
