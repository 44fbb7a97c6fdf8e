import type { SpanSignal } from "@faultline/contracts";
import { indexSpans, parentOf, peerCalls } from "../graph/resource-graph.ts";
import { mechanismsOfText } from "../mechanism/text-lexicon.ts";
import type { Situation, Timed } from "../situation.ts";
import { type Moment, phaseOf } from "../temporal/moment.ts";
import { median } from "../temporal/robust.ts";
import { figure, type Lead, strengthOf } from "./lead.ts";

interface Sample {
	before: number[];
	after: number[];
	example: SpanSignal | undefined;
	worst: number;
}

interface Calls {
	/** Own time of each operation: "candidate\0operation". */
	self: Map<string, Sample>;
	/** Time between a call leaving its caller and reaching its callee and back: "caller\0callee". */
	gap: Map<string, Sample>;
	/** Failed and all spans per candidate whose own children did not fail. */
	/** Calls to what is not traced itself: "caller\0peer". */
	peers: Map<string, PeerCalls>;
	errors: Map<string, { before: number; beforeAll: number; after: number; afterAll: number; example: SpanSignal | undefined }>;
}

interface PeerCalls {
	times: Sample;
	beforeAll: number;
	before: number;
	afterAll: number;
	failed: SpanSignal[];
}

/** Operations slower in their own code, calls slow between caller and callee, and spans that fail without a failing child. */
export function spanLeads(situation: Situation, moment: Moment): Lead[] {
	if (situation.spans.length === 0) return [];
	const calls = measure(
		situation.spans.filter((s) => phaseOf(moment, s.at) !== "neither"),
		moment,
	);
	return [...selfLeads(calls, moment), ...gapLeads(calls, moment), ...errorLeads(calls, moment), ...peerLeads(calls, moment, situation)];
}

function measure(spans: readonly Timed<SpanSignal>[], moment: Moment): Calls {
	const byId = indexSpans(spans.map((s) => s.signal));
	const childTime = new Map<SpanSignal, number>();
	const failingChild = new Set<SpanSignal>();
	const gaps: { caller: string; callee: string; ms: number; at: number; span: SpanSignal; parent: SpanSignal }[] = [];
	const candidates = new Map(spans.map((s) => [s.signal, s.candidate]));
	const children = new Map<SpanSignal, number>();
	for (const { signal, candidate, at } of spans) {
		const parent = parentOf(signal, byId);
		if (parent === undefined) continue;
		children.set(parent, (children.get(parent) ?? 0) + 1);
		childTime.set(parent, (childTime.get(parent) ?? 0) + signal.span.durationMs);
		if (signal.severity >= 17) failingChild.add(parent);
		const caller = candidates.get(parent);
		if (caller !== undefined && caller !== candidate)
			gaps.push({ caller, callee: candidate, ms: Math.max(0, parent.span.durationMs - signal.span.durationMs), at, span: signal, parent });
	}
	const calls: Calls = { self: new Map(), gap: new Map(), errors: new Map(), peers: new Map() };
	const peers = new Map([...peerCalls(spans.map((s) => s.signal))].map(({ from, peer }) => [from, peer]));
	for (const { signal, candidate, at } of spans) {
		const peer = peers.get(signal);
		if (peer !== undefined) {
			notePeer(calls.peers, candidate, peer, signal, at, moment);
			continue;
		}
		const own = Math.max(0, signal.span.durationMs - (childTime.get(signal) ?? 0));
		note(calls.self, `${candidate}\u0000${signal.span.name}`, own, at, moment, signal);
		const errors = calls.errors.get(candidate) ?? { before: 0, beforeAll: 0, after: 0, afterAll: 0, example: undefined };
		const failed = signal.severity >= 17 && !failingChild.has(signal);
		if (phaseOf(moment, at) === "before") {
			errors.beforeAll++;
			if (failed) errors.before++;
		} else {
			errors.afterAll++;
			if (failed) {
				errors.after++;
				errors.example ??= signal;
			}
		}
		calls.errors.set(candidate, errors);
	}
	// A parent with several remote children is a fan-out: its gap is not the network's.
	for (const gap of gaps)
		if (children.get(gap.parent) === 1) note(calls.gap, `${gap.caller}\u0000${gap.callee}`, gap.ms, gap.at, moment, gap.span);
	return calls;
}

function note(map: Map<string, Sample>, key: string, ms: number, at: number, moment: Moment, span: SpanSignal): void {
	const sample = map.get(key) ?? { before: [], after: [], example: undefined, worst: -1 };
	if (phaseOf(moment, at) === "before") sample.before.push(ms);
	else {
		sample.after.push(ms);
		if (ms > sample.worst) {
			sample.worst = ms;
			sample.example = span;
		}
	}
	map.set(key, sample);
}

