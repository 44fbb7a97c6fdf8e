import { readFileSync } from "node:fs";
import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { madeUpAlertGraphs } from "../../testing/alert-graphs.ts";
import { acquaint, indexGraph } from "../alerts/alert-graph.ts";
import { softmax } from "../alerts/linear-ranker.ts";
import { featuresOf } from "../alerts/node-features.ts";
import { type AttentionInput, type AttentionWeights, attend, attendBackwards } from "./attention-network.ts";
import { trainAttentionRanker } from "./attention-ranker.ts";
import { arraysOf, zeros } from "./train-attention.ts";

const oracle = JSON.parse(readFileSync(new URL("../../../oracle/attention-figures.json", import.meta.url), "utf8"));
const named = (weights: AttentionWeights): Record<string, Float64Array> => ({
	...Object.fromEntries(weights.layers.flatMap((layer, n) => Object.entries(layer).map(([name, array]) => [`${name}${n + 1}`, array]))),
	u: weights.u,
	v: weights.v,
});

function fromOracle(): { weights: AttentionWeights; input: AttentionInput } {
	const weights = zeros(oracle.shape);
	for (const [name, array] of Object.entries(named(weights))) array.set(oracle.weights[name]);
	const features = (oracle.features as number[][]).map((row) => row.flatMap((x, at): [number, number][] => (x === 0 ? [] : [[at, x]])));
	const size = features.length;
	const attended = Array.from({ length: size }, (_, i) =>
		Array.from({ length: size }, (_, j): [number, number] => [
			j,
			(oracle.relations as number[][][]).reduce((bits, relation, r) => bits | ((relation[i]?.[j] ?? 0) << r), 0),
		]).filter(([, bits]) => bits !== 0),
	);
	return { weights, input: { size, features, attended } };
}

describe("the graph attention network", () => {
	it("gives PyTorch's scores", () => {
		const { weights, input } = fromOracle();
		attend(weights, input).scores.forEach((score, i) => {
			expect(score).toBeCloseTo(oracle.scores[i], 5);
		});
	});

	it("has PyTorch's gradients", () => {
		const { weights, input } = fromOracle();
		const pass = attend(weights, input);
		const d = softmax(pass.scores);
		d[oracle.right] = (d[oracle.right] as number) - 1;
		const into = zeros(oracle.shape);
		attendBackwards(weights, input, pass, d, into);
		for (const [name, array] of Object.entries(named(into)))
			for (const [k, value] of array.entries()) expect(value, `${name} ${k}`).toBeCloseTo(oracle.gradients[name][k], 4);
	});

	it("learns roots from made-up incidents, the same each time, and ranks those that it has not seen", () => {
		const graphs = madeUpAlertGraphs(48);
		const known = acquaint(graphs.slice(0, 36));
		const labelled = graphs.map((graph) => {
			const indexed = indexGraph(graph, known);
			return { graph: indexed, features: featuresOf(indexed), right: graph.nodes.indexOf(graph.root) };
		});
		const train = () => trainAttentionRanker(labelled.slice(0, 36), seededRandom(1));
		const once = train();
		expect(arraysOf(train().weights)).toEqual(arraysOf(once.weights));
		const found = labelled.slice(36).map(({ graph, features }) => {
			const scores = once.score(graph, features);
			return scores.indexOf(Math.max(...scores));
		});
		expect(found).toEqual(labelled.slice(36).map(({ right }) => right));
	});
});
