import type { Signal } from "@faultline/contracts";
import type { Situation } from "../situation.ts";
import { type Moment, phaseOf } from "../temporal/moment.ts";
import { shareRatio } from "../temporal/step-split.ts";
import type { Call } from "./call-steps.ts";
import type { Lead } from "./lead.ts";

interface Changed {
	operation: string;
	step: string;
	/** Nats times the size of the change. */
	weight: number;
	before: [number, number];
	during: [number, number];
	example: Signal | undefined;
}

/** Calls needed on either side. */
const MIN_CALLS = 4;
/** Nats below which a change of share is noise: hundreds of steps are looked at. */
const PENALTY = 4;
/** Weight at which a lead is half strength. */
const HALF = 2;
/** What a change is worth that shows only against other stretches of time: the fault may be older than the stretch, or the data has drifted. */
const FAR_ONLY = 0.5;

/**
 * Services that take other steps per call than before: code that returns early, throws, or takes another branch skips steps or takes new ones.
 *
 *   w(step) = max(0, LR - c) * min |p' - p|,   w(service) = sum over operations of max over steps,   less the largest w of its callees
 *
 * LR: G-test of the share of calls that take the step; p' - p: change of that share, shrunk by (k + 1/2)/(n + 1), against the time just before the
 * onset and against other stretches separately, the smaller counting: data drifts between stretches, a fault differs from both. A caller of
 * faulty code skips its own later steps, hence the callees' part is taken off.
 */
export function stepLeads(situation: Situation, moment: Moment, calls: readonly Call[]): Lead[] {
	const near = nearStretch(calls, moment);
	const changes = new Map<string, Changed[]>();
	for (const [operation, group] of Map.groupBy(calls, (c) => `${c.candidate}\u0000${c.entry}`)) {
		const changed = strongestStep(operation, group, moment, near);
		if (changed === undefined) continue;
		const candidate = group[0]?.candidate ?? "";
		changes.set(candidate, [...(changes.get(candidate) ?? []), changed]);
	}
	const weights = new Map([...changes].map(([candidate, list]) => [candidate, list.reduce((sum, c) => sum + c.weight, 0)]));
	const leads: Lead[] = [];
	for (const [candidate, list] of changes) {
		let echo = 0;
		for (const callee of situation.graph.callees(candidate)) echo = Math.max(echo, weights.get(callee) ?? 0);
		const weight = (weights.get(candidate) ?? 0) - echo;
		const top = list.reduce((a, b) => (b.weight > a.weight ? b : a));
		if (weight > 0) leads.push(toLead(candidate, top, weight, situation, moment));
	}
	return leads;
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

function strongestStep(operation: string, group: readonly Call[], moment: Moment, near: number): Changed | undefined {
	const during = group.filter((c) => phaseOf(moment, c.at) === "during");
	const before = group.filter((c) => phaseOf(moment, c.at) === "before");
	const close = before.filter((c) => c.at >= near && c.at < moment.onset);
	const far = before.filter((c) => c.at < near || c.at > moment.until);
	if (during.length < MIN_CALLS || before.length < MIN_CALLS) return undefined;
	const [f, p, o] = [stepCounts(during), stepCounts(close), stepCounts(far)];
	let best: Changed | undefined;
	for (const step of new Set([...f.keys(), ...p.keys(), ...o.keys()])) {
		const [kf, kp, ko] = [f.get(step) ?? 0, p.get(step) ?? 0, o.get(step) ?? 0];
		const gain = shareRatio(kp + ko, before.length, kf, during.length) - PENALTY;
		if (gain <= 0) continue;
		const weight = gain * effect([kf, during.length], [kp, close.length], [ko, far.length]);
		if (weight > (best?.weight ?? 0))
			best = {
				operation,
				step,
				weight,
				before: [kp + ko, before.length],
				during: [kf, during.length],
				example: exampleOf(step, kf > 0 ? during : before),
			};
	}
	return best;
}

function stepCounts(calls: readonly Call[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const call of calls) for (const step of call.steps.keys()) counts.set(step, (counts.get(step) ?? 0) + 1);
	return counts;
}

function effect(during: [number, number], close: [number, number], far: [number, number]): number {
	const share = ([k, n]: [number, number]): number => (k + 0.5) / (n + 1);
	const dClose = close[1] >= 3 ? share(during) - share(close) : undefined;
	const dFar = far[1] >= 3 ? share(during) - share(far) : undefined;
	if (dClose !== undefined && dFar !== undefined)
		return Math.max(dClose * dFar > 0 ? Math.min(Math.abs(dClose), Math.abs(dFar)) : 0, FAR_ONLY * Math.abs(dFar));
	return Math.abs(dClose ?? dFar ?? 0);
}

function exampleOf(step: string, calls: readonly Call[]): Signal | undefined {
	for (const call of calls) {
		const signal = call.steps.get(step);
		if (signal !== undefined) return signal;
	}
	return undefined;
}

function toLead(candidate: string, c: Changed, weight: number, situation: Situation, moment: Moment): Lead {
	const name = c.step.startsWith("log ")
		? `"${(situation.templates.text(c.step.slice(4)) ?? c.example?.body ?? "").slice(0, 120)}"`
		: c.step;
	const fewer = c.during[0] / c.during[1] < c.before[0] / c.before[1];
	const entry = c.operation.split("\u0000")[1] ?? "";
	return {
		candidate,
		// What a step that is no longer taken looked like was seen at another instance, before.
		resource: fewer ? candidate : (c.example?.resource ?? candidate),
		kind: "call-volume",
		role: "intrinsic",
		mechanisms: new Map([["wrong-result", 0.4]]),
		subject: entry,
		direction: fewer ? "gone" : "new",
		strength: (0.9 * weight) / (weight + HALF),
		onset: moment.onset,
		recovered: undefined,
		text: `${entry} takes the step ${name} in ${c.during[0]} of ${c.during[1]} calls, ${c.before[0]} of ${c.before[1]} before`,
		votes: [`G-test, weight ${weight.toFixed(1)}`],
		cites: c.example === undefined ? [] : [c.example],
		loud: false,
	};
}
