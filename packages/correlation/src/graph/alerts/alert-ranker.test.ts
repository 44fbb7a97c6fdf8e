import { describe, expect, it } from "vitest";
import { madeUpAlertGraphs } from "../../testing/alert-graphs.ts";
import { trainAlertRanker } from "./alert-ranker.ts";

const graphs = madeUpAlertGraphs(48);
const [train, test] = [graphs.slice(0, 36), graphs.slice(36)];
const ranker = trainAlertRanker(train);

describe("trainAlertRanker", () => {
	it("finds the roots of incidents that it has not seen", () => {
		expect(test.map((graph) => ranker.rank(graph)[0]?.resource)).toEqual(test.map((graph) => graph.root));
	});

	it("ranks every node, by probabilities", () => {
		const ranking = ranker.rank(test[0] as (typeof test)[0]);
		expect(ranking.map((r) => r.resource).sort()).toEqual([...(test[0]?.nodes ?? [])].sort());
		expect(ranking.reduce((sum, r) => sum + r.score, 0)).toBeCloseTo(1, 9);
		expect(ranking.map((r) => r.score)).toEqual(ranking.map((r) => r.score).sort((a, b) => b - a));
	});

	it("is the same each time, and never reads the answer", () => {
		const again = trainAlertRanker(train);
		for (const graph of test) expect(again.rank({ ...graph, root: "a lie" } as typeof graph)).toEqual(ranker.rank(graph));
	});

	it("learns nothing from the candidates' names", () => {
		const rename = (node: string): string => `x${[...node.replace(/-\d+$/, "")].reverse().join("")}${/-\d+$/.exec(node)?.[0]}`;
		const other = madeUpAlertGraphs(48, rename);
		const renamed = trainAlertRanker(other.slice(0, 36));
		for (const [i, graph] of test.entries())
			expect(renamed.rank(other[36 + i] as (typeof test)[0])).toEqual(
				ranker.rank(graph).map((r) => ({ ...r, resource: rename(r.resource) })),
			);
	});

	it("ranks a system that it has never seen by what it has learned of alerts", () => {
		const rank = ranker.rank({
			id: "other",
			nodes: ["a", "b", "c"],
			edges: [[0, 1]],
			alerts: [
				{ kind: "metric", node: "b", token: ["memory", "up"] },
				{ kind: "metric", node: "a", token: ["latency", "up"] },
			],
		});
		expect(rank[0]?.resource).toBe("b");
	});
});
