import {
	DEFAULT_WEIGHTS,
	type DetectorWeights,
	detectSessions,
	hdbscan,
	type Regime,
	type Rows,
	type SessionVerdict,
	toRows,
} from "@faultline/anomaly";
import { type TemplatedSessions, templatedSessions } from "../../logs/detect.ts";
import type { SessionLine } from "../../logs/read-sessions.ts";
import type { LearnedFailures } from "../../models/learned-failures.ts";
import { type ClusterFigures, clusterFigures } from "./cluster-figures.ts";
import { type RankingFigures, rankingFigures } from "./ranking-figures.ts";

export type LabelledSession = SessionLine & { anomalous: boolean };

export interface SessionEvaluationOptions {
	/** Share of the sessions, the oldest, whose healthy ones are the baseline; 0: the whole is one unlabelled batch. */
	baselineShare?: number;
	/** Instead: each of so many stretches of time judged by the healthy sessions of all others, before and after it. */
	folds?: number | undefined;
	/** Judge each distinct sequence of events once. */
	distinct?: boolean;
	detectors?: DetectorWeights | undefined;
	/** See DetectOptions. */
	learnedFailures?: LearnedFailures | undefined;
}

export interface SessionEvaluation {
	baseline: number;
	judged: number;
	anomalous: number;
	/** "ensemble", each member alone, "ensemble without X" for each; and of those without a vote "X (no vote)" and "ensemble with X". */
	rows: { name: string; figures: RankingFigures }[];
	/** Of the sessions' count vectors: by what is anomalous and what is not, and by HDBSCAN's own clusters. */
	clusters: { byLabel: ClusterFigures; byHdbscan: ClusterFigures };
	notes: string[];
}

/** Weight with which a detector that has no vote is tried: that of one which sees one aspect of a session. */
const TRIAL_WEIGHT = 0.5;
/** Distinct count vectors that are clustered. */
const MOST_POINTS = 1_500;

/** Sessions to judge by a baseline, with their truth beside them. */
interface Part {
	data: TemplatedSessions;
	truth: boolean[];
}

/** Judges labelled sessions by every detector, by all together, and by all but one. Labels choose the healthy baseline and score; they set no threshold. */
export async function evaluateSessions(
	sessions: readonly LabelledSession[],
	options: SessionEvaluationOptions = {},
): Promise<SessionEvaluation> {
	const { detectors } = options;
	const parts: Part[] = [];
	for (const { baseline, input } of splitsOf(sessions, options)) parts.push(await templatedPart(baseline, input, options));
	const truth = parts.flatMap((part) => part.truth);
	const notes = new Set<string>();
	const judge = async (chosen: DetectorWeights | undefined, onNote: (note: string) => void = () => {}): Promise<SessionVerdict[]> => {
		const found: SessionVerdict[] = [];
		for (const { data } of parts) found.push(...(await Array.fromAsync(detectSessions({ ...data, detectors: chosen, onNote }))));
		return found;
	};
	const verdicts = await judge(detectors, (note) => void notes.add(note));
	const names = namesOf(verdicts);
	const score = (of: readonly SessionVerdict[]): RankingFigures =>
		rankingFigures(of.map(({ score: value, anomalous: called }, i) => ({ score: value, called, anomalous: truth[i] as boolean })));
	const own = (of: readonly SessionVerdict[], name: string): RankingFigures =>
		memberFigures(of, namesOf(of).indexOf(name), truth, parts.length > 1);
	const rows = [{ name: "ensemble", figures: score(verdicts) }, ...names.map((name) => ({ name, figures: own(verdicts, name) }))];
	if (names.length > 1)
		for (const name of names)
			rows.push({
				name: `ensemble without ${name}`,
				figures: score(await judge({ ...detectors, disabled: [...(detectors?.disabled ?? []), name] })),
			});
	// What has no vote is judged too: what it would be worth alone, and in the ensemble.
	for (const name of Object.keys(DEFAULT_WEIGHTS[regimeOf(parts)])) {
		if (names.includes(name)) continue;
		const heard = await judge({
			weights: { ...detectors?.weights, [name]: TRIAL_WEIGHT },
			disabled: detectors?.disabled?.filter((other) => other !== name),
		});
		if (!namesOf(heard).includes(name)) continue;
		rows.push({ name: `${name} (no vote)`, figures: own(heard, name) }, { name: `ensemble with ${name}`, figures: score(heard) });
	}
	return {
		baseline: Math.max(0, ...parts.map(({ data }) => data.baseline.length)),
		judged: truth.length,
		anomalous: truth.filter(Boolean).length,
		rows,
		clusters: clustersOf(
			parts.flatMap(({ data }) => data.input),
			truth,
		),
		notes: [...notes],
	};
}

