import type { IncidentGraph } from "@faultline/contracts";
import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { madeUpAlertGraphs } from "../../testing/alert-graphs.ts";
import { attend } from "../attention/attention-network.ts";
import { alertAttentionOf, trainAlertAttention } from "../attention/attention-ranker.ts";
import { carriedBy } from "../attention/carried.ts";
import { alertGraphOf, similarityOf } from "./from-graph.ts";

function graph(names: [string, string], tokens: string[][]): IncidentGraph {
	const [first, second] = names;
	return {
		nodes: names.map((resource, i) => ({
			resource,
			kind: "service",
			role: "abnormal" as const,
			score: 0.5,
			abnormal: i === 0 ? 0.9 : 0,
			victimOf: null,
			reasons: [],
		})),
		edges: [{ from: second, to: first, kind: "calls", learnedFrom: ["spans"], weight: 1, carried: false, lagMs: null }],
		observations: tokens.map((token) => [0, `metric ${token.join(" ")}`]),
	};
}

describe("alertGraphOf", () => {
	it("has the candidates by name, what was seen at them, and which end of an edge is abnormal", () => {
		const made = alertGraphOf("i1", graph(["web", "db"], [["up", "i3"]]));
		expect(made?.nodes).toEqual(["db", "web"]);
		expect(made?.edges).toEqual([[0, 1]]);
		expect(made?.alerts.map((a) => [a.kind, a.node, ...a.token])).toEqual([
			["is", "web", "service"],
			["place", "web", "1"],
			["score", "web", "5"],
			["is", "db", "service"],
			["place", "db", "2"],
			["score", "db", "5"],
			["metric", "web", "up", "i3"],
			["trace", "db", "web", "depends", "callee abnormal"],
		]);
	});

	it("is none of a report without observations", () => {
		const { observations: _, ...old } = graph(["a", "b"], []);
		expect(alertGraphOf("i1", old)).toBeUndefined();
	});
});

describe("similarityOf", () => {
	const of = (names: [string, string], tokens: string[][]) =>
		alertGraphOf("i", graph(names, tokens)) as NonNullable<ReturnType<typeof alertGraphOf>>;
	it("does not see names or places, only what was abnormal", () => {
		const up = [["up", "i3"]];
		expect(similarityOf(of(["a", "b"], up), of(["c", "d"], up))).toBeCloseTo(1, 12);
		expect(similarityOf(of(["a", "b"], up), of(["a", "b"], [["down", "l1"]]))).toBe(0);
		expect(similarityOf(of(["a", "b"], up), of(["a", "b"], [...up, ["down", "l1"]]))).toBeCloseTo(Math.SQRT1_2, 12);
	});
});

describe("alertAttentionOf", () => {
	const graphs = madeUpAlertGraphs(12);
	const trained = trainAlertAttention(graphs, seededRandom(1));

	it("is the network that was trained", () => {
		const again = alertAttentionOf(graphs, trained.weights);
		for (const one of graphs.slice(0, 3))
			expect([...attend(again.weights, again.input(one)).scores]).toEqual([...attend(trained.weights, trained.input(one)).scores]);
		expect(() => alertAttentionOf(graphs.slice(0, 2), trained.weights)).toThrow(RangeError);
	});

	it("says over which edges a score came: shares of one, the node itself left out", () => {
		const input = trained.input(graphs[0] as (typeof graphs)[number]);
		const node = input.attended.findIndex((others) => others.length > 1);
		const carried = carriedBy(trained.weights, input, node);
		expect(carried.map((c) => c.node).sort()).toEqual(
			(input.attended[node] ?? [])
				.map(([j]) => j)
				.filter((j) => j !== node)
				.sort(),
		);
		const sum = carried.reduce((total, c) => total + c.attention, 0);
		expect(sum).toBeGreaterThan(0);
		expect(sum).toBeLessThan(1);
	});
});
