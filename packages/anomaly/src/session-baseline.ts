import { type CountVectors, fitCountVectors } from "./count-vector.ts";
import type { SessionDetectorOptions, SessionVerdict } from "./detect-sessions.ts";
import { createEventGrams, type EventGrams } from "./event-grams.ts";
import { quantile } from "./quantile.ts";
import { countEvents, createEventNumbers, distinctForms, type EventCounts, type EventNumbers, type Session } from "./session-counts.ts";

/** Parts of the baseline that are held out in turn, each a stretch of time, so that the threshold knows about drift. */
const FOLDS = 20;
/** Distinct vectors of a part that the threshold is learned from. */
const HELD_FORMS = 400;
/** No threshold below these: a baseline of equal sessions has nothing to learn one from. */
const LEAST_DISTANCE = 0.05;
const LEAST_SHARE = 0.1;
/** Held-out parts are judged by a baseline that is a part smaller, whose weights are a little smaller too. */
const SLACK = 1.02;
/** How much the order of events adds to the score beside their counts. */
const ORDER_WEIGHT = 0.25;
/** Verdicts remembered by a session's events. */
const MEMORY = 50_000;

interface Judge {
	numbers: EventNumbers;
	/** Events below this number are the baseline's. */
	known: number;
	counts: CountVectors;
	grams: EventGrams;
	/** Whether sessions with events never seen before are rare enough, in the baseline itself, to mean something. */
	newEventsCount: boolean;
	distanceLimit: number;
	shareLimit: number;
	describe: (event: string) => string;
}

type Verdict = Omit<SessionVerdict, "id">;

export function* judgeAgainstBaseline(options: SessionDetectorOptions): Generator<SessionVerdict> {
	const judge = learn(options);
	const memory = new Map<string, Verdict>();
	for (const session of options.input) {
		const shape = session.events.join("\n");
		let verdict = memory.get(shape);
		if (verdict === undefined) {
			verdict = judgeSession(session, judge);
			if (memory.size >= MEMORY) memory.clear();
			memory.set(shape, verdict);
		}
		yield { id: session.id, ...verdict };
	}
}

function learn({ baseline, q = 0.995, maxForms = 5_000, describe = (event) => event }: SessionDetectorOptions): Judge {
	const numbers = createEventNumbers();
	const all = baseline.map((session) => countEvents(session, numbers));
	const grams = createEventGrams(numbers);
	baseline.forEach((session, i) => void grams.learn(session, foldOf(i, baseline.length)));
	return {
		numbers,
		known: numbers.size,
		counts: fitCountVectors(distinctForms(all, maxForms).forms),
		grams,
		newEventsCount: heldOutNewEvents(all) <= 1 - q,
		distanceLimit: SLACK * Math.max(LEAST_DISTANCE, quantile(heldOutDistances(all, maxForms), q)),
		shareLimit: Math.max(
			LEAST_SHARE,
			quantile(
				baseline.map((session, i) => grams.score(session, foldOf(i, baseline.length)).share),
				q,
			),
		),
		describe,
	};
}

function judgeSession(session: Session, judge: Judge): Verdict {
	const counts = countEvents(session, judge.numbers);
	const { distance, form } = judge.counts.nearest(counts);
	const { share, first } = judge.grams.score(session);
	const votes: string[] = [];
	const unknown = [...counts.events].filter((event) => event >= judge.known);
	if (unknown.length > 0)
		votes.push(
			`new event: ${unknown
				.slice(0, 3)
				.map((event) => name(event, judge))
				.join("; ")}, never in the baseline`,
		);
	if (distance > judge.distanceLimit) {
		const difference = form === undefined ? "" : `: ${differences(counts, form.counts, judge)}`;
		votes.push(
			`counts: distance ${distance.toFixed(3)} to the nearest healthy session, limit ${judge.distanceLimit.toFixed(3)}${difference}`,
		);
	}
	if (share > judge.shareLimit && first !== undefined) {
		const step = first.map((event) => clip(judge.describe(event))).join(" -> ");
		votes.push(`order: ${(share * 100).toFixed(0)} % of the steps are new, first ${step}, limit ${(judge.shareLimit * 100).toFixed(0)} %`);
	}
	return {
		score: (1 - ORDER_WEIGHT) * ratio(distance, judge.distanceLimit) + ORDER_WEIGHT * ratio(share, judge.shareLimit),
		anomalous: (judge.newEventsCount && unknown.length > 0) || distance > judge.distanceLimit || share > judge.shareLimit,
		votes,
	};
}

/** A value and its limit as a number in [0, 1): 0.5 at the limit. */
const ratio = (value: number, limit: number): number => value / (value + limit);

/** The two or three events whose counts differ most from the nearest healthy session, in words. */
function differences(counts: EventCounts, nearest: EventCounts, judge: Judge): string {
	const delta = new Map<number, [number, number]>();
	counts.events.forEach((event, i) => void delta.set(event, [counts.counts[i] ?? 0, 0]));
	nearest.events.forEach((event, i) => void delta.set(event, [delta.get(event)?.[0] ?? 0, nearest.counts[i] ?? 0]));
	return [...delta]
		.map(([event, [here, there]]) => ({ event, here, there, size: judge.counts.weight(event) * Math.abs(here - there) }))
		.filter(({ size }) => size > 0)
		.sort((a, b) => b.size - a.size)
		.slice(0, 2)
		.map(({ event, here, there }) => `${name(event, judge)} ${here} times instead of ${there}`)
		.join("; ");
}

const name = (event: number, judge: Judge): string => `"${clip(judge.describe(judge.numbers.name(event)))}"`;
const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
const foldOf = (i: number, n: number): number => Math.min(FOLDS - 1, Math.floor((i / n) * FOLDS));

/** Each baseline session's distance to the nearest of the other folds. */
function heldOutDistances(all: readonly EventCounts[], maxForms: number): number[] {
	const distances: number[] = [];
	for (let fold = 0; fold < FOLDS; fold++) {
		const others = fitCountVectors(
			distinctForms(
				all.filter((_, i) => foldOf(i, all.length) !== fold),
				maxForms,
			).forms,
		);
		const held = distinctForms(
			all.filter((_, i) => foldOf(i, all.length) === fold),
			HELD_FORMS,
		);
		for (const { counts, sessions } of held.forms) {
			const { distance } = others.nearest(counts);
			for (let i = 0; i < sessions; i++) distances.push(distance);
		}
	}
	return distances;
}

/** Share of baseline sessions with an event that no other fold has. */
function heldOutNewEvents(all: readonly EventCounts[]): number {
	const SEVERAL = -1;
	const foldOfEvent = new Map<number, number>();
	all.forEach(({ events }, i) => {
		const fold = foldOf(i, all.length);
		for (const event of events) foldOfEvent.set(event, (foldOfEvent.get(event) ?? fold) === fold ? fold : SEVERAL);
	});
	return all.filter(({ events }) => events.some((event) => foldOfEvent.get(event) !== SEVERAL)).length / all.length;
}