function notePeer(map: Map<string, PeerCalls>, candidate: string, peer: string, span: SpanSignal, at: number, moment: Moment): void {
	const key = `${candidate}\u0000${peer}`;
	const calls = map.get(key) ?? {
		times: { before: [], after: [], example: undefined, worst: -1 },
		beforeAll: 0,
		before: 0,
		afterAll: 0,
		failed: [],
	};
	map.set(key, calls);
	note(new Map([["", calls.times]]), "", span.span.durationMs, at, moment, span);
	const failed = span.severity >= 17;
	if (phaseOf(moment, at) === "before") {
		calls.beforeAll++;
		if (failed) calls.before++;
	} else {
		calls.afterAll++;
		if (failed) calls.failed.push(span);
	}
}

/**
 * Calls to a database or a provider that became slow or fail are its fault, with one exception: where they fail by time-out sooner than they
 * usually took to succeed, the caller gives up too early.
 */
function* peerLeads({ peers }: Calls, moment: Moment, situation: Situation): Generator<Lead> {
	for (const [key, calls] of peers) {
		const [caller = "", name = ""] = key.split("\u0000");
		const peer = situation.graph.candidateOf(name);
		const outside: Lead["mechanisms"] = situation.graph.isExternal(peer) ? new Map([["dependency-down", 0.9]]) : new Map();
		const slow = slower(calls.times);
		if (slow !== undefined && calls.times.example !== undefined) {
			yield {
				...base(peer, calls.times.example, moment),
				resource: peer,
				kind: "self-time",
				role: "intrinsic",
				mechanisms: outside.size > 0 ? outside : new Map([["slow-queries", 0.4]]),
				subject: `calls of ${caller}`,
				direction: "up",
				strength: 0.9 * slow.strength,
				text: `${peer} answers ${caller} in ${figure(slow.after)} ms, usually ${figure(slow.before)} ms`,
				votes: [`x${figure(slow.ratio)} at the 80th percentile`],
			};
		}
		const example = calls.failed[0];
		if (example === undefined) continue;
		const usual = (calls.before + 0.5) / (calls.beforeAll + 1);
		const z = 2 * (Math.sqrt(calls.failed.length + 0.375) - Math.sqrt(usual * calls.afterAll + 0.375));
		const strength = strengthOf(z, 3) * Math.min(1, 0.4 + calls.failed.length / calls.afterAll);
		if (strength <= 0) continue;
		const text = errorOf(example) ?? "";
		const early =
			calls.times.before.length >= MIN_CALLS && median(calls.failed.map((s) => s.span.durationMs)) <= 1.2 * upper(calls.times.before);
		const gaveUp = early && saysTimeout(text, calls.failed, situation);
		yield {
			...base(gaveUp ? caller : peer, example, moment),
			resource: gaveUp ? example.resource : peer,
			kind: "span-errors",
			role: "intrinsic",
			mechanisms: gaveUp ? new Map([["deadline-too-short", 1]]) : new Map([...outside, ...mechanismsOfText(text)]),
			subject: example.span.name,
			direction: "up",
			strength,
			text: gaveUp
				? `${caller} gives up ${calls.failed.length} of ${calls.afterAll} calls to ${peer} after ${figure(median(calls.failed.map((s) => s.span.durationMs)))} ms; they usually take ${figure(median(calls.times.before))} ms`
				: `${calls.failed.length} of ${calls.afterAll} calls of ${caller} to ${peer} fail${text === "" ? "" : `: "${text.slice(0, 100)}"`}, ${calls.before} of ${calls.beforeAll} before`,
			votes: [`${z.toFixed(1)} deviations`],
		};
	}
}

function errorOf(span: SpanSignal): string | undefined {
	for (const key of ["error", "exception.message", "error.message", "error.type", "status.message"]) {
		const text = span.attributes[key];
		if (typeof text === "string" && text !== "") return text;
	}
	return undefined;
}

/** Whether the failing calls timed out: by their own words, or by those of the logs written in them. */
function saysTimeout(text: string, failed: readonly SpanSignal[], situation: Situation): boolean {
	if (TIMEOUT.test(text)) return true;
	const traces = new Set(failed.slice(0, 50).map((s) => s.traceId));
	const said = situation.logs.filter((l) => l.signal.severity >= 13 && traces.has(l.signal.traceId));
	return said.length > 0 && said.filter((l) => TIMEOUT.test(l.signal.body)).length >= 0.5 * said.length;
}

const TIMEOUT = /time(?:d)? ?-?out|deadline|no response|abort|gave up|ETIMEDOUT/i;

/** Calls needed on either side before a time is compared. */
const MIN_CALLS = 5;
/** Milliseconds below which a slower call does not matter. */
const MIN_MS = 5;

interface Slower {
	ratio: number;
	before: number;
	after: number;
	strength: number;
}

/**
 * How much slower: log2 of the ratio of upper quartiles, in units of one doubling; half strength at fourfold.
 * With few calls the medians of all are compared more strictly.
 */
function slower({ before, after }: Sample): Slower | undefined {
	if (after.length === 0 || before.length === 0) return undefined;
	const few = Math.min(before.length, after.length) < MIN_CALLS;
	const [b, a] = few ? [Math.max(...before), median(after)] : [upper(before), upper(after)];
	if (a - b < MIN_MS) return undefined;
	// Most calls must be slower than four in five were: a longer tail is what a busy minute has.
	if (!few && median(after) <= b) return undefined;
	const ratio = (a + 1) / (b + 1);
	if (ratio < (few ? 3 : 1.5)) return undefined;
	const doublings = Math.log2(ratio);
	return { ratio, before: b, after: a, strength: (doublings / (doublings + 2)) * (few ? 0.7 : 1) };
}

