import { fitCountVectors } from "./count-vector.ts";
import type { SessionDetectorOptions, SessionVerdict } from "./detect-sessions.ts";
import { fitBatchEnsemble } from "./ensemble/batch-ensemble.ts";
import { type Batch, bursts, failures, neighbourDistances, pointFigures, rarities, stepRarities } from "./ensemble/batch-members.ts";
import { isPointMember } from "./ensemble/held-out.ts";
import type { PointFigure } from "./ensemble/point-members.ts";
import { pointWords } from "./ensemble/point-words.ts";
import { weightsOf } from "./ensemble/weights.ts";
import { countEvents, createEventNumbers, distinctForms, mostFrequentFirst, type Session } from "./session-counts.ts";
import type { Vote } from "./vote.ts";

/** Shares of the batch that a session must resemble: one sees small groups, the other those that are a few in a hundred. */
const NEAR = 0.01;
const WIDE = 0.05;

/**
 * Without a baseline: a batch judged by its own rarities. Sessions of several events by distance to their neighbours, rarity of events and steps
 * and isolation; single lines by what their words say, bursts and rarity. Assumes that at least 95 % of the batch is healthy.
 */
export async function* judgeByRarity(options: SessionDetectorOptions): AsyncGenerator<SessionVerdict> {
	const batch = readBatch(options);
	const lines = batch.sessions.every(({ events }) => events.length <= 1);
	const failureOf = options.failureOf ?? failureBySeverity(options.severityOf);
	let known: number[][] | undefined;
	const distances = (): number[][] => {
		known ??= neighbourDistances(batch, [NEAR, WIDE]);
		return known;
	};
	const looked = new Map<string, PointFigure[]>();
	const figuresOf: Record<string, () => number[]> = {
		neighbours: () => distances()[0] as number[],
		"wide neighbours": () => distances()[1] as number[],
		"rare event": () => rarities(batch),
		order: () => stepRarities(batch),
		words: () => failures(batch, failureOf, !lines),
		burst: () => bursts(batch),
		"learned failure": () => failures(batch, (event) => learned?.get(event) ?? 0, false),
	};
	const weights = weightsOf(lines ? "lines" : "batch", options.detectors);
	const learned = weights.has("learned failure") ? await options.learnedFailureOf?.(eventsOf(batch)) : undefined;
	if (learned === undefined && weights.size > 1) weights.delete("learned failure");
	for (const name of weights.keys()) if (isPointMember(name)) looked.set(name, await pointFigures(batch, name));
	const members = [...weights].map(([name, weight]) => ({
		name,
		weight,
		figures: looked.get(name)?.map(({ figure }) => figure) ?? figuresOf[name]?.() ?? [],
	}));
	const { values, limit, members: judged } = fitBatchEnsemble(members);
	const text = (event: number): string => `"${clip((options.describe ?? ((id: string) => id))(batch.numbers.name(event)))}"`;
	const wordsOf = (name: string, i: number, raw: number): string => {
		const point = looked.get(name)?.[i];
		return point === undefined || batch.counts[i]?.events.length === 0 ? evidence(name, i, raw) : pointWords(name, point, text);
	};
	const evidence = createEvidence(batch, options.describe ?? ((event) => event), failureOf);
	for (const [i, { id }] of batch.sessions.entries()) {
		const value = values[i] as number;
		const anomalous = value > limit;
		const details = members.map(({ name, figures }, m): Vote => {
			const raw = figures[i] as number;
			const { threshold, scores } = judged[m] as (typeof judged)[number];
			return { detector: name, score: scores[i] as number, raw, threshold, evidence: wordsOf(name, i, raw) };
		});
		const voting = details.filter((vote) => vote.raw > vote.threshold);
		const chosen = voting.length > 0 ? voting : details.toSorted((a, b) => b.score - a.score).slice(0, 1);
		yield {
			id,
			score: value === 0 ? 0 : value / (value + limit),
			anomalous,
			votes: anomalous ? chosen.map((vote) => vote.evidence) : [],
			details,
		};
	}
}

const eventsOf = ({ numbers }: Batch): string[] => Array.from({ length: numbers.size }, (_, i) => numbers.name(i));

/** Every distinct session is compared with every one that is kept. */
const MOST_FORMS = 2_000;

function readBatch({ input, maxForms = MOST_FORMS }: SessionDetectorOptions): Batch {
	const numbers = createEventNumbers();
	const sessions: Session[] = [...input];
	const counts = sessions.map((session) => countEvents(session, numbers));
	const { forms, of } = distinctForms(counts);
	return { sessions, counts, forms, of, vectors: fitCountVectors(mostFrequentFirst(forms, maxForms), maxForms), numbers };
}

/** What a level says of a failure where nothing reads the words. */
const failureBySeverity =
	(severityOf: (event: string) => number = () => 0) =>
	(event: string): number => {
		const severity = severityOf(event);
		return severity >= 21 ? 1 : severity >= 17 ? 0.8 : severity >= 13 ? 0.4 : 0;
	};

function createEvidence(batch: Batch, describe: (event: string) => string, failureOf: (event: string) => number) {
	const text = (event: number): string => `"${clip(describe(batch.numbers.name(event)))}"`;
	const n = batch.sessions.length;
	return (detector: string, i: number, raw: number): string => {
		const counts = batch.counts[i];
		if (counts === undefined || counts.events.length === 0) return `${detector}: nothing was logged`;
		if (detector === "neighbours") return `counts: distance ${raw.toFixed(3)} to the nearest ${NEAR * 100} % of the sessions`;
		if (detector === "wide neighbours") return `counts: distance ${raw.toFixed(3)} to the nearest ${WIDE * 100} % of the sessions`;
		if (detector === "order") return `order: its steps are rare, ${raw.toFixed(2)} nats each on average`;
		if (detector === "burst")
			return `burst: ${text(counts.events[0] as number)} comes in one stretch, ${(raw * 100).toFixed(0)} % of the most possible`;
		if (detector === "learned failure")
			return `learned failure: ${text(counts.events[0] as number)} reads like a failure, ${raw.toFixed(2)} of 1`;
		if (detector === "words") {
			const worst = [...counts.events].sort((a, b) => failureOf(batch.numbers.name(b)) - failureOf(batch.numbers.name(a)))[0] as number;
			return `words: ${text(worst)} speaks of a failure, ${raw.toFixed(2)} of 1`;
		}
		const { event, sessions } = batch.vectors.rarity(counts);
		return `rare: ${text(event)} in ${sessions} of ${n} sessions`;
	};
}

const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
