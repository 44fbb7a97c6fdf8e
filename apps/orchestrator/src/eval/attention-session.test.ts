import { readFileSync } from "node:fs";
import { seededRandom } from "@faultline/contracts";
import { attend, trainAlertAttention } from "@faultline/correlation";
import { expect, it } from "vitest";
import { openAttention } from "./attention-session.ts";

it("scores in ONNX Runtime as the network that was trained", async () => {
	const nodes = ["web-0", "web-1", "db-0"];
	const graphs = Array.from({ length: 12 }, (_, k) => ({
		id: `g${k}`,
		nodes,
		edges: [
			[0, 2],
			[1, 2],
		] as [number, number][],
		root: nodes[k % 3] as string,
		alerts: [
			{ kind: "metric", node: nodes[k % 3] as string, token: ["memory", "up"] },
			{ kind: "metric", node: nodes[(k + 1) % 3] as string, token: ["latency", "up"] },
			{ kind: "trace", node: "web-0", token: ["db-0", "query", "slow"] },
		],
	}));
	const { weights, input } = trainAlertAttention(graphs, seededRandom(1));
	const { score, close } = await openAttention(weights, "");
	for (const graph of graphs) {
		const expected = attend(weights, input(graph)).scores;
		for (const [i, found] of (await score(input(graph))).entries()) expect(found).toBeCloseTo(expected[i] as number, 4);
		expect(expected.indexOf(Math.max(...expected))).toBe(nodes.indexOf(graph.root));
	}
	await close();
});

it("runs the graph that the manifest names", () => {
	const manifest = JSON.parse(readFileSync(new URL("../../../../models/gat/manifest.json", import.meta.url), "utf8"));
	expect(manifest).toMatchObject({
		name: "gat",
		task: "graph-attention",
		sha256: { "model.onnx": expect.stringMatching(/^[0-9a-f]{64}$/) },
	});
});
