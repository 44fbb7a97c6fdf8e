import type { Confidence } from "@faultline/contracts";
import type { CaptureScore } from "./score-report.ts";

export const FIGURES = ["ac1", "ac3", "ac5", "avg5", "mrr", "verdict", "specificity", "category", "change", "decoy"] as const;
export type Figure = (typeof FIGURES)[number];

export const CLASSES: readonly Confidence[] = ["confirmed", "likely", "inconclusive"];

/** One capture as it was evaluated. */
export interface EvaluatedCapture {
	id: string;
	score: CaptureScore;
	/** Milliseconds of reading and analysing it. */
	ms: number;
	/** Why there is no report. */
	error?: string;
}

/** Means over the captures whose truth knows the figure; null where none does. */
export interface Summary {
	captures: number;
	errors: number;
	figures: Record<Figure, number | null>;
	/** Per class of confidence: reports, those of them whose truth can tell, and the share of these that is right. */
	calibration: Record<Confidence, { reports: number; judged: number; right: number | null }>;
	/** Nearest-rank percentiles, milliseconds. */
	p50Ms: number | null;
	p95Ms: number | null;
}

export function summarise(rows: readonly EvaluatedCapture[]): Summary {
	const times = rows.map((row) => row.ms).sort((a, b) => a - b);
	return {
		captures: rows.length,
		errors: rows.filter((row) => row.error !== undefined).length,
		figures: figuresOf(rows.map((row) => row.score)),
		calibration: Object.fromEntries(CLASSES.map((name) => [name, calibrationOf(name, rows)])) as Summary["calibration"],
		p50Ms: percentile(times, 0.5),
		p95Ms: percentile(times, 0.95),
	};
}

export function figuresOf(scores: readonly CaptureScore[]): Record<Figure, number | null> {
	return Object.fromEntries(FIGURES.map((figure) => [figure, mean(scores.map((s) => s[figure]))])) as Record<Figure, number | null>;
}

function calibrationOf(name: Confidence, rows: readonly EvaluatedCapture[]): Summary["calibration"][Confidence] {
	const of = rows.filter((row) => row.score.confidence === name).map((row) => row.score.right);
	return { reports: of.length, judged: of.filter((right) => right !== null).length, right: mean(of) };
}

function mean(values: readonly (number | null)[]): number | null {
	const known = values.filter((value) => value !== null);
	return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The smallest value that at least a share p of all does not exceed. */
function percentile(ascending: readonly number[], p: number): number | null {
	return ascending[Math.max(0, Math.ceil(p * ascending.length) - 1)] ?? null;
}
