import type { Signal } from "@faultline/contracts";
import type { Situation } from "../situation.ts";
import { type Moment, phaseOf } from "../temporal/moment.ts";
import { shareRatio } from "../temporal/step-split.ts";
import type { Call } from "./call-steps.ts";
import type { Lead } from "./lead.ts";

/** Calls needed on either side. */
const MIN_CALLS = 3;
/** Nats below which a change of share is noise, of the thousands of pairs that are looked at; the moments tried come on top. */
const PENALTY = 4;
/** Nats beyond the penalty at which a change is half certain. */
const HALF = 2;
/** What a change is worth that shows only against other stretches of time: the fault may be older than the stretch, or the data has drifted. */
const FAR_ONLY = 0.8;
/** How long before the alert code that went wrong is usually noticed; a change older by this counts half. Milliseconds. */
const USUAL_LEAD_MS = 900_000;

/** Before the first step of a call, and after its last. */
const BEGIN = "begin";
const END = "end";
/** The call as a whole, of which each step is taken or not. */
const CALL = "call";

/** What followed a step in one call: each next step with its share of the times that the step was taken. */
interface Visit {
	call: Call;
	next: ReadonlyMap<string, number>;
}

/** A step that is no longer followed by what followed it, or is by what did not. */
export interface Divergence {
	candidate: string;
	operation: string;
	after: string;
	step: string;
	strength: number;
	/** From when on, milliseconds since the epoch. */
	at: number;
	before: [number, number];
	during: [number, number];
	/** The calls that went the new way. */
	calls: Call[];
	example: Signal | undefined;
}

/**
 * Services whose calls take another path than before: code that returns early, throws, or branches differently. Of each pair of steps (a, b) the
 * share of calls in which a is followed by b is compared before and after the moment that parts them best:
 *
 *   s(a, b) = g / (g + 2) * d^2,   g = max(0, LR - c - ln T),   d = min |p' - p|
 *
 * LR: G-test of the shares (half of G, nats); T: moments tried; p' - p: the change, shrunk by (k + 1/2)/(n + 1), against the time just before and against
 * other stretches separately, the smaller counting: data drifts between stretches, a fault differs from both. Squared, since code that is
 * wrong is so in every call, where data makes some calls differ. Pairs within a call are the event
 * graphs of Yu et al., "Nezha: Interpretable Fine-Grained Root Causes Analysis for Microservices on Multi-Modal Observability Data", ESEC/FSE 2023;
 * conditioning on the step before makes them independent of how many calls come that far, and of failures elsewhere. Where the calls that diverge
 * hold a call that diverges too, the deeper one explains them. Cost O(steps + pairs x calls), at most 200 pairs for each step.
 */
export function pathLeads(situation: Situation, moment: Moment, calls: readonly Call[]): Lead[] {
	const near = nearStretch(calls, moment);
	const found: Divergence[] = [];
	for (const group of Map.groupBy(recorded(calls, situation), (c) => `${c.candidate}\u0000${c.entry}`).values()) {
		const one = strongest(group, moment, near);
		if (one !== undefined) found.push(one);
	}
	const below = explanations(found);
	return found.flatMap((one) => {
		const explained = one.calls.reduce((sum, call) => sum + Math.min(1, below.get(call) ?? 0), 0) / Math.max(1, one.calls.length);
		const strength = one.strength * (1 - explained);
		return strength > 0 ? [toLead(one, strength, situation)] : [];
	});
}

/** Milliseconds within which some line is written wherever lines are collected. */
const SILENT_MS = 10_000;

/** The calls of times of which both spans and the lines within them were collected: what was not recorded is not missing. */
function recorded(calls: readonly Call[], { logs }: Situation): readonly Call[] {
	const heard = logs.filter(({ signal }) => signal.spanId !== undefined).map(({ at }) => at);
	if (heard.length === 0) return calls;
	let next = 0;
	return calls.filter(({ at }) => {
		while (next < heard.length && (heard[next] as number) < at) next++;
		const [before, after] = [heard[next - 1], heard[next]];
		return before !== undefined && after !== undefined && at - before <= SILENT_MS && after - at <= SILENT_MS;
	});
}

/** Where the stretch that holds the onset begins: what came before it, after a silence, is another day's data. */
function nearStretch(calls: readonly Call[], moment: Moment): number {
	let near = moment.from;
	for (let i = 1; i < calls.length; i++) {
		const [a, b] = [(calls[i - 1] as Call).at, (calls[i] as Call).at];
		if (b > moment.onset) break;
		if (b - a > 60_000) near = b;
	}
	return near;
}

