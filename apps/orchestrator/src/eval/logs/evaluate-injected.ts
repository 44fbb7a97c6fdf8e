import { type DetectorWeights, fitStream, type StreamLine, type StreamVerdict, windowsOf } from "@faultline/anomaly";
import { seededRandom } from "@faultline/contracts";
import { createTemplateTree, normalise } from "@faultline/logs";
import { durationsOf } from "../../logs/line-durations.ts";
import { FAULT_KINDS, type FaultKind, injectFault, type KnownTruth, naturalFaults, type PlacedLine, withBeats } from "./inject.ts";

/** Lines of one system, oldest first. */
export interface LogSystem {
	name: string;
	lines: readonly { text: string /** What it is a case of, where someone knows. */; truth?: string | undefined }[];
}

export interface InjectionOptions {
	/** Faults of each kind for each system. */
	perKind?: number;
	/** Lines of a window. */
	length?: number;
	seed?: number;
	/** Share of clean windows that may be called anomalous where recall is read off. */
	falsePositives?: number;
	detectors?: DetectorWeights | undefined;
}

/** By kind: how many faults were put in, and the shares found. */
export interface InjectionScore {
	kind: FaultKind;
	injected: number;
	/** By the detector that is there for this kind, where the given share of clean windows is above the threshold. */
	detector: number;
	/** By all of them together, at the same share. */
	ensemble: number;
	/** At the label-free threshold. */
	labelFree: number;
}

export interface InjectionResult {
	name: string;
	cleanWindows: number;
	/** Of them, those with an unseen line or a burst of their own, which are no false positives of that kind. */
	naturalFaults: number;
	/** Share of clean windows called anomalous at the label-free threshold. */
	labelFreeFalsePositives: number;
	kinds: InjectionScore[];
}

const DETECTOR_OF: Readonly<Record<FaultKind, string>> = {
	"unseen template": "new template",
	burst: "burst",
	"missing heartbeat": "heartbeat",
	reordered: "order",
	"durations x5": "duration",
};

/** Parts of a system's lines that are tested in turn, each by a baseline of the others. */
const FOLDS = 10;
/** Clean windows begin every tenth of a window, so that there are enough of them to read a small share off. */
const STEPS_PER_WINDOW = 10;
/** Lines between two beats, as a share of a window. */
const BEATS_PER_WINDOW = 10;

interface Judged {
	verdict: StreamVerdict;
	kind?: FaultKind;
	/** Of a clean window: kinds of fault that it has of itself. */
	natural: ReadonlySet<FaultKind>;
}

/**
 * Puts faults into windows of logs and counts how many are found. Each tenth of a system is judged by what the others were like; the threshold
 * at a share of false positives is read off the system's own clean windows. Lines have places, not times.
 */
export function evaluateInjected(
	systems: readonly LogSystem[],
	options: InjectionOptions = {},
): { systems: InjectionResult[]; all: InjectionResult } {
	const judged = systems.map((system) => ({
		name: system.name,
		found: judgeSystem(
			system,
			systems.filter((other) => other !== system),
			options,
		),
	}));
	const scores = judged.map(({ name, found }) => score(name, found, options));
	return { systems: scores, all: joined(scores) };
}

function judgeSystem(system: LogSystem, others: readonly LogSystem[], options: InjectionOptions): Judged[] {
	const { perKind = 30, length = 100, seed = 1 } = options;
	const random = seededRandom(seed);
	const placed = withBeats(system.lines, length / BEATS_PER_WINDOW, random);
	const found: Judged[] = [];
	for (let fold = 0; fold < FOLDS; fold++) {
		const [from, to] = [Math.floor((placed.length * fold) / FOLDS), Math.floor((placed.length * (fold + 1)) / FOLDS)];
		const stream = learnStream([placed.slice(0, from), placed.slice(to)], length, options.detectors);
		const windows = [...windowsOf(placed.slice(from, to).map(asStreamLine), length, length / STEPS_PER_WINDOW)].map((window) => ({
			...window,
			placed: placed.slice(from, to).filter(({ at }) => at >= window.from && at < window.to),
		}));
		for (const window of windows)
			found.push({
				verdict: stream.judge(window.placed, window.from, window.to),
				natural: naturalFaults(window.placed, stream.known),
			});
		const context = { random, foreign: () => foreignLine(others, stream.knows, random), known: stream.known };
		for (const kind of FAULT_KINDS) {
			const wanted = Math.floor((perKind * (fold + 1)) / FOLDS) - Math.floor((perKind * fold) / FOLDS);
			for (let done = 0, tries = 0; done < wanted && tries < 10 * wanted && windows.length > 0; tries++) {
				const window = windows[Math.floor(random() * windows.length)] as (typeof windows)[number];
				const faulty = injectFault(kind, window.placed, context);
				if (faulty === undefined) continue;
				found.push({ kind, verdict: stream.judge(faulty, window.from, window.to), natural: new Set() });
				done++;
			}
		}
	}
	return found;
}

const asStreamLine = ({ at }: PlacedLine): StreamLine => ({ at, event: "" });

