import { AppError } from "@faultline/contracts";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { toUnitLength } from "../unit-length.ts";
import { type LineTokenizer, readLineTokenizer } from "./line-tokenizer.ts";
import { loadOnnxRuntime } from "./load-onnxruntime.ts";
import type { EncoderFiles } from "./manifest.ts";

/** What a model turned out to be when it was opened. */
export interface SessionFacts {
	dimensions: number;
	pooling: "in-graph" | "mean" | "cls";
	/** Different token ids. */
	vocabulary: number;
}

/** One model open in this thread; `encode` blocks it. */
export interface LineSession extends SessionFacts {
	/** Unit vectors of the texts, one after another. `batch` texts at most go through the model at once, those of like length together. */
	encode(texts: readonly string[], batch: number): Promise<Float32Array>;
	close(): Promise<void>;
}

const MEND = "restore the model's folder, or export the model anew; `faultline models verify` checks all of them";

/** Opens a model and tries it: a tokenizer or a size that does not match is found here, and never in a vector. @throws BAD_INPUT */
export async function openLineSession(files: EncoderFiles): Promise<LineSession> {
	const { InferenceSession } = loadOnnxRuntime();
	const tokenizer = await readLineTokenizer(files);
	const session = await InferenceSession.create(files.model, {
		executionProviders: ["cpu"],
		graphOptimizationLevel: "all",
		// The threads are ours: one session in each.
		intraOpNumThreads: 1,
		interOpNumThreads: 1,
		logSeverityLevel: 4,
	}).catch((cause: unknown) => {
		throw new AppError("BAD_INPUT", `${files.model} is damaged, or not a model that ONNX Runtime can run`, { cause, hint: MEND });
	});
	const inputs = inputsOf(session, files);
	const output = outputOf(session, files);
	const run = createRunner({ session, files, inputs, output, padId: tokenizer.padId });
	const dimensions = await probe(run, tokenizer, files);
	return {
		dimensions,
		pooling: output.pooling,
		vocabulary: tokenizer.size,
		encode: (texts, batch) => encodeByLength({ texts, batch, tokenizer, run, dimensions }),
		close: () => session.release(),
	};
}

type IntegerType = "int32" | "int64";
interface ModelInput {
	name: string;
	type: IntegerType;
	role: "ids" | "mask" | "zeros";
}

const ROLES: Record<string, ModelInput["role"]> = { input_ids: "ids", attention_mask: "mask", token_type_ids: "zeros" };

/** What the graph asks for, by its own names and number types. */
function inputsOf(session: InferenceSession, { model }: EncoderFiles): ModelInput[] {
	const inputs = session.inputMetadata.map((meta) => {
		const role = ROLES[meta.name];
		if (role === undefined || !meta.isTensor || (meta.type !== "int32" && meta.type !== "int64"))
			throw new AppError("BAD_INPUT", `${model}: it asks for the input "${meta.name.slice(0, 60)}", which no encoder of lines has`, {
				hint: "export it with the inputs input_ids and attention_mask (and token_type_ids) of 32 or 64 bit integers",
			});
		return { name: meta.name, type: meta.type, role };
	});
	if (inputs.some((i) => i.role === "ids")) return inputs;
	throw new AppError("BAD_INPUT", `${model}: it has no input "input_ids"`, { hint: MEND });
}

interface ModelOutput {
	name: string;
	pooling: SessionFacts["pooling"];
}

/** The output that holds the vectors: one per text ("embedding"), or one per token that is pooled here ("last_hidden_state"). */
function outputOf(session: InferenceSession, { pooling, model }: EncoderFiles): ModelOutput {
	const ofRank = (rank: number) =>
		session.outputMetadata.flatMap((meta) => (meta.isTensor && meta.type === "float32" && meta.shape.length === rank ? [meta.name] : []));
	const perText = ofRank(2).sort((a, b) => rankOf(a) - rankOf(b))[0];
	const perToken = ofRank(3).sort((a, b) => Number(b === "last_hidden_state") - Number(a === "last_hidden_state"))[0];
	// BERT's pooler_output was made for another task: only a manifest may mean it.
	const pooled = perText !== undefined && (pooling === "in-graph" || rankOf(perText) < 2) ? perText : undefined;
	if (pooling !== "mean" && pooling !== "cls" && pooled !== undefined) return { name: pooled, pooling: "in-graph" };
	if (pooling !== "in-graph" && perToken !== undefined) return { name: perToken, pooling: pooling ?? "mean" };
	throw new AppError("BAD_INPUT", `${model}: it has no output that fits its pooling (${pooling ?? "mean"})`, {
		hint: 'export it with the output "embedding" [texts, d] or "last_hidden_state" [texts, tokens, d], of 32 bit numbers',
	});
}

/** How surely an output of one vector per text is an embedding. */
function rankOf(name: string): number {
	const at = [/^(sentence_)?embeddings?$/, /embed/].findIndex((pattern) => pattern.test(name));
	return at < 0 ? 2 : at;
}

/** Runs rows of token ids. @returns their vectors, not yet of unit length */
type Run = (rows: readonly (readonly number[])[]) => Promise<Float32Array[]>;

