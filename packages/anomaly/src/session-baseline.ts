import { type CountVectors, fitCountVectors } from "./count-vector.ts";
import type { SessionDetectorOptions, SessionVerdict } from "./detect-sessions.ts";
import { type CalibratedEnsemble, fitEnsemble } from "./ensemble/calibrated-ensemble.ts";
import { driftOf } from "./ensemble/drift.ts";
import { type FormedBaseline, foldOf, heldOutCounts, heldOutPoints, heldSessions, isPointMember } from "./ensemble/held-out.ts";
import { newRegimes } from "./ensemble/new-regime.ts";
import { fitPointMember, POINT_MEMBERS, type PointFigure, type PointMember } from "./ensemble/point-members.ts";
import { pointWords } from "./ensemble/point-words.ts";
import { weightsOf } from "./ensemble/weights.ts";
import { createEventGrams, type EventGrams } from "./event-grams.ts";
import {
	countEvents,
	createEventNumbers,
	distinctForms,
	type EventCounts,
	type EventNumbers,
	mostFrequentFirst,
	type Session,
} from "./session-counts.ts";
import type { Vote } from "./vote.ts";

/** Verdicts remembered by a session's events. */
const MEMORY = 50_000;
/** Sessions that detectors of points look at together. */
const GROUP = 1_000;

const DETECTORS = ["rare event", "counts", "order", ...POINT_MEMBERS] as const;

interface Judge {
	numbers: EventNumbers;
	/** Sessions of the baseline. */
	size: number;
	counts: CountVectors;
	grams: EventGrams;
	/** Detectors of points that have a vote. */
	points: { name: string; member: PointMember }[];
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
export async function* judgeAgainstBaseline(options: SessionDetectorOptions): AsyncGenerator<SessionVerdict> {
	const judge = await learn(options);
	const memory = new Map<string, Judged>();
	const judged: { id: string; found: Judged }[] = [];
	for (const group of inGroups(options.input, GROUP)) {
		const counts = group.map((session) => countEvents(session, judge.numbers));
		const points = await Promise.all(judge.points.map(({ member }) => member.look(counts)));
		for (const [i, session] of group.entries()) {
			const shape = session.events.join("\n");
			let found = memory.get(shape);
			if (found === undefined) {
				const own = points.map((figures) => figures[i] as PointFigure);
				found = judgeSession(session, counts[i] as EventCounts, own, judge, options.severityOf);
				if (memory.size >= MEMORY) memory.clear();
				memory.set(shape, found);
			}
			judged.push({ id: session.id, found });
		}
	}
	for (const { member } of judge.points) await member.close();
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

function* inGroups<T>(values: Iterable<T>, size: number): Generator<T[]> {
	let group: T[] = [];
	for (const value of values) {
		group.push(value);
		if (group.length < size) continue;
		yield group;
		group = [];
	}
	if (group.length > 0) yield group;
}

async function learn({
	baseline,
	maxForms = 5_000,
	describe = (event) => event,
	onNote,
	...options
}: SessionDetectorOptions): Promise<Judge> {
	const numbers = createEventNumbers();
	const all = baseline.map((session) => countEvents(session, numbers));
	for (const { event, before, newest } of driftOf(all).slice(0, 3)) {
		const words = `"${clip(describe(numbers.name(event)))}" in ${percent(newest)} of its sessions, ${percent(before)} before`;
		onNote?.(`the last 20 % of the baseline differs from the first 80 %: ${words}`);
	}
	const grams = createEventGrams(numbers);
	baseline.forEach((session, i) => void grams.learn(session, foldOf(i, baseline.length)));
	const weights = weightsOf("baseline", options.detectors);
	const names = DETECTORS.filter((name) => weights.has(name));
	const formed: FormedBaseline = { ...distinctForms(all), maxForms };
	const at = heldSessions(formed);
	const { rarity, distance } = heldOutCounts(formed, at);
	const order = at.map((i) => grams.score(baseline[i] as Session, foldOf(i, baseline.length)).share);
	const figures: Record<string, number[]> = { "rare event": rarity, counts: distance, order };
	const points: Judge["points"] = [];
	for (const name of names.filter(isPointMember)) {
		const member = await fitPointMember(name, formed.forms);
		if (member !== undefined) points.push({ name, member });
		if (member !== undefined) figures[name] = await heldOutPoints(formed, at, name, member);
	}
	const voting = names.filter((name) => figures[name] !== undefined);
	return {
		numbers,
		size: baseline.length,
		counts: fitCountVectors(mostFrequentFirst(formed.forms, maxForms), maxForms),
		points,
		grams,
		names: voting,
		ensemble: fitEnsemble(
			voting.map((name) => ({ weight: weights.get(name) ?? 0, held: figures[name] as number[] })),
			{ ...(options.risk !== undefined && { risk: options.risk }), ...(options.window !== undefined && { window: options.window }) },
		),
		describe,
	};
}

function judgeSession(
	session: Session,
	counts: EventCounts,
	points: readonly PointFigure[],
	judge: Judge,
	severityOf: SessionDetectorOptions["severityOf"],
): Judged {
	const { distance, form } = judge.counts.nearest(counts);
	const { share, first } = judge.grams.score(session);
	const rare = judge.counts.rarity(counts);
	const raws: Record<string, number> = { "rare event": rare.rarity, counts: distance, order: share };
	for (const [i, { name: detector }] of judge.points.entries()) raws[detector] = points[i]?.figure ?? 0;
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
	for (const [i, { name: detector }] of judge.points.entries())
		words[detector] = pointWords(detector, points[i] as PointFigure, (event) => name(event, judge));
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