/** A system's baseline, learned: its templates, how often each comes, and the detectors. */
function learnStream(stretches: readonly (readonly PlacedLine[])[], length: number, detectors: DetectorWeights | undefined) {
	const tree = createTemplateTree();
	const first = stretches.map((lines) => lines.map((line) => ({ line, id: tree.add(line.text).templateId })));
	tree.pin();
	const unseen = new Map<string, string>();
	const eventOf = (text: string): string => {
		const known = tree.match(text);
		if (known !== undefined) return tree.resolve(known);
		const { text: form } = normalise(text);
		unseen.set(form, form);
		return form;
	};
	const asLine = ({ at, text }: PlacedLine, event: string): StreamLine => ({ at, event, values: durationsOf(text) });
	const baseline = first.map((lines) => lines.map(({ line, id }) => asLine(line, tree.resolve(id))));
	const judge = fitStream({ baseline, length, describe: (event) => tree.template(event)?.text ?? unseen.get(event) ?? event, detectors });
	return {
		judge: (lines: readonly PlacedLine[], from: number, to: number) =>
			judge({ from, to, lines: lines.map((line) => asLine(line, eventOf(line.text))) }),
		knows: (text: string) => tree.match(text) !== undefined,
		known: knownOf(stretches, length),
	};
}

function knownOf(stretches: readonly (readonly PlacedLine[])[], length: number): KnownTruth {
	const most = new Map<string, number>();
	for (const lines of stretches) {
		for (const { truth } of lines) if (!most.has(truth)) most.set(truth, 1);
		for (const window of windowsOf(
			lines.map(({ at, truth }) => ({ at, event: truth })),
			length,
		))
			for (const [truth, { length: n }] of Map.groupBy(window.lines, ({ event }) => event))
				most.set(truth, Math.max(most.get(truth) ?? 0, n));
	}
	return { most };
}

/** What only other systems say; where there is no other, a sentence that none of them has. */
function foreignLine(others: readonly LogSystem[], knows: (text: string) => boolean, random: () => number): string {
	for (let tries = 0; tries < 50 && others.length > 0; tries++) {
		const { lines } = others[Math.floor(random() * others.length)] as LogSystem;
		const line = lines[Math.floor(random() * lines.length)];
		if (line !== undefined && line.text.trim() !== "" && !knows(line.text)) return line.text;
	}
	return `quorum of ledger ${Math.floor(random() * 100)} forfeited, custodian withdrew its pledge`;
}

function score(name: string, found: readonly Judged[], { falsePositives = 0.005 }: InjectionOptions): InjectionResult {
	const healthy = found.filter(({ kind }) => kind === undefined);
	const total = (judged: Judged): number => surprise(judged.verdict);
	const ensembleLimit = limitOf(healthy.filter(({ natural }) => natural.size === 0).map(total), falsePositives);
	const kinds = FAULT_KINDS.map((kind): InjectionScore => {
		const faults = found.filter((judged) => judged.kind === kind);
		const own = (judged: Judged): number => figureOf(judged.verdict, DETECTOR_OF[kind]);
		const limit = limitOf(healthy.filter(({ natural }) => !natural.has(kind)).map(own), falsePositives);
		const share = (wanted: (judged: Judged) => boolean): number =>
			faults.length === 0 ? Number.NaN : faults.filter(wanted).length / faults.length;
		return {
			kind,
			injected: faults.length,
			detector: Number.isNaN(limit) ? Number.NaN : share((judged) => own(judged) > limit),
			ensemble: Number.isNaN(ensembleLimit) ? Number.NaN : share((judged) => total(judged) > ensembleLimit),
			labelFree: share(({ verdict }) => verdict.anomalous),
		};
	});
	return {
		name,
		cleanWindows: healthy.length,
		naturalFaults: healthy.filter(({ natural }) => natural.size > 0).length,
		labelFreeFalsePositives: shareOf(
			healthy.filter(({ natural }) => natural.size === 0),
			({ verdict }) => verdict.anomalous,
		),
		kinds,
	};
}

/** All systems' faults together, each found or not by its own system's threshold. */
function joined(scores: readonly InjectionResult[]): InjectionResult {
	const sum = (of: (score: InjectionResult) => number): number => scores.reduce((total, score) => total + of(score), 0);
	const clean = (score: InjectionResult): number =>
		Number.isNaN(score.labelFreeFalsePositives) ? 0 : score.cleanWindows - score.naturalFaults;
	const kinds = FAULT_KINDS.map((kind, k): InjectionScore => {
		const of = scores.map((score) => score.kinds[k] as InjectionScore).filter(({ injected }) => injected > 0);
		const injected = of.reduce((total, score) => total + score.injected, 0);
		const mean = (share: (score: InjectionScore) => number): number => {
			const told = of.filter((score) => !Number.isNaN(share(score)));
			return (
				told.reduce((total, score) => total + share(score) * score.injected, 0) / told.reduce((total, score) => total + score.injected, 0)
			);
		};
		return { kind, injected, detector: mean((s) => s.detector), ensemble: mean((s) => s.ensemble), labelFree: mean((s) => s.labelFree) };
	});
	return {
		name: "all",
		cleanWindows: sum((score) => score.cleanWindows),
		naturalFaults: sum((score) => score.naturalFaults),
		labelFreeFalsePositives: sum((score) => (clean(score) > 0 ? clean(score) * score.labelFreeFalsePositives : 0)) / sum(clean),
		kinds,
	};
}

const shareOf = <T>(of: readonly T[], wanted: (one: T) => boolean): number =>
	of.length === 0 ? Number.NaN : of.filter(wanted).length / of.length;

/** -ln p of one detector, and of the surest; p as small as numbers get is told apart by the figure. */
const surprise = ({ votes }: StreamVerdict): number => votes.reduce((most, vote) => Math.max(most, -Math.log(1 - vote.score + 1e-16)), 0);
const figureOf = ({ votes }: StreamVerdict, name: string): number => votes.find(({ detector }) => detector === name)?.raw ?? 0;

/** The number that a share of them exceeds at most; nothing is above NaN, where there are none. */
function limitOf(values: readonly number[], share: number): number {
	if (values.length === 0) return Number.NaN;
	const sorted = values.toSorted((a, b) => b - a);
	return sorted[Math.floor(share * sorted.length)] ?? 0;
}
