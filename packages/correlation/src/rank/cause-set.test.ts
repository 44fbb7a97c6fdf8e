import type { Anomaly } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import type { Lead } from "../evidence/lead.ts";
import { createSituation } from "../situation.ts";
import { evidence, templatesOf } from "../testing/evidence.ts";
import { causeSet } from "./cause-set.ts";
import { inOrder } from "./in-order.ts";
import type { ScoredCause } from "./rank-causes.ts";

/** web -> api -> store; shop -> queue. */
const EDGES: [string, string][] = [
	["web", "api"],
	["api", "store"],
	["shop", "queue"],
];
const set = evidence({
	topology: {
		nodes: [...new Set(EDGES.flat())].map((id) => ({ id })),
		edges: EDGES.map(([from, to]) => ({ from, to, kind: "calls" as const, learnedFrom: "test" })),
	},
});
const situation = createSituation(set, templatesOf(set));

function cause(candidate: string, score: number, leads: [Anomaly["kind"], Lead["role"], number][], victimOf?: string): ScoredCause {
	const made = leads.map(([kind, role, strength]) => ({ candidate, kind, role, strength, mechanisms: new Map() }) as unknown as Lead);
	return {
		candidate,
		score,
		abnormal: 0.8,
		leads: made,
		evidence: new Map(),
		victimOf,
		same: undefined,
		followed: undefined,
		onset: undefined,
	};
}
const killed: [Anomaly["kind"], Lead["role"], number][] = [
	["event", "intrinsic", 0.8],
	["metric", "intrinsic", 0.7],
];

describe("causeSet", () => {
	it("is the first cause where that reaches all that is abnormal", () => {
		const echoed = cause("api", 0.85, [
			["template", "intrinsic", 0.9],
			["self-time", "intrinsic", 0.9],
		]);
		expect(causeSet(situation, [cause("store", 0.9, killed), echoed])).toEqual(["store"]);
		expect(causeSet(situation, [])).toEqual([]);
	});

	it("has what broke beside it, where nothing links the two", () => {
		expect(causeSet(situation, [cause("store", 0.9, killed), cause("queue", 0.8, killed), cause("shop", 0.3, killed)])).toEqual([
			"store",
			"queue",
		]);
	});

	it("has a caller of the first only for what does not travel up the calls", () => {
		expect(causeSet(situation, [cause("store", 0.9, killed), cause("api", 0.8, killed)])).toEqual(["store", "api"]);
	});

	it("has nobody whose evidence is faint or a symptom, and nothing that a cause depends on", () => {
		const symptoms = cause("queue", 0.85, [["metric", "symptom", 0.99]]);
		expect(causeSet(situation, [cause("store", 0.9, killed), symptoms])).toEqual(["store"]);
		expect(causeSet(situation, [cause("api", 0.9, killed), cause("store", 0.89, killed)])).toEqual(["api"]);
	});

	it("ends at three", () => {
		const all = ["store", "queue", "web", "shop"].map((name, i) => cause(name, 0.9 - 0.01 * i, killed));
		expect(causeSet(situation, all)).toEqual(["store", "queue", "web"]);
	});
});

describe("inOrder", () => {
	it("moves causes and leaves the scores at their places", () => {
		const causes = [cause("a", 0.9, []), cause("b", 0.5, [], "a"), cause("c", 0.2, [], "a")];
		const moved = inOrder(causes, ["b", "a"]);
		expect(moved.map((c) => [c.candidate, c.score, c.victimOf])).toEqual([
			["b", 0.9, undefined],
			["a", 0.5, undefined],
			["c", 0.2, "a"],
		]);
		expect(inOrder(causes, []).map((c) => c.candidate)).toEqual(["a", "b", "c"]);
	});
});
