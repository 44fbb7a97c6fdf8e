import type { OnnxConstant, OnnxGraph, OnnxNode } from "../onnx-model.ts";
import { LATENT_BOUNDS, LAYERS, type LayerName, LN_2_PI, layersOf, type NetworkShape, OUTPUT_BOUNDS } from "./network.ts";

/**
 * The trained network as an ONNX graph that scores rows by reconstruction probability (An & Cho 2015, algorithm 5), feature by feature:
 *
 *   surprise_j(x) = mean over l of 1/2 (ln t_j^2 + (x_j - x'_j)^2 / t_j^2 + ln 2 pi),   z_l = mu + s * noise_l
 *
 * Inputs: x [rows, dimensions], standardised; noise [draws, latent], the same for every row, so that a score does not depend on the batch.
 * Outputs: surprise and expected (the mean of x'), both [rows, dimensions].
 */
export function vaeGraph(shape: NetworkShape, parameters: ArrayLike<number>): OnnxGraph {
	const constants: Record<string, OnnxConstant> = {
		axis1: { integers: [1] },
		half: scalar(0.5),
		ln2pi: scalar(LN_2_PI),
		latentLeast: scalar(LATENT_BOUNDS[0]),
		latentGreatest: scalar(LATENT_BOUNDS[1]),
		outputLeast: scalar(OUTPUT_BOUNDS[0]),
		outputGreatest: scalar(OUTPUT_BOUNDS[1]),
	};
	const { layers } = layersOf(shape);
	for (const name of LAYERS) {
		const { inputs, outputs, at } = layers[name];
		const biases = at + inputs * outputs;
		constants[`${name}.weight`] = { floats: slice(parameters, at, biases), shape: [inputs, outputs] };
		constants[`${name}.bias`] = { floats: slice(parameters, biases, biases + outputs), shape: [outputs] };
	}
	const nodes: OnnxNode[] = [
		...dense("encode", "x", "a"),
		{ type: "Tanh", inputs: ["a"], output: "h" },
		...dense("mean", "h", "mu"),
		...dense("logVariance", "h", "latentLogRaw"),
		{ type: "Clip", inputs: ["latentLogRaw", "latentLeast", "latentGreatest"], output: "latentLog" },
		{ type: "Mul", inputs: ["latentLog", "half"], output: "latentLogHalf" },
		{ type: "Exp", inputs: ["latentLogHalf"], output: "s" },
		{ type: "Unsqueeze", inputs: ["mu", "axis1"], output: "mu1" },
		{ type: "Unsqueeze", inputs: ["s", "axis1"], output: "s1" },
		{ type: "Mul", inputs: ["s1", "noise"], output: "shift" },
		{ type: "Add", inputs: ["mu1", "shift"], output: "z" },
		...dense("decode", "z", "b"),
		{ type: "Tanh", inputs: ["b"], output: "g" },
		...dense("output", "g", "reconstruction"),
		...dense("outputLogVariance", "g", "outputLogRaw"),
		{ type: "Clip", inputs: ["outputLogRaw", "outputLeast", "outputGreatest"], output: "outputLog" },
		{ type: "Unsqueeze", inputs: ["x", "axis1"], output: "x1" },
		{ type: "Sub", inputs: ["x1", "reconstruction"], output: "error" },
		{ type: "Mul", inputs: ["error", "error"], output: "squared" },
		{ type: "Exp", inputs: ["outputLog"], output: "variance" },
		{ type: "Div", inputs: ["squared", "variance"], output: "scaled" },
		{ type: "Add", inputs: ["scaled", "outputLog"], output: "scaledAndLog" },
		{ type: "Add", inputs: ["scaledAndLog", "ln2pi"], output: "twice" },
		{ type: "Mul", inputs: ["twice", "half"], output: "surprises" },
		{ type: "ReduceMean", inputs: ["surprises"], output: "surprise", attributes: { axes: [1], keepdims: 0 } },
		{ type: "ReduceMean", inputs: ["reconstruction"], output: "expected", attributes: { axes: [1], keepdims: 0 } },
	];
	return {
		name: "variational autoencoder",
		nodes,
		constants,
		inputs: { x: ["rows", shape.dimensions], noise: ["draws", shape.latent] },
		outputs: { surprise: ["rows", shape.dimensions], expected: ["rows", shape.dimensions] },
	};
}

const scalar = (value: number): OnnxConstant => ({ floats: [value], shape: [] });

function dense(layer: LayerName, input: string, output: string): OnnxNode[] {
	return [
		{ type: "MatMul", inputs: [input, `${layer}.weight`], output: `${output}.product` },
		{ type: "Add", inputs: [`${output}.product`, `${layer}.bias`], output },
	];
}

const slice = (values: ArrayLike<number>, from: number, to: number): Float32Array =>
	Float32Array.from({ length: to - from }, (_, i) => values[from + i] as number);
