import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { AppError } from "@faultline/contracts";
import { z } from "zod";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits");

/** models/<name>/manifest.json: what a model is, what it was trained on and how good it is. Unknown keys are kept. */
export const ModelManifest = z.looseObject({
	name: z.string().min(1),
	version: z.string().min(1),
	/** "line-encoder" turns a line into a vector; other tasks are used by other packages. */
	task: z.string().min(1),
	dimensions: z.int().positive().optional(),
	/** Tokens of a text that are looked at, the special ones included. */
	maxTokens: z.int().positive().max(8_192).optional(),
	/** Of a line encoder: "normalised" or "raw", and "in-graph", "mean" or "cls". */
	input: z.string().optional(),
	pooling: z.string().optional(),
	quantisation: z.string().optional(),
	sha256: z.record(z.string(), Sha256),
	corpus: z.array(z.looseObject({ name: z.string(), licence: z.string().optional(), lines: z.number().optional() })).optional(),
	licence: z.string().optional(),
	figures: z.record(z.string(), z.unknown()).optional(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;

/** What an encoder is run by, from its manifest or derived from what Hugging Face's tools write beside a model. */
export interface EncoderFiles {
	folder: string;
	name: string;
	version: string;
	model: string;
	tokenizer: string;
	/** tokenizer_config.json's content; empty where there is none. */
	tokenizerConfig: Record<string, unknown>;
	/** Absent: found out from the model itself. */
	dimensions?: number;
	maxTokens: number;
	/** Absent: in the graph where it gives one vector per text, else the mean. */
	pooling?: "in-graph" | "mean" | "cls";
	input: "normalised" | "raw";
	/** Rows of the embedding that config.json declares. */
	vocabularySize?: number;
	/** There is a manifest, and both files have its hashes. */
	verified: boolean;
	/** What the reader should know: what was derived, what could not be checked. */
	notes: string[];
}

const Pooling = z.enum(["in-graph", "mean", "cls"]);
const Input = z.enum(["normalised", "raw"]);
const MODEL_NAMES = ["model.onnx", join("onnx", "model.onnx"), "model_quantized.onnx", join("onnx", "model_quantized.onnx")];
const DEFAULT_MAX_TOKENS = 128;
/** More is slow and says little of a log line. */
const MOST_TOKENS = 512;

/** Reads manifest.json. Undefined where there is none. @throws BAD_INPUT where it is damaged */
export async function readManifest(folder: string): Promise<ModelManifest | undefined> {
	const path = join(folder, "manifest.json");
	const raw = await readJson(path);
	if (raw === undefined) return undefined;
	const parsed = ModelManifest.safeParse(raw);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new AppError("BAD_INPUT", `${path} is damaged: ${issue?.path.join(".") || "it"}: ${issue?.message ?? "not a manifest"}`, {
		hint: MEND,
	});
}

const MEND = "restore the model's folder (git checkout of models/, or train it anew); `faultline models verify` checks all of them";

/**
 * Finds the files of an encoder and checks them against its manifest. A folder without one is read by config.json and tokenizer_config.json.
 * @throws NOT_FOUND where there is no model; BAD_INPUT where a file is not the one that the manifest names
 */
export async function readEncoderFiles(folder: string): Promise<EncoderFiles> {
	const manifest = await readManifest(folder);
	const model = await firstThere(MODEL_NAMES.map((name) => join(folder, name)));
	const tokenizer = join(folder, "tokenizer.json");
	if (model === undefined || !(await isThere(tokenizer)))
		throw new AppError("NOT_FOUND", `${folder}: there is no ${model === undefined ? "model.onnx" : "tokenizer.json"}`, {
			hint: "an encoder's folder holds model.onnx and tokenizer.json, best with the manifest.json that `faultline models train` writes",
		});
	const tokenizerConfig = await readRecord(join(folder, "tokenizer_config.json"));
	return manifest === undefined
		? derive(folder, model, tokenizer, tokenizerConfig)
		: declared(folder, manifest, model, tokenizer, tokenizerConfig);
}

async function declared(
	folder: string,
	manifest: ModelManifest,
	model: string,
	tokenizer: string,
	tokenizerConfig: Record<string, unknown>,
): Promise<EncoderFiles> {
	if (manifest.task !== "line-encoder")
		throw new AppError("BAD_INPUT", `${manifest.name} is a ${manifest.task}, not an encoder of lines`, {
			hint: "`faultline models list` shows the encoders",
		});
	const { dimensions, maxTokens } = manifest;
	const { data: pooling } = Pooling.safeParse(manifest.pooling);
	const { data: input } = Input.safeParse(manifest.input);
	if (dimensions === undefined || maxTokens === undefined || pooling === undefined || input === undefined)
		throw new AppError(
			"BAD_INPUT",
			`${join(folder, "manifest.json")}: dimensions, maxTokens, pooling and input are needed, as models/README.md has them`,
			{
				hint: MEND,
			},
		);
	const hashes = await checkHashes(folder, manifest);
	const unchecked = ["model.onnx", "tokenizer.json"].filter((name) => !(name in manifest.sha256));
	if (unchecked.length > 0)
		throw new AppError("BAD_INPUT", `${join(folder, "manifest.json")}: has no sha256 of ${unchecked.join(" and ")}`, { hint: MEND });
	return {
		folder: resolve(folder),
		name: manifest.name,
		version: versionOf([...hashes, pooling, String(maxTokens)]),
		model,
		tokenizer,
		tokenizerConfig,
		dimensions,
		maxTokens,
		pooling,
		input,
		verified: true,
		notes: [],
	};
}

/** Compares every file that the manifest names with its hash. @returns the hashes @throws BAD_INPUT at the first that differs */
export async function checkHashes(folder: string, manifest: ModelManifest): Promise<string[]> {
	return Promise.all(
		Object.entries(manifest.sha256).map(async ([name, expected]) => {
			const found = await hashOf(join(folder, name));
			if (found === expected) return found;
			const what = found === undefined ? "is missing" : "is not the file that manifest.json names: it is damaged or of another version";
			throw new AppError("BAD_INPUT", `${join(folder, name)} ${what}`, { hint: MEND });
		}),
	);
}

async function derive(folder: string, model: string, tokenizer: string, tokenizerConfig: Record<string, unknown>): Promise<EncoderFiles> {
	const config = await readRecord(join(folder, "config.json"));
	const sentence = await readRecord(join(folder, "sentence_bert_config.json"));
	const pooling = poolingOf(await readRecord(join(folder, join("1_Pooling", "config.json"))));
	const limits = [sentence.max_seq_length, tokenizerConfig.model_max_length, positionsOf(config)].filter(
		(n): n is number => typeof n === "number" && Number.isInteger(n) && n > 0 && n < 1e6,
	);
	const maxTokens = limits.length === 0 ? DEFAULT_MAX_TOKENS : Math.min(MOST_TOKENS, ...limits);
	const hashes = await Promise.all([hashOf(model), hashOf(tokenizer)]);
	const vocabularySize = config.vocab_size;
	return {
		folder: resolve(folder),
		name: basename(resolve(folder)),
		version: versionOf([...hashes, pooling ?? "", String(maxTokens)]),
		model,
		tokenizer,
		tokenizerConfig,
		maxTokens,
		...(pooling !== undefined && { pooling }),
		input: "normalised",
		...(typeof vocabularySize === "number" && { vocabularySize }),
		verified: false,
		notes: [
			`no manifest.json: hashes are not checked; at most ${maxTokens} tokens a text, ${pooling ?? "the model's own or mean"} pooling`,
		],
	};
}

/** Positions that a text may take: RoBERTa's kind counts its own from pad_token_id + 1. */
function positionsOf(config: Record<string, unknown>): number | undefined {
	const { max_position_embeddings: positions, model_type: type, pad_token_id: pad } = config;
	if (typeof positions !== "number") return undefined;
	const offset = typeof type === "string" && /roberta|mpnet|camembert/.test(type) ? (typeof pad === "number" ? pad : 1) + 1 : 0;
	return positions - offset;
}

function poolingOf(pooling: Record<string, unknown>): "mean" | "cls" | undefined {
	if (pooling.pooling_mode_cls_token === true) return "cls";
	return pooling.pooling_mode_mean_tokens === true ? "mean" : undefined;
}

const versionOf = (parts: readonly (string | undefined)[]): string =>
	createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);

/** SHA-256 of a file, in hexadecimal; undefined where there is none. */
export async function hashOf(path: string): Promise<string | undefined> {
	const hash = createHash("sha256");
	try {
		await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
	} catch {
		return undefined;
	}
	return hash.digest("hex");
}

async function readJson(path: string): Promise<unknown> {
	const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
		if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
		throw new AppError("BAD_INPUT", `cannot read ${path} (${cause.code ?? "unknown error"})`, { cause, hint: "check its permissions" });
	});
	if (text === undefined) return undefined;
	try {
		return JSON.parse(text) as unknown;
	} catch (cause) {
		throw new AppError("BAD_INPUT", `${path} is damaged: it is not JSON`, { cause, hint: MEND });
	}
}

async function readRecord(path: string): Promise<Record<string, unknown>> {
	const raw = await readJson(path);
	return typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : {};
}

const isThere = (path: string): Promise<boolean> =>
	access(path).then(
		() => true,
		() => false,
	);

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
	for (const path of paths) if (await isThere(path)) return path;
	return undefined;
}