const namesOf = (verdicts: readonly SessionVerdict[]): string[] => verdicts[0]?.details.map(({ detector }) => detector) ?? [];

function regimeOf(parts: readonly Part[]): Regime {
	if (parts.some(({ data }) => data.baseline.length > 0)) return "baseline";
	return parts.every(({ data }) => data.input.every(({ events }) => events.length <= 1)) ? "lines" : "batch";
}

function* splitsOf(
	sessions: readonly LabelledSession[],
	{ baselineShare = 0.7, folds }: SessionEvaluationOptions,
): Generator<{ baseline: LabelledSession[]; input: LabelledSession[] }> {
	const healthy = (of: readonly LabelledSession[]): LabelledSession[] => of.filter(({ anomalous }) => !anomalous);
	if (folds === undefined) {
		const cut = Math.floor(sessions.length * baselineShare);
		yield { baseline: healthy(sessions.slice(0, cut)), input: sessions.slice(cut) };
		return;
	}
	for (let fold = 0; fold < folds; fold++) {
		const [from, to] = [Math.floor((sessions.length * fold) / folds), Math.floor((sessions.length * (fold + 1)) / folds)];
		yield { baseline: healthy([...sessions.slice(0, from), ...sessions.slice(to)]), input: sessions.slice(from, to) };
	}
}

async function templatedPart(
	baseline: readonly LabelledSession[],
	input: readonly LabelledSession[],
	options: SessionEvaluationOptions,
): Promise<Part> {
	const data = await templatedSessions(iterate(baseline), iterate(input), undefined, options.learnedFailures);
	const kept = options.distinct === true ? firstOfEach(data.input) : data.input.map((_, i) => i);
	return {
		data: { ...data, input: kept.map((i) => data.input[i] as (typeof data.input)[number]) },
		truth: kept.map((i) => (input[i] as LabelledSession).anomalous),
	};
}

/** Figures in a detector's own unit mean the same by one baseline; by several it is their calibrated scores that do. */
function memberFigures(
	verdicts: readonly SessionVerdict[],
	member: number,
	truth: readonly boolean[],
	calibrated: boolean,
): RankingFigures {
	return rankingFigures(
		verdicts.map(({ details }, i) => {
			const { raw = 0, score = 0, threshold = Number.POSITIVE_INFINITY } = details[member] ?? {};
			return { score: calibrated ? score : raw, called: raw > threshold, anomalous: truth[i] as boolean };
		}),
	);
}

/** Distinct count vectors, logarithms of counts. A vector is anomalous where most of its sessions are. */
function clustersOf(input: TemplatedSessions["input"], truth: readonly boolean[]): SessionEvaluation["clusters"] {
	const events = [...new Set(input.flatMap(({ events: of }) => of))];
	const place = new Map(events.map((event, i) => [event, i]));
	const forms = new Map<string, { vector: Float32Array; anomalous: number; sessions: number }>();
	for (const [i, { events: of }] of input.entries()) {
		const vector = new Float32Array(Math.max(1, events.length));
		for (const event of of) vector[place.get(event) as number] = (vector[place.get(event) as number] as number) + 1;
		const key = vector.join();
		const form = forms.get(key) ?? { vector: vector.map((n) => Math.log2(1 + n)), anomalous: 0, sessions: 0 };
		form.sessions++;
		if (truth[i] === true) form.anomalous++;
		forms.set(key, form);
		if (forms.size >= MOST_POINTS) break;
	}
	const all = [...forms.values()];
	const rows: Rows = toRows(all.map(({ vector }) => vector));
	return {
		byLabel: clusterFigures(
			rows,
			all.map(({ anomalous, sessions }) => (2 * anomalous > sessions ? 1 : 0)),
		),
		byHdbscan: clusterFigures(rows, hdbscan(rows).labels),
	};
}

function firstOfEach(sessions: readonly { events: readonly string[] }[]): number[] {
	const seen = new Set<string>();
	return sessions.flatMap(({ events }, i) => {
		const shape = events.join("\n");
		if (seen.has(shape)) return [];
		seen.add(shape);
		return [i];
	});
}

async function* iterate<T>(values: readonly T[]): AsyncGenerator<T> {
	yield* values;
}
