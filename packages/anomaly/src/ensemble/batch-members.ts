import type { CountVectors } from "../count-vector.ts";
import type { CountForm, EventCounts, EventNumbers, Session } from "../session-counts.ts";
import { fitPointMember, type PointFigure } from "./point-members.ts";

/** What the detectors of a batch look at: sessions, their counts, and the distinct ones among those. */
export interface Batch {
	sessions: readonly Session[];
	counts: readonly EventCounts[];
	forms: readonly CountForm[];
	/** By session: its form. */
	of: Int32Array;
	vectors: CountVectors;
	numbers: EventNumbers;
}

/** Sessions that one must resemble to be usual: a share of the batch, and never fewer than these. */
const LEAST_NEIGHBOURS = 3;

/** Distances within which shares (ascending) of the batch lie (Ramaswamy, Rastogi & Shim, SIGMOD 2000, on count vectors). O(F^2) for F distinct vectors. */
export function neighbourDistances(batch: Batch, shares: readonly number[]): number[][] {
	const wanted = shares.map((share) => Math.max(LEAST_NEIGHBOURS, Math.ceil(batch.vectors.compared * share)));
	const all = byForm(batch, (session) => batch.vectors.reach(session, wanted));
	return shares.map((_, i) => all.map((distances) => distances[i] as number));
}

/** How rare each session's rarest event is, in [0, 1]. */
export const rarities = (batch: Batch): number[] => byForm(batch, (session) => batch.vectors.rarity(session).rarity);

/** What a detector of points makes of each session, fitted on the batch itself; nothing where the batch is too small for one. */
export async function pointFigures({ forms, of }: Batch, name: string): Promise<PointFigure[]> {
	const member = await fitPointMember(name, forms);
	const looked = await member?.look(forms.map(({ counts }) => counts));
	await member?.close();
	return Array.from(of, (form) => looked?.[form] ?? { figure: 0, event: undefined });
}

/** Mean over a session's steps of ln(N / sessions that took the step). */
export function stepRarities({ sessions, numbers }: Batch): number[] {
	const takenBy = new Map<string, number>();
	const shapes = new Map<string, { steps: string[]; sessions: number }>();
	const keys = sessions.map(({ events }) => events.join("\n"));
	sessions.forEach(({ events }, i) => {
		const key = keys[i] as string;
		const shape = shapes.get(key) ?? { steps: stepsOf(events, numbers), sessions: 0 };
		shape.sessions++;
		shapes.set(key, shape);
	});
	for (const { steps, sessions: n } of shapes.values()) for (const step of new Set(steps)) takenBy.set(step, (takenBy.get(step) ?? 0) + n);
	const rarity = new Map<string, number>();
	for (const [key, { steps }] of shapes)
		rarity.set(key, steps.reduce((sum, step) => sum + Math.log(sessions.length / (takenBy.get(step) ?? 1)), 0) / steps.length);
	return keys.map((key) => rarity.get(key) ?? 0);
}

/** How much each session's events speak of a failure, less what is said everywhere: max over events of words x share of sessions without. */
export function failures(batch: Batch, failureOf: (event: string) => number, everywhere: boolean): number[] {
	const { counts, forms, numbers } = batch;
	const inSessions = new Map<number, number>();
	for (const form of forms) for (const event of form.counts.events) inSessions.set(event, (inSessions.get(event) ?? 0) + form.sessions);
	const weigh = (event: number): number =>
		failureOf(numbers.name(event)) * (everywhere ? 1 - (inSessions.get(event) ?? 0) / counts.length : 1);
	return byForm(batch, ({ events }) => events.reduce((most, event) => Math.max(most, weigh(event)), 0));
}

/** Sessions in a row that a burst is looked for in: a twentieth of the batch, within these bounds. */
const BURST_SHARE = 0.05;
const BURST_LEAST = 20;
const BURST_MOST = 1_000;
/** Fewer of an event are no burst. */
const BURST_EVENTS = 4;

/**
 * How much an event comes in one stretch: ln(m / e) / ln(N / W), m the most sessions with it in W in a row, e = n W / N expected were they
 * spread evenly. In [0, 1]; the largest of a session's events.
 */
export function bursts({ counts }: Batch): number[] {
	const window = Math.min(BURST_MOST, Math.max(BURST_LEAST, Math.round(counts.length * BURST_SHARE)));
	if (counts.length < 2 * window) return counts.map(() => 0);
	const places = new Map<number, number[]>();
	counts.forEach(({ events }, i) => {
		for (const event of events) {
			const known = places.get(event);
			if (known === undefined) places.set(event, [i]);
			else known.push(i);
		}
	});
	const burst = new Map<number, number>();
	for (const [event, at] of places) burst.set(event, burstOf(at, window, counts.length));
	return counts.map(({ events }) => events.reduce((most, event) => Math.max(most, burst.get(event) ?? 0), 0));
}

function burstOf(at: readonly number[], window: number, n: number): number {
	if (at.length < BURST_EVENTS) return 0;
	let most = 0;
	let first = 0;
	for (let i = 0; i < at.length; i++) {
		while ((at[i] as number) - (at[first] as number) >= window) first++;
		most = Math.max(most, i - first + 1);
	}
	return Math.min(1, Math.max(0, Math.log((most * n) / (at.length * window)) / Math.log(n / window)));
}

function stepsOf(events: readonly string[], numbers: EventNumbers): string[] {
	const all = ["^", ...events.map((event) => numbers.of(event)), "$"];
	return all.slice(1).map((event, i) => `${all[i]}>${event}`);
}

/** A figure of each session, worked out once for equal counts. */
function byForm<T>({ forms, of }: Batch, figure: (counts: EventCounts) => T): T[] {
	const figures = forms.map(({ counts }) => figure(counts));
	return Array.from(of, (form) => figures[form] as T);
}
