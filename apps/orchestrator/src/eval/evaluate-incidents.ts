import { type EvidenceSet, toAppError } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import type { Method } from "@faultline/correlation";
import { ablationsOf, METHOD_ABLATIONS, sourcesOf } from "./ablations.ts";
import type { FoundCapture } from "./find-captures.ts";
import { type CaptureScore, type Judged, scoreReport } from "./score-report.ts";
import { type EvaluatedCapture, type Figure, figuresOf, type Summary, summarise } from "./summarise.ts";
import { readTruth, type Truth } from "./truth.ts";

export interface Evaluation {
	schema: "faultline.evaluation/1";
	sets: SetEvaluation[];
}

export interface SetEvaluation extends Summary {
	set: string;
	rows: EvaluatedCapture[];
	ablations: AblationResult[];
}

export interface AblationResult {
	name: string;
	/** Captures that had what was taken away; the others keep their marks. */
	affected: number;
	figures: Record<Figure, number | null>;
}

export interface EvaluateOptions {
	/** `without`: methods to leave out. */
	analyze(evidence: EvidenceSet, without?: ReadonlySet<Method>): Promise<Judged>;
	ablations: boolean;
	/** Milliseconds of any epoch. */
	now(): number;
	/** Told before each capture. */
	onCapture?: (capture: FoundCapture, done: number, of: number) => void;
}

interface Evaluated {
	row: EvaluatedCapture;
	ablated: Map<string, CaptureScore>;
}

/** Analyses each capture as it is and with each part of its evidence taken away, and marks the reports by the truth beside it. */
export async function evaluateIncidents(captures: readonly FoundCapture[], options: EvaluateOptions): Promise<Evaluation> {
	const bySet = new Map<string, Evaluated[]>();
	for (const [i, capture] of captures.entries()) {
		options.onCapture?.(capture, i, captures.length);
		const truth = await readTruth(capture.directory);
		if (truth === undefined) continue;
		const evaluated = await evaluateCapture(capture, truth, options);
		bySet.set(capture.set, [...(bySet.get(capture.set) ?? []), evaluated]);
	}
	return { schema: "faultline.evaluation/1", sets: [...bySet].map(([set, evaluated]) => summariseSet(set, evaluated)) };
}

async function evaluateCapture(capture: FoundCapture, truth: Truth, options: EvaluateOptions): Promise<Evaluated> {
	const began = options.now();
	const ablated = new Map<string, CaptureScore>();
	let evidence: EvidenceSet;
	let score: CaptureScore;
	try {
		// The name of a folder may tell what happened: the analysis does not get to see it.
		evidence = { ...(await readCapture(capture.directory)), id: "capture" };
		score = scoreReport(await options.analyze(evidence), truth);
	} catch (thrown) {
		const { code, message } = toAppError(thrown);
		const row = { id: capture.id, score: scoreReport(undefined, truth), ms: options.now() - began, error: `${code}: ${message}` };
		return { row, ablated };
	}
	const row = { id: capture.id, score, ms: options.now() - began };
	for (const ablation of options.ablations ? ablationsOf([...sourcesOf(evidence)]) : []) {
		const less = ablation.apply(evidence);
		if (less !== evidence) ablated.set(ablation.name, await scoreAblated(() => options.analyze(less), truth));
	}
	for (const { name, method } of options.ablations ? METHOD_ABLATIONS : [])
		ablated.set(name, await scoreAblated(() => options.analyze(evidence, new Set([method])), truth));
	return { row, ablated };
}

async function scoreAblated(analyze: () => Promise<Judged>, truth: Truth): Promise<CaptureScore> {
	try {
		return scoreReport(await analyze(), truth);
	} catch {
		return scoreReport(undefined, truth);
	}
}

function summariseSet(set: string, evaluated: readonly Evaluated[]): SetEvaluation {
	const rows = evaluated.map((e) => e.row);
	const names = [...new Set(evaluated.flatMap((e) => [...e.ablated.keys()]))];
	const ablations = names.map((name) => ({
		name,
		affected: evaluated.filter((e) => e.ablated.has(name)).length,
		figures: figuresOf(evaluated.map((e) => e.ablated.get(name) ?? e.row.score)),
	}));
	return { set, ...summarise(rows), rows, ablations };
}
