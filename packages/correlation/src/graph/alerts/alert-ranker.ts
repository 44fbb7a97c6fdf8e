import { type AlertGraph, acquaint, indexGraph, type LabelledAlertGraph } from "./alert-graph.ts";
import { type BoostedRanker, type ListedRows, trainBoostedRanker } from "./boosted-ranker.ts";
import { trainLinearRanker } from "./linear-ranker.ts";
import { featuresOf } from "./node-features.ts";
import { type RankedNode, rankByScore } from "./ranked-node.ts";

export interface AlertRanker {
	/** Every node of the graph, the likeliest root first; equal ones in the graph's order. */
	rank(graph: AlertGraph): RankedNode[];
}

export interface AlertRankerOptions {
	/** Of the samples of lists and columns. */
	seed?: number;
}

/** A feature must have been seen in so many training graphs. */
const MIN_GRAPHS = 3;
/**
 * Chosen by 5-fold cross-validation on two labelled sets, the same for both. Over other splits than those it was chosen on, the share of roots
 * among the first five is about half a point lower: the few graphs whose root raised no alert decide it.
 */
const TREES = { rounds: 100, depth: 3, rate: 0.1, lambda: 1, minHessian: 0.3, columns: 0.15, lists: 0.8 };
const LINEAR = { steps: 150, rate: 0.02, l2: 0.03 };
const FORESTS = 5;
/** How much the linear score says beside the trees': it orders those of whom the trees know little. */
const LINEAR_WEIGHT = 0.3;

/**
 * A ranker of root causes, learned from labelled alert graphs: several forests of boosted trees and a conditional logit over the same
 * features of each candidate, their scores added. No feature holds a candidate's name.
 *
 * Deterministic by its seed. Cost: seconds for some hundreds of graphs; ranking one takes milliseconds.
 */
export function trainAlertRanker(graphs: readonly LabelledAlertGraph[], { seed = 1 }: AlertRankerOptions = {}): AlertRanker {
	const labelled = graphs.filter((graph) => graph.nodes.includes(graph.root));
	const known = acquaint(labelled);
	const features = labelled.map((graph) => featuresOf(indexGraph(graph, known)));
	const names = frequentNames(features);
	const rows = listRows(features, names);
	const right = labelled.map((graph, list) => (rows.starts[list] as number) + graph.nodes.indexOf(graph.root));
	const forests: BoostedRanker[] = Array.from({ length: FORESTS }, (_, k) =>
		trainBoostedRanker(rows, right, { ...TREES, random: mulberry32(seed * FORESTS + k) }),
	);
	const linear = trainLinearRanker(rows, right, LINEAR);
	return {
		rank(graph) {
			const one = listRows([featuresOf(indexGraph(graph, known))], names);
			const score = linear.score(one).map((s) => s * LINEAR_WEIGHT);
			for (const forest of forests) for (const [i, s] of forest.score(one).entries()) score[i] = (score[i] as number) + s / FORESTS;
			return rankByScore(graph.nodes, score);
		},
	};
}

function frequentNames(features: readonly ReturnType<typeof featuresOf>[]): string[] {
	const seenIn = new Map<string, number>();
	for (const nodes of features)
		for (const name of new Set(nodes.flatMap((node) => [...node.keys()]))) seenIn.set(name, (seenIn.get(name) ?? 0) + 1);
	const enough = Math.min(MIN_GRAPHS, features.length);
	return [...seenIn].flatMap(([name, n]) => (n >= enough ? [name] : [])).sort();
}

function listRows(features: readonly ReturnType<typeof featuresOf>[], names: readonly string[]): ListedRows {
	const starts = [0];
	for (const nodes of features) starts.push((starts.at(-1) ?? 0) + nodes.length);
	const values = new Float32Array((starts.at(-1) ?? 0) * names.length);
	let at = 0;
	for (const node of features.flat()) for (const name of names) values[at++] = node.get(name) ?? 0;
	return { columns: names.length, values, starts };
}

/** Tommy Ettinger's mulberry32: 32 bits of state, uniform in [0, 1). */
function mulberry32(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}