function upper(values: readonly number[]): number {
	const sorted = [...values].sort((x, y) => x - y);
	return sorted[Math.floor(0.8 * (sorted.length - 1))] as number;
}

function* selfLeads({ self }: Calls, moment: Moment): Generator<Lead> {
	for (const [key, sample] of self) {
		const slow = slower(sample);
		if (slow === undefined || sample.example === undefined) continue;
		const [candidate = "", operation = ""] = key.split("\u0000");
		yield {
			...base(candidate, sample.example, moment),
			kind: "self-time",
			role: "intrinsic",
			mechanisms: new Map([["slow-code", 0.4]]),
			subject: operation,
			direction: "up",
			strength: 0.7 * slow.strength,
			text: `own time of ${operation} ${figure(slow.after)} ms, usually ${figure(slow.before)} ms`,
			votes: [`x${figure(slow.ratio)} at the 80th percentile`],
		};
	}
}

interface SlowEdge {
	slow: Slower;
	example: SpanSignal;
	ends: [caller: string, callee: string];
}

/**
 * A slow edge speaks against both its ends: against each by the share of its own edges that are slow, and by how much of all that is slow it
 * touches. One whose network is slow makes all its edges slow, those of its other ends are not.
 *
 *   s(x) = max { s(e) : e at x } * slow(x) / edges(x) * (1 + touched(x) / max touched) / 2
 */
function* gapLeads({ gap }: Calls, moment: Moment): Generator<Lead> {
	const edges: SlowEdge[] = [];
	const measured = new Map<string, number>();
	for (const [key, sample] of gap) {
		const [caller = "", callee = ""] = key.split("\u0000");
		if (sample.before.length === 0 || sample.after.length === 0) continue;
		for (const end of [caller, callee]) measured.set(end, (measured.get(end) ?? 0) + 1);
		const slow = slower(sample);
		if (slow !== undefined && sample.example !== undefined) edges.push({ slow, example: sample.example, ends: [caller, callee] });
	}
	const at = new Map<string, SlowEdge[]>();
	for (const edge of edges) for (const end of edge.ends) at.set(end, [...(at.get(end) ?? []), edge]);
	const touched = (of: readonly SlowEdge[]): number => of.reduce((sum, e) => sum + e.slow.strength, 0);
	const most = Math.max(0, ...[...at.values()].map(touched));
	for (const [end, own] of at) {
		const { slow, example, ends } = own.reduce((a, b) => (b.slow.strength > a.slow.strength ? b : a));
		const share = own.length / (measured.get(end) ?? own.length);
		yield {
			...base(end, example, moment),
			resource: ends[1] === end ? example.resource : end,
			kind: "network-gap",
			role: "intrinsic",
			mechanisms: new Map([["network-delay", 0.6]]),
			subject: ends.join(" -> "),
			direction: "up",
			strength: 0.7 * slow.strength * share * (0.5 + (0.5 * touched(own)) / most),
			text: `${figure(slow.after)} ms between ${ends[0]} and ${ends[1]} that neither spends, usually ${figure(slow.before)} ms${own.length > 1 ? `; so on ${own.length} of its ${measured.get(end)} edges` : ""}`,
			votes: [`x${figure(slow.ratio)} at the 80th percentile`],
		};
	}
}

function* errorLeads({ errors }: Calls, moment: Moment): Generator<Lead> {
	for (const [candidate, e] of errors) {
		if (e.after === 0 || e.example === undefined) continue;
		const rate = e.after / e.afterAll;
		const usual = (e.before + 0.5) / (e.beforeAll + 1);
		const z = 2 * (Math.sqrt(e.after + 0.375) - Math.sqrt(usual * e.afterAll + 0.375));
		const strength = Math.max(strengthOf(z, 3), e.before === 0 && e.after >= 1 ? 0.3 : 0);
		if (strength === 0) continue;
		const detail = e.example.attributes["error"];
		const words = typeof detail === "string" ? detail : e.example.body;
		yield {
			...base(candidate, e.example, moment),
			kind: "span-errors",
			role: "intrinsic",
			mechanisms: mechanismsOfText(words),
			subject: e.example.span.name,
			direction: "up",
			strength: strength * Math.min(1, 0.4 + rate),
			text: `${e.after} of ${e.afterAll} spans fail without a failing callee${typeof detail === "string" ? `: "${detail.slice(0, 100)}"` : ""}, ${e.before} of ${e.beforeAll} before`,
			votes: [`${z.toFixed(1)} deviations`],
			loud: e.after >= 3,
		};
	}
}

function base(
	candidate: string,
	example: SpanSignal,
	moment: Moment,
): Pick<Lead, "candidate" | "resource" | "onset" | "recovered" | "cites" | "loud"> {
	return { candidate, resource: example.resource, onset: moment.onset, recovered: undefined, cites: [example], loud: false };
}
