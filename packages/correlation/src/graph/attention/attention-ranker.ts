import type { Random } from "@faultline/contracts";
import {
	type Acquaintance,
	type AlertGraph,
	acquaint,
	type IndexedGraph,
	indexGraph,
	type LabelledAlertGraph,
} from "../alerts/alert-graph.ts";
import { featuresOf, type NodeFeatures } from "../alerts/node-features.ts";
import { type AttentionInput, type AttentionWeights, attend } from "./attention-network.ts";
import { trainAttention } from "./train-attention.ts";

/** Whom a node attends to, as bits: an edge may be several of these. */
export const RELATIONS = ["itself", "neighbour", "callee", "caller", "replica"] as const;

const SHAPE = { heads: 4, width: 8 };
const TRAINING = { epochs: 40, rate: 0.01, decay: 0.05, dropout: 0.3, batch: 8 };

/** A feature must have been seen in so many training graphs. */
const MIN_GRAPHS = 3;
/** Features that look at others are left out: looking at others is what the network learns. */
const OF_OTHERS = /^(?:callees|callers|replicas|versus) /;

export interface AttentionRanker {
	weights: AttentionWeights;
	/** A score per node. */
	score(graph: IndexedGraph, features: NodeFeatures): Float64Array;
	input(graph: IndexedGraph, features: NodeFeatures): AttentionInput;
}

export interface LabelledFeatures {
	graph: IndexedGraph;
	features: NodeFeatures;
	right: number;
}

/** Learns a graph attention network over the candidates' own features. */
export function trainAttentionRanker(labelled: readonly LabelledFeatures[], random: Random): AttentionRanker {
	const { columns, input } = inputsOf(labelled);
	const shape = { ...SHAPE, features: columns, relations: RELATIONS.length };
	const weights = trainAttention(
		shape,
		labelled.map(({ graph, features, right }) => ({ ...input(graph, features), right })),
		{ ...TRAINING, random },
	);
	return { weights, input, score: (graph, features) => attend(weights, input(graph, features)).scores };
}

/** How a network that learns from these graphs sees any. */
function inputsOf(labelled: readonly LabelledFeatures[]): { columns: number; input: AttentionRanker["input"] } {
	const columns = columnsOf(labelled.map((each) => each.features));
	const input = (graph: IndexedGraph, features: NodeFeatures): AttentionInput => ({
		size: graph.size,
		features: features.map((row) =>
			[...row].flatMap(([name, value]): [number, number][] => {
				const column = columns.get(name);
				return column === undefined || value === 0 ? [] : [[column.at, value * column.scale]];
			}),
		),
		attended: attendedOf(graph),
	});
	return { columns: columns.size, input };
}

/** Column and scale (1 / root mean square over all nodes) of each feature that enough graphs have. */
function columnsOf(graphs: readonly NodeFeatures[]): Map<string, { at: number; scale: number }> {
	const seen = new Map<string, { graphs: number; squares: number }>();
	let nodes = 0;
	for (const graph of graphs) {
		nodes += graph.length;
		const here = new Set<string>();
		for (const row of graph) {
			for (const [name, value] of row) {
				if (OF_OTHERS.test(name) || value === 0) continue;
				const of = seen.get(name) ?? { graphs: 0, squares: 0 };
				seen.set(name, of);
				of.squares += value * value;
				if (!here.has(name)) of.graphs++;
				here.add(name);
			}
		}
	}
	const kept = [...seen].filter(([, of]) => of.graphs >= MIN_GRAPHS);
	return new Map(kept.map(([name, of], at) => [name, { at, scale: 1 / Math.sqrt(of.squares / nodes) }]));
}

export function attendedOf(graph: IndexedGraph): [number, number][][] {
	return Array.from({ length: graph.size }, (_, i) => {
		const bits = new Map<number, number>([[i, 1]]);
		for (const [r, others] of [graph.neighbours[i], graph.callees[i], graph.callers[i], graph.replicas[i]].entries())
			for (const j of others ?? []) if (j !== i) bits.set(j, (bits.get(j) ?? 0) | (2 << r));
		return [...bits];
	});
}

/** A network that was trained, and how it sees a graph. */
export interface AlertAttention {
	weights: AttentionWeights;
	input(graph: AlertGraph): AttentionInput;
}

/** Learns the network from labelled alert graphs; scores are computed by `attend`, or by models/gat with the weights as its inputs. */
export function trainAlertAttention(graphs: readonly LabelledAlertGraph[], random: Random): AlertAttention {
	const { known, labelled } = labelledFeatures(graphs);
	const { weights, input } = trainAttentionRanker(labelled, random);
	return { weights, input: inputOf(known, input) };
}

/** The network again from its weights and the graphs that they were learned from. @throws RangeError where those are not the graphs */
export function alertAttentionOf(graphs: readonly LabelledAlertGraph[], weights: AttentionWeights): AlertAttention {
	const { known, labelled } = labelledFeatures(graphs);
	const { columns, input } = inputsOf(labelled);
	if (columns !== weights.shape.features) throw new RangeError("these weights were learned from other graphs");
	return { weights, input: inputOf(known, input) };
}

function labelledFeatures(graphs: readonly LabelledAlertGraph[]): { known: Acquaintance; labelled: LabelledFeatures[] } {
	const known = acquaint(graphs);
	const labelled = graphs.map((graph) => {
		const indexed = indexGraph(graph, known);
		return { graph: indexed, features: featuresOf(indexed), right: graph.nodes.indexOf(graph.root) };
	});
	return { known, labelled: labelled.filter(({ right }) => right >= 0) };
}

function inputOf(known: Acquaintance, input: AttentionRanker["input"]): AlertAttention["input"] {
	return (graph) => {
		const indexed = indexGraph(graph, known);
		return input(indexed, featuresOf(indexed));
	};
}
