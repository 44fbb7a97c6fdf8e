import { AppError, type Random } from "@faultline/contracts";
import type * as OnnxRuntime from "onnxruntime-node";
import { loadNative } from "../native-module.ts";
import { writeOnnxModel } from "../onnx-model.ts";
import { checkRows, type Rows } from "../rows.ts";
import { vaeGraph } from "./graph.ts";
import type { NetworkShape } from "./network.ts";
import { fitStandard, type Standard, standardise } from "./standardise.ts";
import { createNormal, shuffle, type TrainOptions, train } from "./train.ts";

/**
 * Variational autoencoder: a point is as unusual as its features are surprising, given what the whole point made the network expect.
 *
 *   score(x) = -mean over l of ln p(x | z_l),   z_l drawn from q(z | x)
 *
 * Kingma & Welling, "Auto-Encoding Variational Bayes", ICLR 2014; the score is the reconstruction probability of An & Cho, "Variational
 * Autoencoder based Anomaly Detection using Reconstruction Probability", SNU 2015, algorithm 5. Trained here, per baseline, within a bounded
 * amount of work; evaluated by onnxruntime-node. Fit O(epochs n (d h + h z)).
 * Differs from the papers: the noise of the score is drawn once, so that equal points score equally.
 */
export interface VaeOptions extends Omit<TrainOptions, "random"> {
	random: Random;
	/** Hidden units each way, and numbers in the middle. */
	hidden?: number;
	latent?: number;
	/** Rows that it is trained on at most, drawn where there are more. */
	sample?: number;
	/** Share of them that is held out: decides when to stop, and calibrates. */
	heldOutShare?: number;
	/** Draws of z a score. */
	draws?: number;
}

/** A trained autoencoder as plain data. */
export interface VaeModel {
	shape: NetworkShape;
	standard: Standard;
	parameters: Float32Array;
	/** Noise of the score, draw by draw. */
	noise: Float32Array;
	/** Rows of the baseline that it was not trained on. */
	heldOut: Int32Array;
	epochs: number;
	/** Mean loss of the held-out rows, in nats. */
	loss: number;
}

/** Fewer rows say nothing of how features go together. */
const LEAST_ROWS = 20;
/** In training an outlier of the baseline counts as this many deviations; in a score everything further is equally far. */
const TRAINING_LIMIT = 10;
const SCORE_LIMIT = 1_000;

/** @throws AppError BAD_INPUT where the baseline is smaller than 20 rows or holds what is no finite number. */
export function fitVae(rows: Rows, options: VaeOptions): VaeModel {
	const n = checkRows(rows);
	const { dimensions } = rows;
	if (n < LEAST_ROWS)
		throw new AppError("BAD_INPUT", `a baseline of ${n} points is too small for an autoencoder`, { hint: `give at least ${LEAST_ROWS}` });
	const { random, sample = 4_000, heldOutShare = 0.25, draws = 8 } = options;
	const shape = {
		dimensions,
		hidden: options.hidden ?? Math.min(64, Math.max(8, 2 * dimensions)),
		latent: options.latent ?? Math.min(8, Math.max(1, Math.ceil(dimensions / 3))),
	};
	const order = Int32Array.from({ length: n }, (_, i) => i);
	shuffle(order, random);
	const used = Math.min(n, sample);
	const held = Math.max(1, Math.round(used * heldOutShare));
	const heldOut = order.slice(0, held).sort();
	const training = pick(rows, order.subarray(held, used));
	const standard = fitStandard(training);
	const standardised = (some: Rows): Float64Array => standardise(some, standard, TRAINING_LIMIT);
	const trained = train(shape, standardised(training), standardised(pick(rows, heldOut)), options);
	return {
		shape,
		standard,
		parameters: Float32Array.from(trained.parameters),
		noise: Float32Array.from({ length: draws * shape.latent }, createNormal(random)),
		heldOut,
		epochs: trained.epochs,
		loss: trained.loss,
	};
}

export interface VaeScores {
	/** By row: -ln p(x), in nats of the standardised features; higher is more unusual. */
	scores: Float64Array;
	/** By row and dimension: the part of the score that this feature makes. */
	surprise: Float32Array;
	/** By row and dimension: what the network expected, in the unit of the rows. */
	expected: Float64Array;
}

export interface Vae {
	score(rows: Rows): Promise<VaeScores>;
	close(): Promise<void>;
}

/** Rows that are scored at once. */
const BATCH = 1_024;

/** Opens the model in onnxruntime-node, which is loaded when this is first called. @throws AppError UNAVAILABLE where it is not installed. */
export async function openVae(model: VaeModel): Promise<Vae> {
	const runtime = loadNative("onnxruntime-node") as typeof OnnxRuntime | undefined;
	if (runtime === undefined)
		throw new AppError("UNAVAILABLE", "onnxruntime-node is not installed or does not run on this system", {
			hint: "run pnpm install in the checkout, or leave the autoencoder without a vote",
		});
	const { InferenceSession, Tensor } = runtime;
	const file = writeOnnxModel(vaeGraph(model.shape, model.parameters));
	const session = await InferenceSession.create(file, {
		executionProviders: ["cpu"],
		intraOpNumThreads: 1,
		interOpNumThreads: 1,
		logSeverityLevel: 3,
	});
	const { dimensions, latent } = model.shape;
	const noise = new Tensor("float32", model.noise, [model.noise.length / latent, latent]);
	async function score(rows: Rows): Promise<VaeScores> {
		const n = checkRows(rows);
		if (rows.dimensions !== dimensions)
			throw new AppError("BAD_INPUT", `points of ${rows.dimensions} dimensions for an autoencoder of ${dimensions}`, {
				hint: "score what it was trained on",
			});
		const x = Float32Array.from(standardise(rows, model.standard, SCORE_LIMIT));
		const result = { scores: new Float64Array(n), surprise: new Float32Array(x.length), expected: new Float64Array(x.length) };
		for (let start = 0; start < n; start += BATCH) {
			const batch = x.subarray(start * dimensions, Math.min(n, start + BATCH) * dimensions);
			const answer = await session.run({ x: new Tensor("float32", batch, [batch.length / dimensions, dimensions]), noise });
			result.surprise.set(answer.surprise?.data as Float32Array, start * dimensions);
			result.expected.set(answer.expected?.data as Float32Array, start * dimensions);
		}
		result.surprise.forEach((s, i) => {
			const [row, k] = [Math.floor(i / dimensions), i % dimensions];
			result.scores[row] = (result.scores[row] as number) + s;
			result.expected[i] = (result.expected[i] as number) * (model.standard.scale[k] as number) + (model.standard.centre[k] as number);
		});
		return result;
	}
	return { score, close: () => session.release() };
}

/** The trained network as an ONNX file, for any runtime. */
export const vaeFile = (model: VaeModel): Uint8Array => writeOnnxModel(vaeGraph(model.shape, model.parameters));

export function pick({ values, dimensions }: Rows, which: ArrayLike<number>): Rows {
	const picked = new Float64Array(which.length * dimensions);
	for (let i = 0; i < which.length; i++) {
		const row = (which[i] as number) * dimensions;
		picked.set(values.subarray(row, row + dimensions), i * dimensions);
	}
	return { values: picked, dimensions };
}
