import { type CountVectors, fitCountVectors } from "./count-vector.ts";
import type { SessionDetectorOptions, SessionVerdict } from "./detect-sessions.ts";
import { type CalibratedEnsemble, fitEnsemble } from "./ensemble/calibrated-ensemble.ts";
import { driftOf } from "./ensemble/drift.ts";
import { newRegimes } from "./ensemble/new-regime.ts";
import { weightsOf } from "./ensemble/weights.ts";
import { createEventGrams, type EventGrams } from "./event-grams.ts";
import {
	countEvents,
	countsKey,
	createEventNumbers,
	distinctForms,
	type EventCounts,
	type EventNumbers,
	type Session,
} from "./session-counts.ts";
import type { Vote } from "./vote.ts";

/** Parts of the baseline that are held out in turn, each a stretch of time, so that the threshold knows about drift. */
const FOLDS = 20;
/** Distinct count vectors of a part that the threshold is learned from. */
const HELD_FORMS = 200;
/** Held-out parts are judged by a baseline that is a part smaller, whose figures are a little smaller too. */
const SLACK = 1.02;
/** Verdicts remembered by a session's events. */
const MEMORY = 50_000;

const DETECTORS = ["rare event", "counts", "order"] as const;

interface Judge {
	numbers: EventNumbers;
	/** Sessions of the baseline. */
	size: number;
	counts: CountVectors;
	grams: EventGrams;
	names: readonly string[];
	ensemble: CalibratedEnsemble;
	describe: (event: string) => string;
}

interface Judged {
	verdict: Omit<SessionVerdict, "id">;
	/** Events that the session has too few of (negative) or too many of: what sessions that differ in the same way share. */
	difference: string;
	/** Whether what it has beyond the baseline speaks of a failure. */
	failing: boolean;
}

/** How each session compares with healthy ones: rarity of its events, distance of its counts, steps never taken. See calibrated-ensemble.ts. */
export function* judgeAgainstBaseline(options: SessionDetectorOptions): Generator<SessionVerdict> {
	const judge = learn(options);
	const memory = new Map<string, Judged>();
	const judged: { id: string; found: Judged }[] = [];
	for (const session of options.input) {
		const shape = session.events.join("\n");
		let found = memory.get(shape);
		if (found === undefined) {
			found = judgeSession(session, judge, options.severityOf);
			if (memory.size >= MEMORY) memory.clear();
			memory.set(shape, found);
		}
		judged.push({ id: session.id, found });
	}
	const regimes = newRegimes(judged.map(({ found }) => ({ ...found, anomalous: found.verdict.anomalous })));
	for (const { sessions, of, difference } of regimes.values())
		options.onNote?.(
			`${sessions} of ${of} sessions differ from the baseline in the same way (${difference}): taken for a new regime, not for anomalies`,
		);
	for (const { id, found } of judged) {
		const regime = found.verdict.anomalous ? regimes.get(found.difference) : undefined;
		if (regime === undefined) yield { id, ...found.verdict };
		else {
			const words = `new regime: ${regime.sessions} of ${regime.of} sessions differ from the baseline like this one`;
			yield { id, ...found.verdict, score: found.verdict.score / 2, anomalous: false, votes: [words] };
		}
	}
}

function learn({ baseline, maxForms = 5_000, describe = (event) => event, onNote, ...options }: SessionDetectorOptions): Judge {
	const numbers = createEventNumbers();
	const all = baseline.map((session) => countEvents(session, numbers));
	for (const { event, before, newest } of driftOf(all).slice(0, 3)) {
		const words = `"${clip(describe(numbers.name(event)))}" in ${percent(newest)} of its sessions, ${percent(before)} before`;
		onNote?.(`the last 20 % of the baseline differs from the first 80 %: ${words}`);
	}
	const grams = createEventGrams(numbers);
	baseline.forEach((session, i) => void grams.learn(session, foldOf(i, baseline.length)));
	const weights = weightsOf("baseline", options.detectors);
	const held = heldOutFigures(all, maxForms);
	const order = held.at.map((i) => grams.score(baseline[i] as Session, foldOf(i, baseline.length)).share);
	const figures: Record<(typeof DETECTORS)[number], number[]> = { "rare event": held.rarity, counts: held.distance, order };
	const names = DETECTORS.filter((name) => weights.has(name));
	return {
		numbers,
		size: baseline.length,
		counts: fitCountVectors(distinctForms(all, maxForms).forms),
		grams,
		names,
		ensemble: fitEnsemble(
			names.map((name) => ({ weight: weights.get(name) ?? 0, held: figures[name] })),
			{ ...(options.risk !== undefined && { risk: options.risk }), ...(options.window !== undefined && { window: options.window }) },
		),
		describe,
	};
}

