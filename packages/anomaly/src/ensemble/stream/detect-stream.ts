import { type Calibration, fitCalibration } from "../../calibration.ts";
import type { Vote } from "../../vote.ts";
import { survivalWithPrior } from "../prior-tail.ts";
import { type DetectorWeights, weightsOf } from "../weights.ts";
import { fitBursts } from "./burst.ts";
import { fitHeartbeats } from "./heartbeat.ts";
import { fitNewTemplates } from "./new-template.ts";
import { fitSlotValues } from "./slot-values.ts";
import { fitStepOrder } from "./step-order.ts";
import { type FitWindows, type StreamContext, type StreamLine, type StreamWindow, windowsOf } from "./stream-line.ts";

/** Detectors of windows of a stream, by name. */
export const STREAM_DETECTORS: Readonly<Record<string, FitWindows>> = {
	"new template": fitNewTemplates,
	burst: fitBursts,
	heartbeat: fitHeartbeats,
	order: fitStepOrder,
	duration: fitSlotValues,
};

/** By detector: a step of its figure that matters, for figures beyond all that were held out. */
const PRIOR_SCALES: Readonly<Record<string, number>> = { "new template": 0.1, burst: 0.25, heartbeat: 0.25, order: 0.1, duration: 1 };
/** Stretches of the baseline that are held out in turn to learn the thresholds from. */
const FOLDS = 5;

export interface StreamOptions {
	/** Healthy lines, oldest first; several stretches where something is missing between them. */
	baseline: readonly (readonly StreamLine[])[];
	/** Length of a window, in the unit of `at`. */
	length: number;
	describe?: (event: string) => string;
	detectors?: DetectorWeights | undefined;
	/** Share of healthy windows that one detector may call anomalous. */
	risk?: number;
}

export interface StreamVerdict {
	from: number;
	to: number;
	/** Calibrated, in [0, 1]: of the surest detector. */
	score: number;
	anomalous: boolean;
	votes: StreamVote[];
}

/** With the template that it is about, and since when, where it is about one. */
export interface StreamVote extends Vote {
	event?: string;
	since?: number;
}

/** Judges windows of a stream by what its baseline was like: one vote by each detector, anomalous where one votes. Thresholds by held-out stretches. */
export function fitStream({
	baseline,
	length,
	describe = (event) => event,
	detectors,
	risk = 0.005,
}: StreamOptions): (window: StreamWindow) => StreamVerdict {
	const context: StreamContext = { length, describe };
	const chosen = [...weightsOf("stream", detectors)].map(([name, weight]) => ({ name, weight, fit: STREAM_DETECTORS[name] as FitWindows }));
	const judges = chosen.map(({ name, weight, fit }) => ({
		name,
		weight,
		judge: fit(baseline, context),
		calibration: heldOut(fit, baseline, context),
	}));
	return (window) => {
		const votes = judges.map(({ name, judge, calibration, weight }): StreamVote => {
			const { figure, evidence, ...about } = judge(window);
			return {
				detector: name,
				raw: figure,
				score: 1 - survivalWithPrior(calibration, figure, PRIOR_SCALES[name] ?? 1),
				threshold: calibration.threshold(Math.min(0.5, risk * weight)),
				evidence,
				...about,
			};
		});
		const voting = votes.filter((vote) => vote.raw > vote.threshold);
		return {
			from: window.from,
			to: window.to,
			score: votes.reduce((most, vote) => Math.max(most, vote.score), 0),
			anomalous: voting.length > 0,
			votes,
		};
	};
}

/** Figures of each fifth of the baseline by the other four. */
function heldOut(fit: FitWindows, baseline: StreamOptions["baseline"], context: StreamContext): Calibration {
	const figures: number[] = [];
	const total = baseline.reduce((sum, lines) => sum + lines.length, 0);
	const size = Math.ceil(total / FOLDS);
	for (let fold = 0; fold < FOLDS && fold * size < total; fold++) {
		const { held, others } = cut(baseline, fold * size, (fold + 1) * size);
		const judge = fit(others, context);
		// A stretch shorter than a window would look as if everything in it had stopped.
		for (const lines of held)
			if ((lines.at(-1)?.at ?? 0) - (lines[0]?.at ?? 0) + 1 >= context.length)
				for (const window of windowsOf(lines, context.length)) figures.push(judge(window).figure);
	}
	return fitCalibration(figures);
}

/** Lines from one place to another of all stretches together, and the rest around them. */
function cut(stretches: StreamOptions["baseline"], from: number, to: number): { held: StreamLine[][]; others: StreamLine[][] } {
	const held: StreamLine[][] = [];
	const others: StreamLine[][] = [];
	let at = 0;
	for (const lines of stretches) {
		const [low, high] = [Math.max(0, from - at), Math.max(0, Math.min(lines.length, to - at))];
		if (high > low) held.push(lines.slice(low, high));
		for (const rest of high > low ? [lines.slice(0, low), lines.slice(high)] : [lines.slice()]) if (rest.length > 0) others.push(rest);
		at += lines.length;
	}
	return { held, others };
}