interface Opened {
	session: InferenceSession;
	files: EncoderFiles;
	inputs: readonly ModelInput[];
	output: ModelOutput;
	padId: number;
}

function createRunner({ session, files, inputs, output, padId }: Opened): Run {
	const { Tensor } = loadOnnxRuntime();
	const tensor = (rows: readonly (readonly number[])[], tokens: number, { role, type }: ModelInput): Tensor => {
		const values = type === "int64" ? new BigInt64Array(rows.length * tokens) : new Int32Array(rows.length * tokens);
		if (role !== "zeros")
			rows.forEach((row, r) => {
				for (let t = 0; t < tokens; t++) {
					const value = role === "mask" ? Number(t < row.length) : (row[t] ?? padId);
					values[r * tokens + t] = type === "int64" ? BigInt(value) : value;
				}
			});
		return new Tensor(type, values, [rows.length, tokens]);
	};
	return async (rows) => {
		const tokens = Math.max(...rows.map((row) => row.length));
		const feeds = Object.fromEntries(inputs.map((input) => [input.name, tensor(rows, tokens, input)]));
		const result = (await session.run(feeds, [output.name]))[output.name] as Tensor;
		return pool(result, rows, output.pooling, files);
	};
}

/** Sentence-BERT's mean over the tokens of a text (Reimers & Gurevych, EMNLP 2019), its first token's vector, or what the graph pooled. */
function pool(
	result: Tensor,
	rows: readonly (readonly number[])[],
	pooling: ModelOutput["pooling"],
	{ model }: EncoderFiles,
): Float32Array[] {
	const data = result.data as Float32Array;
	const [texts = 0, tokens = 0] = result.dims;
	const d = result.dims.at(-1) ?? 0;
	if (texts !== rows.length || d === 0 || data.length !== result.dims.reduce((a, b) => a * b, 1))
		throw new AppError("BAD_INPUT", `${model}: it answered ${texts} vectors for ${rows.length} texts`, { hint: MEND });
	if (pooling === "in-graph") return rows.map((_, r) => data.slice(r * d, (r + 1) * d));
	return rows.map((row, r) => {
		const sum = new Float32Array(d);
		for (let t = 0; t < (pooling === "cls" ? 1 : row.length); t++) {
			const at = (r * tokens + t) * d;
			for (let i = 0; i < d; i++) sum[i] = (sum[i] ?? 0) + (data[at + i] ?? 0);
		}
		return sum;
	});
}

/** One word; the highest token id, so that an embedding with fewer rows shows; the longest text where no manifest vouches for it. */
async function probe(run: Run, tokenizer: LineTokenizer, files: EncoderFiles): Promise<number> {
	const fail = (what: string, cause?: unknown) =>
		new AppError("BAD_INPUT", `${files.folder}: ${what}`, { cause, hint: "use the tokenizer and model that were saved together" });
	const first = await run([tokenizer.ids("a").concat(tokenizer.padId)]).catch((cause: unknown) => {
		throw cause instanceof AppError ? cause : fail("the model fails on its first word", cause);
	});
	await run([[tokenizer.highestId]]).catch((cause: unknown) => {
		throw fail(`the tokenizer does not match its model: its token ${tokenizer.highestId} is beyond the model's embedding`, cause);
	});
	if (!files.verified)
		await run([Array.from({ length: files.maxTokens }, () => tokenizer.highestId)]).catch((cause: unknown) => {
			throw fail(`the model does not take ${files.maxTokens} tokens; give it a manifest.json with its maxTokens`, cause);
		});
	const dimensions = first[0]?.length ?? 0;
	if (files.dimensions !== undefined && files.dimensions !== dimensions)
		throw fail(`manifest.json says ${files.dimensions} dimensions, and the model gives ${dimensions}`);
	return dimensions;
}

interface EncodeOrder {
	texts: readonly string[];
	batch: number;
	tokenizer: LineTokenizer;
	run: Run;
	dimensions: number;
}

async function encodeByLength({ texts, batch, tokenizer, run, dimensions }: EncodeOrder): Promise<Float32Array> {
	const rows = texts.map((text) => tokenizer.ids(text));
	const vectors = new Float32Array(texts.length * dimensions);
	const order = rows.map((_, i) => i).sort((a, b) => (rows[a]?.length ?? 0) - (rows[b]?.length ?? 0) || a - b);
	// A text without a token (an empty one, where no special token is added) has no vector of its own: the first axis stands for it.
	const empty = order.filter((i) => rows[i]?.length === 0);
	for (const i of empty) vectors[i * dimensions] = 1;
	const filled = order.slice(empty.length);
	for (let from = 0; from < filled.length; from += batch) {
		const part = filled.slice(from, from + batch);
		const found = await run(part.map((i) => rows[i] as number[]));
		part.forEach((i, r) => {
			const vector = toUnitLength(found[r] as Float32Array);
			if (!Number.isFinite(vector[0]))
				throw new AppError("BAD_INPUT", "the model answers with what is no number: it is damaged, or was quantised wrongly", {
					hint: MEND,
				});
			vectors.set(vector, i * dimensions);
		});
	}
	return vectors;
}
