import { AppError, type Random } from "@faultline/contracts";
import { type Calibration, fitCalibration } from "../calibration.ts";
import { quantileOfSorted } from "../quantile.ts";
import { checkRows, type Rows } from "../rows.ts";
import { shuffle } from "../vae/train.ts";
import { pick } from "../vae/vae.ts";
import type { Vote } from "../vote.ts";

/** A detector of unusual points, fitted to a baseline and calibrated by a part of it that it was not fitted on. */
export interface PointDetector {
	readonly detector: string;
	/** Its figures of the held-out part of the baseline, and what was learned from them. */
	readonly heldOut: Float64Array;
	readonly calibration: Calibration;
	/** In the unit of the figures, at the risk asked for. */
	readonly threshold: number;
	/** A figure per row; higher is more unusual. */
	figures(rows: Rows): Promise<Float64Array>;
	/** A vote per row, with evidence in words. */
	judge(rows: Rows): Promise<Vote[]>;
	close(): Promise<void>;
}

export interface PointDetectorOptions {
	random: Random;
	/** Names of the dimensions, for the words. */
	features?: readonly string[];
	/** Probability with which a healthy point may pass the threshold. */
	risk?: number;
}

/** What a detector brings: its figures, and words for one of the rows that it gave figures to. */
export interface PointJudge {
	detector: string;
	/** Figures of rows, and for any of them why. */
	look(rows: Rows): Promise<{ figures: Float64Array; words(row: number): string }>;
	/** Whether the figures have a greatest one that unusual points crowd under: then their tail may have an end too. */
	bounded?: boolean;
	close?(): Promise<void>;
}

/** Calibrates a judge by the held-out rows and makes votes of its figures. */
export async function calibrate(judge: PointJudge, heldOut: Rows, risk = 1e-3): Promise<PointDetector> {
	const { figures: held } = await judge.look(heldOut);
	const calibration = fitCalibration(held, { leastShape: judge.bounded === true ? -0.5 : 0 });
	const threshold = calibration.threshold(risk);
	return {
		detector: judge.detector,
		heldOut: held,
		calibration,
		threshold,
		figures: async (rows) => (await judge.look(rows)).figures,
		async judge(rows) {
			const { figures, words } = await judge.look(rows);
			return Array.from(figures, (raw, row) => ({
				detector: judge.detector,
				score: calibration.score(raw),
				raw,
				threshold,
				evidence: words(row),
			}));
		},
		close: async () => judge.close?.(),
	};
}

/** Fewer points leave nothing to hold out. */
const LEAST_POINTS = 20;

/** The baseline in two, at random. @throws AppError BAD_INPUT where it is too small or holds what is no finite number. */
export function split(baseline: Rows, random: Random, heldOutShare = 0.25): { fit: Rows; heldOut: Rows } {
	const n = checkRows(baseline);
	if (n < LEAST_POINTS)
		throw new AppError("BAD_INPUT", `a baseline of ${n} points is too small`, { hint: `give at least ${LEAST_POINTS}` });
	const order = Int32Array.from({ length: n }, (_, i) => i);
	shuffle(order, random);
	const held = Math.max(1, Math.round(n * heldOutShare));
	return { fit: pick(baseline, order.subarray(held)), heldOut: pick(baseline, order.subarray(0, held)) };
}

/** By dimension: the median, and between what nine of ten values lie. */
export interface Usual {
	median: number;
	low: number;
	high: number;
}

export function usualOf({ values, dimensions }: Rows): Usual[] {
	return Array.from({ length: dimensions }, (_, k) => {
		const sorted = values.filter((_, i) => i % dimensions === k).sort();
		const [median, low, high] = [0.5, 0.05, 0.95].map((q) => quantileOfSorted(sorted, q)) as [number, number, number];
		return { median, low, high };
	});
}

export const nameOf = (features: readonly string[] | undefined, k: number): string => features?.[k] ?? `feature ${k + 1}`;

/** Positions of the largest numbers, the largest first, as long as each is above `least`. */
export function largest(numbers: ArrayLike<number>, most: number, least: number): number[] {
	return Array.from(numbers, (value, k) => ({ value, k }))
		.filter(({ value }) => value > least)
		.sort((a, b) => b.value - a.value)
		.slice(0, most)
		.map(({ k }) => k);
}

export const figure = (x: number): string => String(Number(x.toPrecision(3)));
