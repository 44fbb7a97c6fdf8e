import type { Random } from "@faultline/contracts";
import { softmax } from "../alerts/linear-ranker.ts";
import { type AttentionInput, type AttentionShape, type AttentionWeights, attend, attendBackwards } from "./attention-network.ts";

export interface TrainingOptions {
	epochs: number;
	rate: number;
	/** Pull of every weight to 0. */
	decay: number;
	/** Share of a node's features that a pass does not see. */
	dropout: number;
	/** Graphs per step. */
	batch: number;
	random: Random;
}

export interface TrainingGraph extends AttentionInput {
	/** The node that is the right answer. */
	right: number;
}

/**
 * Learns to score the right node of each graph highest: L = -log softmax(scores)_right, by Adam with decoupled decay (Loshchilov & Hutter,
 * "Decoupled Weight Decay Regularization", ICLR 2019). Deterministic by `random`. Cost O(epochs graphs edges heads width).
 */
export function trainAttention(shape: AttentionShape, graphs: readonly TrainingGraph[], options: TrainingOptions): AttentionWeights {
	const { random, rate, decay } = options;
	const weights = initialise(shape, random);
	const all = arraysOf(weights);
	const first = all.map((array) => new Float64Array(array.length));
	const second = all.map((array) => new Float64Array(array.length));
	let step = 0;
	for (let epoch = 0; epoch < options.epochs; epoch++) {
		const order = shuffled(graphs.length, random);
		for (let from = 0; from < order.length; from += options.batch) {
			const gradient = zeros(shape);
			const batch = order.slice(from, from + options.batch);
			for (const i of batch) learnFrom(weights, withDropout(graphs[i] as TrainingGraph, options), batch.length, gradient);
			step++;
			// a straight line down: the last epochs settle
			const now = rate * (1 - epoch / options.epochs);
			const [mBias, vBias] = [1 - 0.9 ** step, 1 - 0.999 ** step];
			for (const [n, g] of arraysOf(gradient).entries()) {
				const [w, m, v] = [all[n] as Float64Array, first[n] as Float64Array, second[n] as Float64Array];
				for (let k = 0; k < w.length; k++) {
					const d = g[k] as number;
					m[k] = 0.9 * (m[k] as number) + 0.1 * d;
					v[k] = 0.999 * (v[k] as number) + 0.001 * d * d;
					const move = (m[k] as number) / mBias / (Math.sqrt((v[k] as number) / vBias) + 1e-8);
					w[k] = (w[k] as number) * (1 - now * decay) - now * move;
				}
			}
		}
	}
	return weights;
}

function learnFrom(weights: AttentionWeights, graph: TrainingGraph, share: number, gradient: AttentionWeights): void {
	const pass = attend(weights, graph);
	const d = softmax(pass.scores);
	d[graph.right] = (d[graph.right] as number) - 1;
	attendBackwards(
		weights,
		graph,
		pass,
		d.map((x) => x / share),
		gradient,
	);
}

/** Glorot's uniform start for products, 0 for biases and for what reads the layers' output: it begins as the logit. */
function initialise(shape: AttentionShape, random: Random): AttentionWeights {
	const weights = zeros(shape);
	const wide = shape.heads * shape.width;
	const spread = (array: Float64Array, limit: number): void => {
		for (let k = 0; k < array.length; k++) array[k] = (2 * random() - 1) * limit;
	};
	for (const [n, layer] of weights.layers.entries()) {
		spread(layer.w, Math.sqrt(6 / ((n === 0 ? shape.features : wide) + wide)));
		spread(layer.a, Math.sqrt(6 / (shape.width + 1)));
		spread(layer.b, Math.sqrt(6 / (shape.width + 1)));
	}
	spread(weights.u, Math.sqrt(6 / (2 * wide + 1)));
	return weights;
}

export function zeros(shape: AttentionShape): AttentionWeights {
	const wide = shape.heads * shape.width;
	const layer = (inputs: number) => ({
		w: new Float64Array(inputs * wide),
		a: new Float64Array(wide),
		b: new Float64Array(wide),
		c: new Float64Array(shape.heads * shape.relations),
	});
	return { shape, layers: [layer(shape.features), layer(wide)], u: new Float64Array(2 * wide), v: new Float64Array(shape.features) };
}

/** Every array of the weights, in one order. */
export function arraysOf({ layers, u, v }: AttentionWeights): Float64Array[] {
	return [...layers.flatMap(({ w, a, b, c }) => [w, a, b, c]), u, v];
}

/** Features left out at random; those kept are made larger, so that their sum stays. */
function withDropout(graph: TrainingGraph, { dropout, random }: TrainingOptions): TrainingGraph {
	if (dropout === 0) return graph;
	const keep = 1 - dropout;
	const features = graph.features.map((row) =>
		row.flatMap(([column, value]): [number, number][] => (random() < keep ? [[column, value / keep]] : [])),
	);
	return { ...graph, features };
}

function shuffled(n: number, random: Random): number[] {
	const order = Array.from({ length: n }, (_, i) => i);
	for (let i = n - 1; i > 0; i--) {
		const j = Math.floor(random() * (i + 1));
		[order[i], order[j]] = [order[j] as number, order[i] as number];
	}
	return order;
}