function strongest(group: readonly Call[], moment: Moment, near: number): Divergence | undefined {
	const known = group.filter((c) => phaseOf(moment, c.at) !== "neither");
	if (known.length < 2 * MIN_CALLS) return undefined;
	const errors = new Set(known.flatMap((c) => c.path.filter((s) => s.error).map((s) => s.key)));
	let best: Divergence | undefined;
	for (const [after, visits] of visitsOf(known)) {
		// What follows an error is how errors are handled.
		if (errors.has(after)) continue;
		const far = visits.filter(({ call }) => call.at < near || call.at > moment.until);
		const close = visits.filter(({ call }) => call.at >= near && call.at <= moment.until);
		if (close.length < MIN_CALLS || visits.length < 2 * MIN_CALLS) continue;
		for (const step of frequent(visits)) {
			const parted = part(far, close, step, errors.has(step), moment);
			if (parted !== undefined && parted.strength > (best?.strength ?? 0)) best = divergence(after, step, parted, far, close);
		}
	}
	return best;
}

/** Next steps that are looked at, of one step: what is rarer is the data's, not the code's. */
const MAX_STEPS = 200;

/** The next steps that enough calls take, the most frequent first: too few to tell anything are most of them where lines hold data. */
function frequent(visits: readonly Visit[]): string[] {
	const counts = new Map<string, number>();
	for (const { next } of visits) for (const step of next.keys()) counts.set(step, (counts.get(step) ?? 0) + 1);
	return [...counts]
		.filter(([, n]) => n >= MIN_CALLS)
		.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
		.slice(0, MAX_STEPS)
		.map(([step]) => step);
}

function visitsOf(calls: readonly Call[]): Map<string, Visit[]> {
	const visits = new Map<string, Visit[]>();
	const put = (after: string, visit: Visit): void => {
		const list = visits.get(after);
		if (list === undefined) visits.set(after, [visit]);
		else list.push(visit);
	};
	for (const call of calls) {
		const next = new Map<string, Map<string, number>>();
		let last = BEGIN;
		for (const key of [...call.path.map((s) => s.key), END]) {
			const counts = next.get(last) ?? new Map<string, number>();
			counts.set(key, (counts.get(key) ?? 0) + 1);
			next.set(last, counts);
			last = key;
		}
		for (const [after, counts] of next) {
			let all = 0;
			for (const n of counts.values()) all += n;
			put(after, { call, next: all === 1 ? counts : new Map([...counts].map(([step, n]) => [step, n / all])) });
		}
		put(CALL, { call, next: new Map([...call.steps.keys()].map((step) => [step, 1])) });
	}
	return visits;
}

interface Parted {
	strength: number;
	/** Index into the close visits of the first that counts as during the fault. */
	split: number;
}

/** The moment in the near stretch that parts the shares best; undefined where none does beyond chance. */
function part(allFar: readonly Visit[], close: readonly Visit[], step: string, error: boolean, moment: Moment): Parted | undefined {
	const share = (v: Visit): number => v.next.get(step) ?? 0;
	const usual = (v: Visit): boolean => error || !failed(v.call);
	const far = allFar.filter(usual);
	const kFar = far.reduce((sum, v) => sum + share(v), 0);
	const all = close.reduce((sum, v) => sum + share(v), 0);
	const penalty = PENALTY + Math.log(Math.max(1, close.length));
	const end = moment.alertAt ?? moment.to;
	let best: Parted | undefined;
	let [k, n, passed] = [0, 0, 0];
	for (let split = 0; split <= close.length - MIN_CALLS; split++) {
		const before = close[split - 1];
		if (before !== undefined) {
			passed += share(before);
			if (usual(before)) [k, n] = [k + share(before), n + 1];
		}
		const { call } = close[split] as Visit;
		if (before !== undefined && share(close[split] as Visit) === share(before)) continue;
		if (call.at > end) break;
		const m = close.length - split;
		if (n + far.length < MIN_CALLS) continue;
		const [kd, at] = [all - passed, call.at];
		const gain = shareRatio(kFar + k, far.length + n, kd, m) - penalty;
		// Fewer errors than usual are no fault.
		if (gain <= 0 || (error && kd / m < (kFar + k) / (far.length + n))) continue;
		const change = effect([kd, m], [k, n], [kFar, far.length]);
		const strength = (gain / (gain + HALF)) * change ** 2 * (1 / (1 + Math.max(0, end - at) / USUAL_LEAD_MS));
		if (strength > (best?.strength ?? 0)) best = { strength, split };
	}
	return best;
}

