import type { Random } from "@faultline/contracts";
import { createNetwork, LAYERS, layersOf, type NetworkShape } from "./network.ts";

export interface TrainOptions {
	random: Random;
	/** Passes over the rows at most. */
	epochs?: number;
	/** Multiplications at most: what bounds the time, the same on every machine (1e9 are about a second). */
	work?: number;
	rate?: number;
	batch?: number;
	/** Passes without a better loss of the held-out rows after which it ends. */
	patience?: number;
}

export interface Trained {
	parameters: Float64Array;
	epochs: number;
	/** Mean loss of the held-out rows, in nats, of the parameters that are returned. */
	loss: number;
}

/** Adam's constants as its authors give them (Kingma & Ba, "Adam", ICLR 2015). */
const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8];
/** Longer gradients are shortened to this. */
const GREATEST_GRADIENT = 10;

/**
 * Trains on `rows` (standardised, one after the other) by Adam with the reparameterisation trick, one noise vector a row (Kingma & Welling,
 * section 2.3), and returns the parameters of the pass after which `heldOut` was explained best. Deterministic by `random`.
 */
export function train(shape: NetworkShape, rows: Float64Array, heldOut: Float64Array, options: TrainOptions): Trained {
	const { random, epochs = 200, work = 1.5e9, rate = 3e-3, batch = 64, patience = 12 } = options;
	const n = rows.length / shape.dimensions;
	const held = heldOut.length / shape.dimensions;
	const { size } = layersOf(shape);
	const step = createNetwork(shape, batch);
	const judge = createNetwork(shape, Math.max(1, held));
	const normal = createNormal(random);
	const judgeNoise = Float64Array.from({ length: held * shape.latent }, normal);
	const parameters = initialise(shape, random);
	const adam = createAdam(size, rate);
	const passes = Math.max(1, Math.min(epochs, Math.floor(work / (3 * size * n + size * held))));
	const [x, noise] = [new Float64Array(batch * shape.dimensions), new Float64Array(batch * shape.latent)];
	const order = Int32Array.from({ length: n }, (_, i) => i);
	const best: Trained = { parameters: parameters.slice(), epochs: 0, loss: Number.POSITIVE_INFINITY };
	for (let epoch = 1; epoch <= passes && epoch - best.epochs <= patience; epoch++) {
		shuffle(order, random);
		for (let start = 0; start < n; start += batch) {
			const count = Math.min(batch, n - start);
			for (let i = 0; i < count; i++) {
				const row = (order[start + i] as number) * shape.dimensions;
				x.set(rows.subarray(row, row + shape.dimensions), i * shape.dimensions);
			}
			for (let i = 0; i < count * shape.latent; i++) noise[i] = normal();
			adam(parameters, step(parameters, x, noise, count, true).gradient);
		}
		const { loss } = judge(parameters, heldOut, judgeNoise, Math.max(1, held), false);
		if (loss < best.loss) Object.assign(best, { parameters: parameters.slice(), epochs: epoch, loss });
	}
	return best;
}

/** Glorot & Bengio's uniform weights (AISTATS 2010, eq. 16), biases of 0. */
function initialise(shape: NetworkShape, random: Random): Float64Array {
	const { layers, size } = layersOf(shape);
	const parameters = new Float64Array(size);
	for (const name of LAYERS) {
		const { inputs, outputs, at } = layers[name];
		const bound = Math.sqrt(6 / (inputs + outputs));
		for (let i = 0; i < inputs * outputs; i++) parameters[at + i] = (2 * random() - 1) * bound;
	}
	return parameters;
}

function createAdam(size: number, rate: number): (parameters: Float64Array, gradient: Float64Array) => void {
	const [first, second] = [new Float64Array(size), new Float64Array(size)];
	let steps = 0;
	return (parameters, gradient) => {
		steps++;
		let length = 0;
		for (const g of gradient) length += g * g;
		const shorten = Math.min(1, GREATEST_GRADIENT / Math.max(EPSILON, Math.sqrt(length)));
		const now = rate * (Math.sqrt(1 - BETA_2 ** steps) / (1 - BETA_1 ** steps));
		for (let i = 0; i < size; i++) {
			const g = (gradient[i] as number) * shorten;
			const m = BETA_1 * (first[i] as number) + (1 - BETA_1) * g;
			const v = BETA_2 * (second[i] as number) + (1 - BETA_2) * g * g;
			first[i] = m;
			second[i] = v;
			parameters[i] = (parameters[i] as number) - (now * m) / (Math.sqrt(v) + EPSILON);
		}
	};
}

/** Standard normal numbers (Box & Muller 1958), two for every two of `random`. */
export function createNormal(random: Random): () => number {
	let spare: number | undefined;
	return () => {
		if (spare !== undefined) {
			const kept = spare;
			spare = undefined;
			return kept;
		}
		const radius = Math.sqrt(-2 * Math.log(1 - random()));
		const angle = 2 * Math.PI * random();
		spare = radius * Math.sin(angle);
		return radius * Math.cos(angle);
	};
}

export function shuffle(order: Int32Array, random: Random): void {
	for (let i = order.length - 1; i > 0; i--) {
		const j = Math.floor(random() * (i + 1));
		const swap = order[i] as number;
		order[i] = order[j] as number;
		order[j] = swap;
	}
}
