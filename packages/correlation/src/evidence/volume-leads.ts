import type { Signal } from "@faultline/contracts";
import { indexSpans, parentOf } from "../graph/resource-graph.ts";
import type { Situation } from "../situation.ts";
import type { Moment } from "../temporal/onset.ts";
import { type Lead, strengthOf } from "./lead.ts";

interface Step {
	candidate: string;
	name: string;
	before: number;
	after: number;
	lastBefore: Signal | undefined;
	firstAfter: Signal | undefined;
}

/** Calls needed on either side before their steps are compared. */
const MIN_CALLS = 8;
const LIMIT = 3;

/**
 * Steps (log templates and operations) that a service no longer takes, or newly takes, per call that reaches it.
 *
 *   z = 2 (sqrt(n' + 3/8) - sqrt(l + 3/8)),   l = n c'/c
 *
 * n, n' occurrences and c, c' calls into the service before and after (Anscombe's transform of a Poisson count). Code that returns early or
 * throws skips steps although it is called as often; a service that is merely called less skips none.
 */
export function volumeLeads(situation: Situation, moment: Moment): Lead[] {
	const calls = callsInto(situation, moment);
	const leads: Lead[] = [];
	for (const [candidate, steps] of stepsOf(situation, moment)) {
		const c = calls.get(candidate);
		if (c === undefined || c.before < MIN_CALLS || c.after < MIN_CALLS) continue;
		const lead = strongest(candidate, steps, c.after / c.before);
		if (lead !== undefined) leads.push(lead);
	}
	return leads;
}

function callsInto({ spans }: Situation, moment: Moment): Map<string, { before: number; after: number }> {
	const byId = indexSpans(spans.map((s) => s.signal));
	const candidates = new Map(spans.map((s) => [s.signal, s.candidate]));
	const calls = new Map<string, { before: number; after: number }>();
	for (const { signal, candidate, at } of spans) {
		if (at > moment.until) continue;
		const parent = parentOf(signal, byId);
		if (parent !== undefined && candidates.get(parent) === candidate) continue;
		const c = calls.get(candidate) ?? { before: 0, after: 0 };
		if (at < moment.onset) c.before++;
		else c.after++;
		calls.set(candidate, c);
	}
	return calls;
}

function stepsOf(situation: Situation, moment: Moment): Map<string, Step[]> {
	const steps = new Map<string, Step>();
	const count = (candidate: string, name: string, at: number, signal: Signal): void => {
		if (at > moment.until) return;
		const key = `${candidate}\u0000${name}`;
		let step = steps.get(key);
		if (step === undefined) {
			step = { candidate, name, before: 0, after: 0, lastBefore: undefined, firstAfter: undefined };
			steps.set(key, step);
		}
		if (at < moment.onset) {
			step.before += signal.count;
			step.lastBefore = signal;
		} else {
			step.after += signal.count;
			step.firstAfter ??= signal;
		}
	};
	for (const log of situation.logs) count(log.candidate, situation.templates.text(log.template) ?? log.template, log.at, log.signal);
	for (const span of situation.spans) count(span.candidate, span.signal.span.name, span.at, span.signal);
	const grouped = new Map<string, Step[]>();
	for (const step of steps.values()) grouped.set(step.candidate, [...(grouped.get(step.candidate) ?? []), step]);
	return grouped;
}

function strongest(candidate: string, steps: readonly Step[], load: number): Lead | undefined {
	let lost: { step: Step; z: number; share: number } | undefined;
	let total = 0;
	for (const step of steps) {
		const expected = step.before * load;
		const z = 2 * (Math.sqrt(expected + 0.375) - Math.sqrt(step.after + 0.375));
		if (z < LIMIT) continue;
		total += z - LIMIT;
		const share = 1 - step.after / expected;
		if (lost === undefined || z * share > lost.z * lost.share) lost = { step, z, share };
	}
	if (lost === undefined) return undefined;
	const { step, z, share } = lost;
	const example = step.lastBefore ?? step.firstAfter;
	return {
		candidate,
		resource: example?.resource ?? candidate,
		kind: "call-volume",
		role: "intrinsic",
		mechanisms: new Map([["wrong-result", 0.6]]),
		subject: step.name,
		direction: "gone",
		strength: 0.8 * strengthOf(LIMIT + total / 2, LIMIT) * share,
		onset: undefined,
		recovered: undefined,
		text: `"${step.name.slice(0, 140)}" ${step.after} times, ${Math.round(step.before * load)} expected for the calls that reached ${candidate}`,
		votes: [`${z.toFixed(1)} deviations fewer`],
		cites: example === undefined ? [] : [example],
		loud: false,
	};
}
