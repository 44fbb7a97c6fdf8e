import { fitIqr } from "./iqr.ts";
import { fitRobustZ } from "./robust-z.ts";
import { fitZScore } from "./z-score.ts";

export interface SeriesVote {
	detector: "z-score" | "robust z" | "IQR";
	/** Signed: positive above the baseline. In the detector's own unit. */
	score: number;
	anomalous: boolean;
}

export interface SeriesScore {
	/** Per value: the median of the three |scores|, each divided by its limit; above 1 is anomalous to most. */
	scores: Float64Array;
	/** Largest of `scores`. 0 for an empty series. */
	peak: number;
	/** Time of the peak, in the unit of `times`; undefined for an empty series. */
	peakTime: number | undefined;
	peakValue: number | undefined;
	/** Time of the first value that stays anomalous for `persistence` values (or to the end). */
	onset: number | undefined;
	direction: "up" | "down" | "none";
	anomalous: boolean;
	/** The detectors' votes at the peak. */
	votes: SeriesVote[];
	/** The same in words. */
	words: string[];
}

export interface SeriesOptions {
	zLimit?: number;
	robustZLimit?: number;
	iqrLimit?: number;
	/** Values in a row that must be anomalous before an onset counts. */
	persistence?: number;
	/** Smallest change that matters, as a share of the baseline's largest magnitude: keeps a constant baseline from shouting at noise. */
	floorShare?: number;
}

/**
 * Scores each value of a series against a baseline with z, robust z and IQR; two of three decide. Values that are not numbers score 0.
 * A baseline of fewer than 4 numbers cannot judge: everything scores 0 and the words say so.
 */
export function scoreSeries(
	times: ArrayLike<number>,
	values: ArrayLike<number>,
	baseline: ArrayLike<number>,
	options: SeriesOptions = {},
): SeriesScore {
	const { persistence = 2, floorShare = 0.01 } = options;
	const known = Float64Array.from(baseline).filter(Number.isFinite);
	const scores = new Float64Array(values.length);
	if (known.length < 4) return { ...nothing(scores), words: [`baseline of ${known.length} values is too short to judge by`] };
	const judge = createJudge(known, floorShare, options);
	let at = -1;
	for (let i = 0; i < values.length; i++) {
		const x = values[i] ?? Number.NaN;
		if (!Number.isFinite(x)) continue;
		scores[i] = combine(judge(x));
		if (at < 0 || (scores[i] ?? 0) > (scores[at] ?? 0)) at = i;
	}
	if (at < 0) return nothing(scores);
	const peakValue = values[at] as number;
	const votes = judge(peakValue).map(({ share: _, ...vote }) => vote);
	const onset = onsetOf(scores, persistence);
	const anomalous = votes.filter((vote) => vote.anomalous).length >= 2;
	return {
		scores,
		peak: scores[at] as number,
		peakTime: times[at],
		peakValue,
		onset: onset === undefined ? undefined : times[onset],
		direction: !anomalous ? "none" : (votes[0]?.score ?? 0) > 0 ? "up" : "down",
		anomalous,
		votes,
		words: votes.filter((vote) => vote.anomalous).map((vote) => `${vote.detector} ${deviations(vote.score)} at ${figure(peakValue)}`),
	};
}

type Judged = SeriesVote & { share: number };

function createJudge(known: Float64Array, floorShare: number, options: SeriesOptions): (x: number) => Judged[] {
	const { zLimit = 3, robustZLimit = 3.5, iqrLimit = 3 } = options;
	const floor = Math.max(floorShare * known.reduce((most, x) => Math.max(most, Math.abs(x)), 0), 1e-9);
	const z = fitZScore(known, floor);
	const robust = fitRobustZ(known, floor);
	const iqr = fitIqr(known, floor);
	const vote = (detector: SeriesVote["detector"], score: number, limit: number): Judged => ({
		detector,
		score,
		anomalous: Math.abs(score) > limit,
		share: Math.abs(score) / limit,
	});
	return (x) => [vote("z-score", z.score(x), zLimit), vote("robust z", robust.score(x), robustZLimit), vote("IQR", iqr.score(x), iqrLimit)];
}

/** The median of three shares: above 1 exactly where two of three vote. */
function combine(votes: readonly Judged[]): number {
	return votes.map((vote) => vote.share).sort((a, b) => a - b)[1] ?? 0;
}

function onsetOf(scores: Float64Array, persistence: number): number | undefined {
	let run = 0;
	for (let i = 0; i < scores.length; i++) {
		run = (scores[i] ?? 0) > 1 ? run + 1 : 0;
		if (run === persistence || (run > 0 && i === scores.length - 1)) return i - run + 1;
	}
	return undefined;
}

function nothing(scores: Float64Array): SeriesScore {
	return {
		scores,
		peak: 0,
		peakTime: undefined,
		peakValue: undefined,
		onset: undefined,
		direction: "none",
		anomalous: false,
		votes: [],
		words: [],
	};
}

/** Against a baseline that never moved any change is a huge score: past 99 the figure says nothing more. */
const deviations = (score: number): string => (Math.abs(score) > 99 ? (score > 0 ? "over 99" : "under -99") : score.toFixed(1));

const figure = (x: number): string => String(Number(x.toPrecision(4)));
