import { join } from "node:path";
import type { AttentionInput, AttentionWeights } from "@faultline/correlation";
import { checkHashes, loadOnnxRuntime, readManifest } from "@faultline/logs/encoders";
import { findModelFolder, modelFolders } from "../models/model-folders.ts";

export interface AttentionSession {
	/** A score per node. */
	score(input: AttentionInput): Promise<Float32Array>;
	close(): Promise<void>;
}

/**
 * The attention network through ONNX Runtime: models/gat is one graph for any size whose weights are inputs, since each labelled set trains its own.
 * @throws what loading a model throws
 */
export async function openAttention({ shape, layers, u, v }: AttentionWeights, dataDir: string): Promise<AttentionSession> {
	const folder = await findModelFolder("gat", modelFolders(dataDir));
	const manifest = await readManifest(folder);
	if (manifest !== undefined) await checkHashes(folder, manifest);
	const { InferenceSession, Tensor } = loadOnnxRuntime();
	const session = await InferenceSession.create(join(folder, "model.onnx"));
	const tensor = (values: Float64Array, dims: number[]) => new Tensor("float32", Float32Array.from(values), dims);
	const wide = shape.heads * shape.width;
	const weights = Object.fromEntries(
		layers.flatMap(({ w, a, b, c }, n) => [
			[`w${n + 1}`, tensor(w, [n === 0 ? shape.features : wide, wide])],
			[`a${n + 1}`, tensor(a, [shape.heads, shape.width])],
			[`b${n + 1}`, tensor(b, [shape.heads, shape.width])],
			[`c${n + 1}`, tensor(c, [shape.heads, shape.relations])],
		]),
	);
	return {
		async score({ size, features, attended }) {
			const x = new Float32Array(size * shape.features);
			for (const [i, row] of features.entries()) for (const [column, value] of row) x[i * shape.features + column] = value;
			const relations = new Float32Array(shape.relations * size * size);
			for (const [i, others] of attended.entries())
				for (const [j, bits] of others) for (let r = 0; r < shape.relations; r++) relations[(r * size + i) * size + j] = (bits >> r) & 1;
			const { scores } = await session.run({
				...weights,
				u: tensor(u, [2 * wide]),
				v: tensor(v, [shape.features]),
				features: new Tensor("float32", x, [size, shape.features]),
				relations: new Tensor("float32", relations, [shape.relations, size, size]),
			});
			return scores?.data as Float32Array;
		},
		close: () => session.release(),
	};
}
