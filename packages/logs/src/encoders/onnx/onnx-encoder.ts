import { availableParallelism } from "node:os";
import type { Encoder } from "@faultline/contracts";
import { type EncoderFiles, readEncoderFiles } from "./manifest.ts";
import { createWorkerPool } from "./worker-pool.ts";

export interface OnnxEncoderOptions {
	/**
	 * Texts that go through the model at once, default 32. With 1 a vector depends on its text alone: quantised models round by the whole
	 * batch, so that otherwise the last digits depend on a text's neighbours.
	 */
	batch?: number;
	/** Threads at most; default by the cores, 2 at most. */
	threads?: number;
}

export interface OnnxEncoder extends Encoder {
	readonly version: string;
	readonly input: "raw" | "normalised";
	readonly files: EncoderFiles;
	/** Opens the model, as the first `encode` does otherwise: takes 60 to 200 ms for a small one. */
	open(): Promise<void>;
	close(): Promise<void>;
}

/** Texts of one order to a thread. */
const BLOCK = 256;
const MOST_THREADS = 2;

/**
 * A model of models/<name>/ (model.onnx, tokenizer.json, manifest.json), or any Hugging Face encoder exported to ONNX, as an `Encoder`.
 * Hashes are checked at once; the model itself is opened in a thread of its own by the first text, unless there is no manifest to say how
 * long its vectors are.
 * @throws NOT_FOUND, BAD_INPUT (damaged, or a tokenizer of another model), UNAVAILABLE (no ONNX Runtime)
 */
export async function createOnnxEncoder(folder: string, options: OnnxEncoderOptions = {}): Promise<OnnxEncoder> {
	const { batch = 32, threads = Math.min(MOST_THREADS, availableParallelism()) } = options;
	const files = await readEncoderFiles(folder);
	const pool = createWorkerPool(files, Math.max(1, threads));
	const dimensions = files.dimensions ?? (await pool.facts()).dimensions;
	return {
		name: files.name,
		version: files.version,
		dimensions,
		input: files.input,
		files,
		async open() {
			await pool.facts();
		},
		async encode(texts, signal) {
			if (texts.length === 0) return [];
			// Texts of like length together, by characters here and by tokens in the thread. The blocks depend on the texts alone.
			const order = texts.map((_, i) => i).sort((a, b) => (texts[a]?.length ?? 0) - (texts[b]?.length ?? 0) || a - b);
			const vectors = new Array<Float32Array>(texts.length);
			await Promise.all(
				blocksOf(order).map(async (block) => {
					const found = await pool.run({ texts: block.map((i) => texts[i] as string), batch }, signal);
					block.forEach((i, r) => {
						vectors[i] = found.slice(r * dimensions, (r + 1) * dimensions);
					});
				}),
			);
			return vectors;
		},
		close: () => pool.close(),
	};
}

/** Blocks of at most BLOCK; few texts are still spread over the threads. */
function blocksOf(order: readonly number[]): number[][] {
	const size = Math.min(BLOCK, Math.max(64, Math.ceil(order.length / MOST_THREADS)));
	return Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));
}
