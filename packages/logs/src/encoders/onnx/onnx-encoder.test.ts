import { cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppError } from "@faultline/contracts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hashOf, type ModelManifest } from "./manifest.ts";
import { createOnnxEncoder, type OnnxEncoder, type OnnxEncoderOptions } from "./onnx-encoder.ts";

const MODELS = new URL("../testing/fixtures/", import.meta.url).pathname;
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
const oracleOf = async (name: string): Promise<{ texts: string[]; vectors: number[][] }> =>
	JSON.parse(await readFile(join(MODELS, name, "oracle.json"), "utf8"));

let folder: string;
const opened: OnnxEncoder[] = [];

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-encoders-"));
});
afterEach(async () => {
	await Promise.all(opened.splice(0).map((e) => e.close()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(path: string, options?: OnnxEncoderOptions): Promise<OnnxEncoder> {
	const encoder = await createOnnxEncoder(path, options);
	opened.push(encoder);
	return encoder;
}

/** A copy of a model, to be spoiled; its manifest is brought up to date where `resigned`. */
async function copyOf(name: string, spoil: (path: string) => Promise<void>, resigned = true): Promise<string> {
	const path = await mkdtemp(join(folder, `${name}-`));
	await cp(join(MODELS, name), path, { recursive: true });
	await spoil(path);
	const manifest: ModelManifest | undefined = await readJson(join(path, "manifest.json")).catch(() => undefined);
	if (!resigned || manifest === undefined) return path;
	for (const file of Object.keys(manifest.sha256)) manifest.sha256[file] = (await hashOf(join(path, file))) ?? "";
	await writeFile(join(path, "manifest.json"), JSON.stringify(manifest));
	return path;
}

const readJson = async (path: string) => JSON.parse(await readFile(path, "utf8"));
const edit = (file: string, change: (content: Record<string, Record<string, unknown>>) => void) => async (path: string) => {
	const content = await readJson(join(path, file));
	change(content);
	await writeFile(join(path, file), JSON.stringify(content));
};
const failure = (work: Promise<unknown>): Promise<AppError> =>
	work.then(
		() => expect.fail("it did not fail"),
		(error: AppError) => error,
	);
const useOf = async (path: string): Promise<Float32Array[]> => (await open(path)).encode(["worker <num> started"]);

describe("createOnnxEncoder", () => {
	it.each(["pooled", "hidden", "bytes"])("%s: gives what onnxruntime and tokenizers give in Python, whatever the batch", async (name) => {
		const { texts, vectors } = await oracleOf(name);
		for (const options of [{ batch: 1 }, { batch: 32 }, { batch: 5, threads: 1 }]) {
			const found = await (await open(join(MODELS, name), options)).encode(texts);
			found.forEach((vector, i) => {
				const [error] = Array.from(vector, (x, d) => Math.abs(x - (vectors[i]?.[d] ?? Number.NaN))).sort((a, b) => b - a);
				expect(error, JSON.stringify(texts[i])).toBeLessThan(2e-5);
				expect(dot(vector, vector)).toBeCloseTo(1, 5);
			});
		}
	});

	it("answers many texts in order, over its threads, equal each time", async () => {
		const encoder = await open(join(MODELS, "pooled"), { threads: 2 });
		const texts = Array.from({ length: 1500 }, (_, i) => `worker ${"ab ".repeat(i % 7)}${i % 13} started`);
		const first = await encoder.encode(texts);
		expect(await encoder.encode(texts)).toEqual(first);
		expect(await (await open(join(MODELS, "pooled"), { threads: 1 })).encode(texts)).toEqual(first);
		const [alone] = await encoder.encode([texts[777] as string]);
		expect(dot(first[777] as Float32Array, alone as Float32Array)).toBeCloseTo(1, 5);
		expect(await encoder.encode([])).toEqual([]);
	});

	it("tells what it is without opening the model, and what it had to derive", async () => {
		const pooled = await open(join(MODELS, "pooled"));
		expect(pooled).toMatchObject({ name: "pooled", dimensions: 16, input: "normalised", files: { verified: true, notes: [] } });
		expect((await open(join(MODELS, "bytes"))).input).toBe("raw");
		const hidden = await open(join(MODELS, "hidden"));
		expect(hidden).toMatchObject({ name: "hidden", dimensions: 16, files: { maxTokens: 40, verified: false } });
		expect(hidden.files.notes.join()).toContain("no manifest.json");
		expect(new Set([pooled.version, hidden.version]).size).toBe(2);
	});

	it("reads sentence-transformers' pooling, and RoBERTa's positions", async () => {
		const cls = await copyOf("hidden", async (path) => {
			await writeFile(join(path, "config.json"), JSON.stringify({ model_type: "roberta", max_position_embeddings: 36, pad_token_id: 1 }));
			await cp(join(MODELS, "hidden"), join(path, "1_Pooling"), { recursive: true });
			await writeFile(join(path, "1_Pooling", "config.json"), '{"pooling_mode_cls_token": true}');
		});
		const encoder = await open(cls);
		expect(encoder.files).toMatchObject({ pooling: "cls", maxTokens: 34 });
		const [a] = await encoder.encode(["worker <num> started"]);
		const [b] = await (await open(join(MODELS, "hidden"))).encode(["worker <num> started"]);
		expect(dot(a as Float32Array, b as Float32Array)).toBeLessThan(0.999);
	});

	it("is cancelled, and works on", async () => {
		const encoder = await open(join(MODELS, "pooled"), { threads: 1 });
		const controller = new AbortController();
		const work = failure(encoder.encode(Array<string>(20_000).fill("worker <num> started"), controller.signal));
		controller.abort();
		expect((await work).code).toBe("CANCELLED");
		expect((await failure(encoder.encode(["a"], controller.signal))).code).toBe("CANCELLED");
		expect(await encoder.encode(["a"])).toHaveLength(1);
	});

	it("says so when it is closed at work, and after", async () => {
		const encoder = await open(join(MODELS, "pooled"));
		await encoder.open();
		const work = failure(encoder.encode(Array<string>(5_000).fill("worker <num> started")));
		await encoder.close();
		expect((await work).code).toBe("CANCELLED");
		expect((await failure(encoder.encode(["a"]))).message).toContain("closed");
	});
});

describe("a model that is not what it should be: said, never a wrong vector", () => {
	it.each([
		["a damaged model", "pooled", (p: string) => truncate(join(p, "model.onnx"), 9_000), "model.onnx is damaged"],
		["a model that is empty", "hidden", (p: string) => truncate(join(p, "model.onnx"), 0), "model.onnx is damaged"],
		["a damaged tokenizer", "pooled", (p: string) => truncate(join(p, "tokenizer.json"), 900), "tokenizer.json is damaged"],
		[
			"a tokenizer of another kind",
			"hidden",
			edit("tokenizer.json", (t) => Object.assign(t, { model: { type: "Nope" } })),
			"cannot be read",
		],
		["another model's tokenizer", "pooled", swapTokenizer("bytes"), "beyond the model's embedding"],
		["a smaller tokenizer", "hidden", edit("config.json", (c) => Object.assign(c, { vocab_size: 30_522 })), "does not match its model"],
		["a bigger tokenizer", "hidden", edit("config.json", (c) => Object.assign(c, { vocab_size: 20 })), "does not match its model"],
		["no unknown token", "pooled", edit("tokenizer.json", (t) => Object.assign(t.model ?? {}, { unk_token: "[NO]" })), "unknown words"],
		["another id of a special token", "pooled", edit("tokenizer.json", moveSpecial), '"[SEP]" is not in its vocabulary'],
		[
			"other dimensions",
			"pooled",
			edit("manifest.json", (m) => Object.assign(m, { dimensions: 24 })),
			"24 dimensions, and the model gives 16",
		],
		["an output that is not there", "pooled", edit("manifest.json", (m) => Object.assign(m, { pooling: "mean" })), "no output that fits"],
		["a task of another kind", "pooled", edit("manifest.json", (m) => Object.assign(m, { task: "tcn" })), "not an encoder of lines"],
		["a manifest without sizes", "pooled", edit("manifest.json", (m) => void delete m.dimensions), "are needed"],
		["a manifest that is no JSON", "pooled", (p: string) => truncate(join(p, "manifest.json"), 40), "is not JSON"],
		["a manifest of another form", "pooled", edit("manifest.json", (m) => Object.assign(m, { task: 3 })), "is damaged: task"],
	])("%s", async (_, name, spoil, message) => {
		const error = await failure(useOf(await copyOf(name, spoil)));
		expect(error).toMatchObject({ code: "BAD_INPUT", message: expect.stringContaining(message), hint: expect.stringMatching(/./) });
	});

	it.each(["model.onnx", "tokenizer.json"])("%s of another hash than its manifest's", async (file) => {
		const path = await copyOf("pooled", async (p) => writeFile(join(p, file), await readFile(join(MODELS, "hidden", file))), false);
		if (file === "tokenizer.json") await writeFile(join(path, file), `${await readFile(join(path, file), "utf8")} `);
		expect((await failure(useOf(path))).message).toContain("is not the file that manifest.json names");
		await rm(join(path, file));
		expect(await failure(useOf(path))).toMatchObject({ code: "NOT_FOUND" });
	});

	it("a manifest without one of the hashes", async () => {
		const path = await copyOf(
			"pooled",
			edit("manifest.json", (m) => void delete m.sha256?.["tokenizer.json"]),
		);
		expect((await failure(useOf(path))).message).toContain("no sha256 of tokenizer.json");
	});

	it("more tokens than the model takes", async () => {
		const path = await copyOf("hidden", async (p) => rm(join(p, "config.json")));
		expect((await failure(open(path))).message).toContain("does not take 128 tokens");
	});
});

function swapTokenizer(other: string) {
	return async (path: string) => writeFile(join(path, "tokenizer.json"), await readFile(join(MODELS, other, "tokenizer.json")));
}

function moveSpecial(tokenizer: Record<string, Record<string, unknown>>): void {
	const special = tokenizer.post_processor?.special_tokens as Record<string, { ids: number[] }>;
	Object.assign(special["[SEP]"] ?? {}, { ids: [9] });
}
