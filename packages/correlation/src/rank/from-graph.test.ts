import { describe, expect, it } from "vitest";
import type { Lead } from "../evidence/lead.ts";
import { createSituation } from "../situation.ts";
import { evidence, templatesOf } from "../testing/evidence.ts";
import { sharedBy, surgeOrigins } from "./from-graph.ts";
import { sortOf } from "./weights.ts";

/** edge -> a, b, c; a and b -> store; c -> cache. */
const EDGES: [string, string][] = [
	["edge", "a"],
	["edge", "b"],
	["edge", "c"],
	["a", "store"],
	["b", "store"],
	["c", "cache"],
];
const set = evidence({
	topology: {
		nodes: [...new Set(EDGES.flat())].map((id) => ({ id })),
		edges: EDGES.map(([from, to]) => ({ from, to, kind: "calls" as const, learnedFrom: "test" })),
	},
});
const situation = createSituation(set, templatesOf(set));

describe("sharedBy", () => {
	it("is 1 for what all that fail depend on, and nothing else does", () => {
		const shared = sharedBy(
			situation,
			new Map([
				["a", 1],
				["b", 1],
				["edge", 1],
			]),
		);
		expect(shared.get("store")).toBe(1);
		// Of three that fail two do not need a: 1 / sqrt((1 + 1) * 1), its own failure apart.
		expect(shared.get("a")).toBeCloseTo(Math.SQRT1_2, 12);
		expect(shared.get("cache")).toBeCloseTo(1 / Math.sqrt((1 + 2) * (1 + 1)), 12);
	});

	it("is nothing where nothing fails", () => expect(sharedBy(situation, new Map()).size).toBe(0));
});

describe("surgeOrigins", () => {
	const up = (candidate: string, strength: number): [string, Lead[]] => [
		candidate,
		[{ candidate, kind: "metric", role: "load", strength, mechanisms: new Map([["traffic-surge", 1]]) } as unknown as Lead],
	];

	it("is the one that nobody who is asked for more asks", () => {
		const origins = surgeOrigins(situation, new Map([up("edge", 0.8), up("a", 0.9), up("b", 0.7), up("store", 0.6)]), 6);
		expect([...origins]).toEqual([["edge", expect.closeTo((0.8 * 4) / 6, 12)]]);
	});

	it("is none where only a few are asked for more", () => {
		expect(surgeOrigins(situation, new Map([up("edge", 0.8), up("a", 0.9)]), 6).size).toBe(0);
	});
});

describe("sortOf", () => {
	it.each([
		["db.client.connections.pending", "symptom"],
		["process_threads", "symptom"],
		["container_cpu_usage", "saturation"],
		["DatabaseConnections", "saturation"],
	])("of %s: %s", (subject, sort) => expect(sortOf({ kind: "metric", role: "intrinsic", subject })).toBe(sort));
});
