import { crossCorrelation } from "./cross-correlation.ts";
import { standardised, warp, warpSignificance } from "./dtw.ts";
import { differences, GRANGER_LEAST_SAMPLES, grangerTest } from "./granger.ts";
import { pearson } from "./pearson.ts";

export interface Precedence {
	/** In samples, positive where x moves first. */
	lag: number;
	/** In (0, 1]: how sure the tests that spoke are, and how far they agree. */
	confidence: number;
	/** Each test's say, in words. */
	votes: string[];
}

export interface PrecedenceOptions {
	/** Lags tried, in samples. */
	maxLag: number;
	/** Pairs of series that are being compared at once: each gets its share of the error (Bonferroni). */
	pairs?: number;
	/** Chance of telling an order where there is none, over all pairs. */
	risk?: number;
}

/** A best lag is an order only where the series agree this well there, and clearly better than at lag 0. */
const LEAST_R = 0.7;
const BETTER_THAN_TOGETHER = 0.05;
/** Fewer samples on one grid than these say nothing of an order. */
const LEAST_SAMPLES = 20;
/** Warping is tried on so many samples at most: its cost is their square. */
const MOST_WARPED = 300;

/** From this correlation of a series with its own last value on, it is a walk or a trend: its differences are tested instead. */
const WANDERING = 0.8;

interface Vote {
	/** In samples; its sign is the say, its size a guess. */
	lag: number;
	p: number;
	words: string;
}

/**
 * Which of two series on one grid moved first. The lag of the best cross-correlation, Granger's test both ways (from 60 samples; on the differences
 * where a series wanders) and, where one of those spoke, the lag of the best warping each vote at `risk / pairs`; votes for both orders cancel.
 * undefined is no order.
 */
export function precedence(x: ArrayLike<number>, y: ArrayLike<number>, options: PrecedenceOptions): Precedence | undefined {
	const { maxLag, pairs = 1, risk = 0.001 } = options;
	if (Math.min(x.length, y.length) < LEAST_SAMPLES) return undefined;
	const level = risk / Math.max(1, pairs);
	const spoken = [byCorrelation(x, y, maxLag), byGranger(x, y, maxLag)].filter((vote) => vote !== undefined && vote.p < level);
	if (spoken.length === 0) return undefined;
	// Shifts by chance cannot show a p-value as small as many pairs would ask for: warping confirms, it does not find.
	const votes = [...spoken, byWarping(x, y, maxLag)].filter((vote) => vote !== undefined);
	const sum = votes.reduce((total, { lag }) => total + Math.sign(lag), 0);
	if (sum === 0) return undefined;
	const agreeing = votes.filter(({ lag }) => Math.sign(lag) === Math.sign(sum));
	return {
		lag: (agreeing.find((vote) => vote === spoken[0]) ?? (agreeing[0] as Vote)).lag,
		confidence: (Math.abs(sum) / votes.length) * (1 - Math.min(...agreeing.map(({ p }) => p)) / risk),
		votes: votes.map(({ words }) => words),
	};
}

function byCorrelation(x: ArrayLike<number>, y: ArrayLike<number>, maxLag: number): Vote | undefined {
	const best = crossCorrelation(x, y, maxLag);
	const together = crossCorrelation(x, y, 0);
	if (best.lag === 0 || Math.abs(best.r) < LEAST_R || Math.abs(best.r) <= Math.abs(together.r) + BETTER_THAN_TOGETHER) return undefined;
	return { lag: best.lag, p: best.p, words: `correlation is ${best.r.toFixed(2)} at lag ${best.lag}, ${together.r.toFixed(2)} at lag 0` };
}

/** One way and not the other: what drives both from outside is foretold both ways. */
function byGranger(x: ArrayLike<number>, y: ArrayLike<number>, maxLag: number): Vote | undefined {
	const wanders = Math.max(persistence(x), persistence(y)) > WANDERING;
	const [from, to] = wanders ? [differences(x), differences(y)] : [x, y];
	const lags = Math.min(maxLag, Math.floor(to.length / (GRANGER_LEAST_SAMPLES / 5)));
	const [forth, back] = [grangerTest(from, to, lags), grangerTest(to, from, lags)];
	if (forth === undefined || back === undefined) return undefined;
	const [p, other] = forth.p <= back.p ? [forth.p, back.p] : [back.p, forth.p];
	if (other < 0.05) return undefined;
	return {
		lag: forth.p <= back.p ? 1 : -1,
		p,
		words: `the past of one foretells the other (Granger, p ${p.toExponential(0)}), not the other way`,
	};
}

function byWarping(x: ArrayLike<number>, y: ArrayLike<number>, maxLag: number): Vote | undefined {
	const [a, b] = [standardised(x), standardised(y)];
	if (a === undefined || b === undefined || a.length > MOST_WARPED) return undefined;
	const lag = warp(a, b, maxLag)?.lag ?? 0;
	const p = lag === 0 ? 1 : warpSignificance(a, b, maxLag);
	return p <= 0.05 ? { lag, p, words: `warped onto each other they are ${Math.abs(lag)} samples apart` } : undefined;
}

const persistence = (x: ArrayLike<number>): number => {
	const values = Float64Array.from(x);
	return pearson(values.subarray(0, -1), values.subarray(1)).r;
};