function judgeSession(session: Session, judge: Judge, severityOf: SessionDetectorOptions["severityOf"]): Judged {
	const counts = countEvents(session, judge.numbers);
	const { distance, form } = judge.counts.nearest(counts);
	const { share, first } = judge.grams.score(session);
	const rare = judge.counts.rarity(counts);
	const raws: Record<string, number> = { "rare event": rare.rarity, counts: distance, order: share };
	const { value, scores } = judge.ensemble.judge(judge.names.map((name) => raws[name] as number));
	const differing = form === undefined ? [] : differences(counts, form.counts, judge);
	const words: Record<string, string> = {
		"rare event": rareWords(counts, rare, judge),
		counts: `counts: distance ${distance.toFixed(3)} to the nearest healthy session${differing.length === 0 ? "" : `: ${differing.map((d) => d.words).join("; ")}`}`,
		order:
			first === undefined
				? "order: every step is known"
				: `order: ${percent(share)} of the steps are new, first ${first.map((event) => clip(judge.describe(event))).join(" -> ")}`,
	};
	const details: Vote[] = judge.names.map((detector, i) => {
		const threshold = judge.ensemble.thresholds[i] as number;
		return { detector, score: scores[i] as number, raw: raws[detector] as number, threshold, evidence: words[detector] as string };
	});
	const { limit } = judge.ensemble;
	const anomalous = value > limit;
	return {
		verdict: { score: value / (value + limit), anomalous, votes: votesOf(details, anomalous), details },
		difference: differing.map((d) => `${d.name} ${d.here > d.there ? "more" : "less"} often`).join(", "),
		failing: differing.some((d) => d.here > d.there && (severityOf?.(d.event) ?? 0) >= SEVERITY_WARN),
	};
}

/** OpenTelemetry's first number of WARN. */
const SEVERITY_WARN = 13;

/** Words of the detectors that vote alone; of a session that only all of them together find, the words of the one that is surest. */
function votesOf(details: readonly Vote[], anomalous: boolean): string[] {
	if (!anomalous) return [];
	const voting = details.filter((vote) => vote.raw > vote.threshold);
	return (voting.length > 0 ? voting : details.toSorted((a, b) => b.score - a.score).slice(0, 1)).map((vote) => vote.evidence);
}

function rareWords(counts: EventCounts, rare: ReturnType<CountVectors["rarity"]>, judge: Judge): string {
	if (rare.event < 0) return "rare event: there is none";
	if (rare.sessions > 0) return `rare event: ${name(rare.event, judge)} in ${rare.sessions} of ${judge.size} baseline sessions`;
	const unknown = [...counts.events].filter(
		(event) => judge.counts.rarity({ events: Int32Array.of(event), counts: Int32Array.of(1) }).sessions === 0,
	);
	const shown = unknown.slice(0, 3).map((event) => name(event, judge));
	return `new event: ${shown.join("; ")}, never in the baseline`;
}

interface Difference {
	event: string;
	name: string;
	here: number;
	there: number;
	words: string;
}

/** The two events whose counts differ most from the nearest healthy session. */
function differences(counts: EventCounts, nearest: EventCounts, judge: Judge): Difference[] {
	const delta = new Map<number, [number, number]>();
	counts.events.forEach((event, i) => void delta.set(event, [counts.counts[i] ?? 0, 0]));
	nearest.events.forEach((event, i) => void delta.set(event, [delta.get(event)?.[0] ?? 0, nearest.counts[i] ?? 0]));
	return [...delta]
		.map(([event, [here, there]]) => ({ event, here, there, size: judge.counts.weight(event) * Math.abs(here - there) }))
		.filter(({ size }) => size > 0)
		.sort((a, b) => b.size - a.size || a.event - b.event)
		.slice(0, 2)
		.map(({ event, here, there }) => ({
			event: judge.numbers.name(event),
			name: name(event, judge),
			here,
			there,
			words: `${name(event, judge)} ${here} times instead of ${there}`,
		}));
}

const name = (event: number, judge: Judge): string => `"${clip(judge.describe(judge.numbers.name(event)))}"`;
const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const foldOf = (i: number, n: number): number => Math.min(FOLDS - 1, Math.floor((i / n) * FOLDS));

interface HeldOut {
	/** Positions of the baseline sessions that were looked at, oldest first. */
	at: number[];
	rarity: number[];
	distance: number[];
}

/** Baseline sessions' rarest events and distances to the nearest, by the other folds: of every session, or of those of evenly chosen shapes. */
function heldOutFigures(all: readonly EventCounts[], maxForms: number): HeldOut {
	const held: HeldOut = { at: [], rarity: [], distance: [] };
	const keys = all.map(countsKey);
	for (let fold = 0; fold < FOLDS; fold++) {
		const inFold = (_: unknown, i: number): boolean => foldOf(i, all.length) === fold;
		const others = all.filter((_, i) => foldOf(i, all.length) !== fold);
		const model = fitCountVectors(distinctForms(others, maxForms).forms);
		const shapes = new Set(keys.filter(inFold));
		const step = Math.ceil(shapes.size / HELD_FORMS);
		const chosen = new Set([...shapes].filter((_, i) => i % step === 0));
		const memory = new Map<string, { rarity: number; distance: number }>();
		for (const [i, counts] of all.entries()) {
			const key = keys[i] as string;
			if (foldOf(i, all.length) !== fold || !chosen.has(key)) continue;
			// A baseline of one has nothing to be compared with: it is what it is.
			const known =
				memory.get(key) ??
				(others.length === 0
					? { rarity: 0, distance: 0 }
					: { rarity: SLACK * model.rarity(counts).rarity, distance: SLACK * model.nearest(counts).distance });
			memory.set(key, known);
			held.at.push(i);
			held.rarity.push(known.rarity);
			held.distance.push(known.distance);
		}
	}
	return held;
}