const failures = new WeakMap<Call, boolean>();

/** Whether a call went wrong, by its own words: it says nothing of how one goes that does not. */
function failed(call: Call): boolean {
	let known = failures.get(call);
	if (known === undefined) {
		known = call.failed || call.path.some((s) => s.error);
		failures.set(call, known);
	}
	return known;
}

function effect(during: [number, number], close: [number, number], far: [number, number]): number {
	const share = ([k, n]: [number, number]): number => (k + 0.5) / (n + 1);
	const dClose = close[1] >= MIN_CALLS ? share(during) - share(close) : undefined;
	const dFar = far[1] >= MIN_CALLS ? share(during) - share(far) : undefined;
	if (dClose !== undefined && dFar !== undefined) return dClose * dFar > 0 ? Math.min(Math.abs(dClose), Math.abs(dFar)) : 0;
	return dFar === undefined ? Math.abs(dClose ?? 0) : FAR_ONLY * Math.abs(dFar);
}

function divergence(after: string, step: string, { strength, split }: Parted, far: readonly Visit[], close: readonly Visit[]): Divergence {
	const before = [...far, ...close.slice(0, split)];
	const during = close.slice(split);
	const sum = (visits: readonly Visit[]): number => visits.reduce((s, v) => s + (v.next.get(step) ?? 0), 0);
	const [kb, kd] = [sum(before), sum(during)];
	const fell = kd / during.length < kb / before.length;
	const first = during[0] as Visit;
	const odd = during.filter((v) => (v.next.get(step) ?? 0) >= 0.5 !== fell).map((v) => v.call);
	return {
		candidate: first.call.candidate,
		operation: first.call.entry,
		after,
		step,
		strength,
		at: odd[0]?.at ?? first.call.at,
		before: [kb, before.length],
		during: [kd, during.length],
		calls: odd,
		example: exampleOf(step === END ? after : step, fell ? before : during),
	};
}

/** Of each call, how strongly a call within it diverges. */
function explanations(found: readonly Divergence[]): Map<Call, number> {
	const below = new Map<Call, number>();
	for (const { calls, strength } of found) {
		for (const call of calls) {
			let depth = 0;
			for (let above = call.parent; above !== undefined && depth < 100; above = above.parent, depth++)
				if (above.candidate !== call.candidate) below.set(above, Math.max(below.get(above) ?? 0, strength));
		}
	}
	return below;
}

function exampleOf(step: string, visits: readonly Visit[]): Signal | undefined {
	for (const { call } of visits) {
		const signal = call.steps.get(step);
		if (signal !== undefined) return signal;
	}
	return visits[0]?.call.span;
}

/** A line as its template, or the statement that writes it. */
function quoted(key: string, { templates }: Situation): string {
	const text = templates.text(key);
	return text === undefined ? `the line of ${key}` : `"${text.slice(0, 100)}"`;
}

function toLead(d: Divergence, strength: number, situation: Situation): Lead {
	const name = (step: string): string => (step.startsWith("log ") ? quoted(step.slice(4), situation) : step);
	const fewer = d.during[0] / d.during[1] < d.before[0] / d.before[1];
	const figures = `in ${Math.round(d.during[0])} of ${d.during[1]} calls, ${Math.round(d.before[0])} of ${d.before[1]} before`;
	return {
		candidate: d.candidate,
		// What a step that is no longer taken looked like was seen at another instance, before.
		resource: fewer ? d.candidate : (d.example?.resource ?? d.candidate),
		kind: "call-volume",
		role: "intrinsic",
		mechanisms: new Map([["wrong-result", 0.4]]),
		subject: d.operation,
		direction: fewer ? "gone" : "new",
		strength,
		onset: d.at,
		recovered: undefined,
		text:
			d.after === CALL
				? `${d.operation} takes the step ${name(d.step)} ${figures}`
				: `in ${d.operation}, ${d.after === BEGIN ? "the first step is" : `${name(d.after)} is followed by`} ${d.step === END ? "nothing more" : name(d.step)} ${figures}`,
		votes: [`G-test, strength ${d.strength.toFixed(2)}`],
		cites: d.example === undefined ? [] : [d.example],
		loud: false,
	};
}
