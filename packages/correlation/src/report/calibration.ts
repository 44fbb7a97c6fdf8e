import type { Anomaly, Confidence, WeighedChange } from "@faultline/contracts";
import { type Lead, together } from "../evidence/lead.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import { isFiring, type Situation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";
import { LEARNED } from "./learned-calibration.ts";
import type { Verdict } from "./verdict.ts";

/*
 * How sure a report may be, learned: two logistic regressions over a few figures of the evidence, fitted by `scripts/calibrate.mjs` on generated
 * incidents and windows of health, which know no name. Their weights and the thresholds, with what they reach on captures that they were not fitted
 * on, stand in learned-calibration.ts.
 */

/** The figures that a report's verdict and confidence are calibrated by, each about 0 to 1 (counts as logarithms). */
export interface CalibrationFigures {
	/** The verdict by rule, before it is tempered. */
	judged: Verdict;
	/** Of everything abnormal: whether this is an incident. */
	verdict: number[];
	/** Of the first cause: whether it is the right one. */
	confidence: number[];
}

const KINDS: readonly Anomaly["kind"][] = [
	"metric",
	"template",
	"self-time",
	"network-gap",
	"span-errors",
	"call-volume",
	"event",
	"status",
	"alert",
	"error",
];

/** What the two functions below give, in their order. */
export const FIGURE_NAMES: Readonly<Record<"verdict" | "confidence", readonly string[]>> = {
	verdict: [
		"firing errors",
		"firing warnings",
		"paged by no alert",
		"strongest resource",
		"second resource",
		"share of resources",
		"loud",
		"onset seen",
		"recovered",
		"symptoms",
		...KINDS,
		"change that fits",
	],
	confidence: [
		"score",
		"margin",
		"kinds",
		"onset seen",
		"change blamed",
		"resources",
		"abnormal",
		"victims",
		"loud",
		"same as the second's kind",
		...KINDS,
	],
};

export interface CalibrationInput {
	situation: Situation;
	moment: Moment;
	leads: readonly Lead[];
	causes: readonly ScoredCause[];
	blamed: WeighedChange | null;
}

export function verdictFigures({
	situation,
	moment,
	leads,
	blamed,
}: Pick<CalibrationInput, "situation" | "moment" | "leads" | "blamed">): number[] {
	const last = new Map(situation.alerts.map(({ signal, candidate }) => [`${signal.alert?.name ?? signal.body}\u0000${candidate}`, signal]));
	const firing = [...last.values()].filter(isFiring);
	const standing = leads.filter((l) => l.kind !== "alert" && l.recovered === undefined && l.role !== "load");
	const weights = [...Map.groupBy(standing, (l) => l.candidate).values()]
		.map((own) => together(own.map((l) => l.strength * (l.loud ? 1 : 0.5))))
		.sort((a, b) => b - a);
	return [
		Math.log1p(firing.filter((s) => s.severity >= 17).length),
		Math.log1p(firing.filter((s) => s.severity < 17).length),
		situation.alerts.length === 0 && situation.evidence.alertTime !== undefined ? 1 : 0,
		weights[0] ?? 0,
		weights[1] ?? 0,
		weights.filter((w) => w > 0.4).length / Math.max(3, situation.graph.nodes.size),
		Math.log1p(standing.filter((l) => l.loud).length),
		moment.seen ? 1 : 0,
		Math.max(0, ...leads.filter((l) => l.recovered !== undefined).map((l) => l.strength)),
		together(standing.filter((l) => l.role === "symptom").map((l) => 0.3 * l.strength)),
		...strongest(leads.filter((l) => l.recovered === undefined && l.role !== "load")),
		blamed?.score ?? 0,
	];
}

export function confidenceFigures({ situation, moment, causes, blamed }: Omit<CalibrationInput, "leads">): number[] {
	const [first, second] = causes;
	if (first === undefined) return FIGURE_NAMES.confidence.map(() => 0);
	const own = first.leads.filter((l) => l.role !== "load");
	const kinds = new Set(own.filter((l) => l.strength >= 0.3).map((l) => l.kind));
	return [
		first.score,
		first.score > 0 ? 1 - (second?.score ?? 0) / first.score : 0,
		Math.min(4, kinds.size) / 4,
		moment.seen ? 1 : 0,
		blamed === null ? 0 : 1,
		Math.log1p(situation.graph.nodes.size) / 4,
		first.abnormal,
		Math.log1p(causes.filter((c) => c.victimOf === first.candidate).length),
		Math.log1p(own.filter((l) => l.loud).length),
		second?.leads[0]?.kind !== undefined && second.leads[0].kind === own[0]?.kind ? 1 : 0,
		...strongest(own),
	];
}

/** The strongest lead of each kind. */
const strongest = (leads: readonly Lead[]): number[] =>
	KINDS.map((kind) => Math.max(0, ...leads.filter((l) => l.kind === kind).map((l) => l.strength)));

/** A fitted logistic regression: p = 1 / (1 + exp(-(w0 + sum w_i x_i))). */
export interface Logistic {
	bias: number;
	weights: readonly number[];
}

/** What `scripts/calibrate.mjs` writes. */
export interface Learned {
	/** Whether it is an incident, and from which chance on it is called one. */
	verdict: Logistic;
	incidentFrom: number;
	/** Whether the first cause is right, and from which chance on it may be called confirmed. */
	confidence: Logistic;
	confirmedFrom: number;
	/** Shares that were reached on captures held out of the fit. */
	heldOut: Readonly<Record<string, number | null>>;
}

export function chanceOf({ bias, weights }: Logistic, figures: readonly number[]): number {
	const z = figures.reduce((sum, x, i) => sum + x * (weights[i] ?? 0), bias);
	return 1 / (1 + Math.exp(-z));
}

/**
 * Calls it an incident after all where a change fits what is abnormal and generated windows with such figures mostly are; takes one back where no error-level alert fires, nobody was paged, and generated windows with such figures are seldom incidents. What someone
 * was paged for is never taken back.
 */
export function temperVerdict(judged: Verdict, figures: readonly number[]): Verdict {
	const [firingErrors = 0, , paged = 0] = figures;
	if (judged.plain === true || firingErrors > 0 || paged > 0) return judged;
	const chance = chanceOf(LEARNED.verdict, figures);
	if (judged.verdict === "no-incident") {
		const fits = (figures.at(-1) ?? 0) > 0;
		return fits && chance >= LEARNED.incidentFrom
			? { verdict: "incident", reason: "what is abnormal is what a change that was delivered just before can do" }
			: judged;
	}
	if (chance >= LEARNED.incidentFrom) return judged;
	return {
		verdict: "no-incident",
		reason: `what is abnormal is no more than ordinary windows show (${percent(chance)} of generated ones like it are incidents)`,
	};
}

/** Calls confirmed only what, on generated incidents, is right at least 95 times of 100. */
export function temperConfidence<T extends { confidence: Confidence; doubts: string[] }>(judged: T, figures: readonly number[]): T {
	const chance = chanceOf(LEARNED.confidence, figures);
	if (judged.confidence !== "confirmed" || chance >= LEARNED.confirmedFrom) return judged;
	return {
		...judged,
		confidence: "likely",
		doubts: [...judged.doubts, `with evidence like this the first cause is right ${percent(chance)} of the time in generated incidents`],
	};
}

const percent = (chance: number) => `${Math.round(100 * chance)} %`;
