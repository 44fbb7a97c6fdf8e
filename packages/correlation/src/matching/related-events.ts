import type { Encoder, SeenBy, Signal } from "@faultline/contracts";
import type { Clock } from "./clocks.ts";
import { compare } from "./grouping.ts";
import { holds, learnLikeness } from "./likeness.ts";
import { type NameOf, NOWHERE, placeOf, squeeze } from "./sighting.ts";

/** OpenTelemetry's SeverityNumber of a warning. */
const LOUD = 13;
/** An event is told by a platform a few seconds after what it tells of, in milliseconds. */
const NEAR_MS = 10_000;
/** Lines that one event is compared to, and texts that are compared by their vectors. */
const LOOKED_AT = 64;
const MOST_TEXTS = 400;

interface Told {
	signal: Signal;
	at: number;
	place: string;
	/** Without values: what its vector is of. */
	text: string;
}

interface Pair {
	event: Told;
	line: Told;
	confidence: number;
	reason: string;
}

/**
 * Events of a platform and the lines that tell the same at the same place, each with the other in `seenBy`. They stay two: an event is evidence of its own. One
 * event to one line, the surest first.
 *
 * @throws what the encoder throws
 */
export async function relateEvents(
	signals: readonly Signal[],
	nameOf: NameOf,
	clocks: ReadonlyMap<string, Clock>,
	encoder: Encoder | undefined,
): Promise<Signal[]> {
	const { events, lines } = toldBy(signals, nameOf, clocks);
	const near = events.flatMap((event) => nearTo(event, lines.get(event.place) ?? []).map((line): [Told, Told] => [event, line]));
	if (near.length === 0) return [...signals];
	const byStore = new Map<string, Set<string>>();
	for (const { signal, text } of near.flat()) {
		const store = `${signal.source}/${signal.kind}`;
		const texts = byStore.get(store) ?? new Set();
		byStore.set(store, texts);
		if (texts.size < MOST_TEXTS) texts.add(text);
	}
	const likeness = encoder === undefined ? undefined : await learnLikeness(byStore, encoder);
	const pairs = near.flatMap(([event, line]): Pair[] => {
		const held = holds(squeeze(event.signal.body), squeeze(line.signal.body));
		if (held !== undefined) return [{ event, line, ...held }];
		const cosine = likeness?.between(event.text, line.text);
		if (likeness === undefined || cosine === undefined || cosine < likeness.threshold) return [];
		const confidence = 0.5 + (0.4 * (cosine - likeness.threshold)) / Math.max(1e-9, 1 - likeness.threshold);
		return [
			{
				event,
				line,
				confidence,
				reason: `texts alike (${cosine.toFixed(2)} against ${likeness.threshold.toFixed(2)} of different events)`,
			},
		];
	});
	return cite(signals, pairs);
}

function toldBy(
	signals: readonly Signal[],
	nameOf: NameOf,
	clocks: ReadonlyMap<string, Clock>,
): { events: Told[]; lines: Map<string, Told[]> } {
	const events: Told[] = [];
	const lines = new Map<string, Told[]>();
	for (const signal of signals) {
		const line = signal.kind === "log" || signal.kind === "error";
		if (signal.severity < LOUD || (!line && signal.kind !== "event")) continue;
		const at = Date.parse(signal.time) - (clocks.get(`${signal.source}/${signal.kind}`)?.offsetMs ?? 0);
		const place = placeOf(nameOf(signal.resource, signal.service));
		if (!Number.isFinite(at) || place === NOWHERE) continue;
		const told = { signal, at, place, text: squeeze(signal.body.slice(0, 400)).replace(/\S*\d\S*/g, "#") };
		if (!line) events.push(told);
		else if (lines.get(place)?.push(told) === undefined) lines.set(place, [told]);
	}
	for (const list of lines.values()) list.sort((a, b) => a.at - b.at);
	return { events, lines };
}

/** Lines of other stores within a few seconds of an event: lines are in order of time. */
function nearTo({ at, signal }: Told, lines: readonly Told[]): Told[] {
	let [low, high] = [0, lines.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((lines[middle] as Told).at < at - NEAR_MS) low = middle + 1;
		else high = middle;
	}
	const near = lines.slice(low, low + LOOKED_AT);
	return near.filter((line) => line.at <= at + NEAR_MS && line.signal.body !== signal.body);
}

function cite(signals: readonly Signal[], pairs: readonly Pair[]): Signal[] {
	const others = new Map<Signal, SeenBy>();
	const apart = ({ event, line }: Pair): number => Math.abs(event.at - line.at);
	const surest = pairs.toSorted(
		(a, b) =>
			b.confidence - a.confidence ||
			apart(a) - apart(b) ||
			compare(a.event.signal.id + a.line.signal.id, b.event.signal.id + b.line.signal.id),
	);
	for (const pair of surest) {
		const { event, line, reason } = pair;
		if (others.has(event.signal) || others.has(line.signal)) continue;
		const confidence = Number(pair.confidence.toFixed(2));
		others.set(event.signal, seenAs(line.signal, confidence, reason));
		others.set(line.signal, seenAs(event.signal, confidence, reason));
	}
	return signals.map((signal) => {
		const other = others.get(signal);
		return other === undefined ? signal : { ...signal, seenBy: [...(signal.seenBy ?? []), other] };
	});
}

function seenAs({ source, kind, id, url }: Signal, confidence: number, reason: string): SeenBy {
	return { source, kind, id, ...(url === undefined ? {} : { url }), confidence, reason };
}
