import { appendFile, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppError } from "@faultline/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lazyEncoder } from "./lazy-encoder.ts";
import { listModels } from "./list-models.ts";
import { findModelFolder, listModelFolders, modelFolders, shippedModels } from "./model-folders.ts";
import { type EncoderChoice, openEncoder } from "./open-encoder.ts";
import { verifyModel } from "./verify-model.ts";
import { warmModel } from "./warm-model.ts";

const FIXTURES = new URL("../../../../packages/logs/src/encoders/testing/fixtures/", import.meta.url).pathname;

let folder: string;
let dataDir: string;
let choice: EncoderChoice;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-models-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
	dataDir = await mkdtemp(join(folder, "data-"));
	const models = join(dataDir, "models");
	await cp(FIXTURES, models, { recursive: true });
	await mkdir(join(models, "no-model"));
	choice = { name: "pooled", folders: [models], keep: { dataDir } };
});

async function* linesOf(...texts: string[]) {
	let number = 0;
	for (const text of texts) yield { text, number: ++number, truncated: false, repaired: false };
}
const failure = (work: Promise<unknown>): Promise<AppError> =>
	work.then(
		() => expect.fail("it did not fail"),
		(error: AppError) => error,
	);

describe("the folders of models", () => {
	it("are the user's, then those beside the program", async () => {
		expect(modelFolders("/data")).toEqual(["/data/models", shippedModels()]);
		expect(shippedModels()).toMatch(/models\/$/);
		expect(shippedModels("file:///nowhere/at/all.js")).toBeUndefined();
		expect([...(await listModelFolders(choice.folders)).keys()]).toEqual(["bytes", "hidden", "pooled"]);
		const other = await mkdtemp(join(folder, "other-"));
		await cp(join(FIXTURES, "bytes"), join(other, "pooled"), { recursive: true });
		expect((await listModelFolders([other, ...choice.folders])).get("pooled")).toBe(join(other, "pooled"));
	});

	it("are found by name or path; else those that there are are named", async () => {
		expect(await findModelFolder("bytes", choice.folders)).toBe(join(dataDir, "models", "bytes"));
		expect(await findModelFolder(join(FIXTURES, "bytes"), [])).toBe(join(FIXTURES, "bytes"));
		expect(await failure(findModelFolder("nope", choice.folders))).toMatchObject({
			code: "NOT_FOUND",
			hint: expect.stringContaining("bytes, hidden, pooled"),
		});
		expect((await failure(findModelFolder("./nope", choice.folders))).code).toBe("NOT_FOUND");
	});
});

describe("openEncoder", () => {
	it("keeps vectors: computed once, by whichever process, in whichever batch", async () => {
		const texts = ["worker <num> started", "disk quota exceeded for volume <path>", "out of memory: killed process <num>"];
		const first = await openEncoder(choice);
		const vectors = await first.encode(texts);
		expect(first.counts?.()).toEqual({ memory: 0, store: 0, misses: 3 });
		await first.close?.();
		const second = await openEncoder(choice);
		expect(await second.encode(texts.toReversed())).toEqual(vectors.toReversed());
		expect(second.counts?.()).toEqual({ memory: 0, store: 3, misses: 0 });
		await second.close?.();
		const fresh = await openEncoder({ ...choice, keep: { dataDir: await mkdtemp(join(folder, "data-")) } });
		expect(await fresh.encode([texts[1] as string])).toEqual([vectors[1]]);
		await fresh.close?.();
	});

	it("gives each name its encoder", async () => {
		expect(await openEncoder({ ...choice, name: "hash" })).toMatchObject({ name: "hash" });
		const named = await openEncoder({ name: "default", folders: modelFolders(dataDir) });
		const [a, b] = await named.encode(["worker 1 started", "disk is full"]);
		expect([a?.length, b?.length]).toEqual([named.dimensions, named.dimensions]);
		await named.close?.();
		expect((await failure(openEncoder({ ...choice, name: "nope" }))).code).toBe("NOT_FOUND");
	});

	it("rebuilds a damaged store, and does without one that cannot be opened", async () => {
		const path = join(dataDir, "vectors.sqlite");
		await writeFile(path, "this is no database, whatever it is called".repeat(100));
		const encoder = await openEncoder(choice);
		await encoder.encode(["worker <num> started"]);
		await encoder.close?.();
		expect((await listModels(choice)).models.find((m) => m.name === "pooled")?.cache).toEqual({ hits: 0, misses: 1, vectors: 1 });
		expect((await stat(path)).size).toBeGreaterThan(0);
		await writeFile(join(folder, "a-file"), "");
		const without = await openEncoder({ ...choice, keep: { dataDir: join(folder, "a-file") } });
		expect(await without.encode(["worker <num> started"])).toHaveLength(1);
		await without.close?.();
	});

	it("is opened by its first text, and closed", async () => {
		const lazy = lazyEncoder({ ...choice, name: "nope" });
		expect(() => lazy.dimensions).toThrow("once there is one");
		await lazy.close();
		expect((await failure(lazy.encode(["a"]))).code).toBe("NOT_FOUND");
		const good = lazyEncoder(choice);
		expect(good.counts?.()).toEqual({ memory: 0, store: 0, misses: 0 });
		await good.encode(["a"]);
		expect([good.dimensions, good.counts?.().misses]).toEqual([16, 1]);
		await good.close();
	});
});

describe("listModels", () => {
	it("says what each is, whether it is whole, and how often kept vectors were used", async () => {
		await appendFile(join(dataDir, "models", "bytes", "model.onnx"), "!");
		await writeFile(
			join(dataDir, "models", "no-model", "manifest.json"),
			JSON.stringify({ name: "n", version: "1", task: "tcn", sha256: {} }),
		);
		const { models, store, chosen } = await listModels(choice);
		expect(models.map((m) => [m.name, m.task, m.status])).toEqual([
			["hash", "line-encoder", "ok"],
			["bytes", "unknown", "damaged"],
			["hidden", "line-encoder", "unverified"],
			["no-model", "tcn", "ok"],
			["pooled", "line-encoder", "ok"],
		]);
		expect(models[1]?.detail).toContain("is not the file that manifest.json names");
		expect([store, chosen]).toEqual([{ kind: "sqlite" }, "pooled"]);
		expect((await listModels({ ...choice, keep: undefined })).store.kind).toBe("none");
		expect((await listModels({ ...choice, keep: { dataDir: join(FIXTURES, "pooled", "model.onnx") } })).store.problem).toContain(
			"cannot be used",
		);
	});
});

describe("warmModel", () => {
	it("keeps a corpus' templates, so that they are not computed again", async () => {
		const lines = ["worker 1 started", "worker 2 started", "disk quota exceeded for volume /data/7"];
		const progress: number[] = [];
		const warmed = await warmModel(choice, linesOf(...lines), { onProgress: (done, of) => progress.push(done, of) });
		expect(warmed).toEqual({ encoder: "pooled", lines: 3, templates: 2, computed: 2 });
		expect(progress).toEqual([0, 2]);
		expect(await warmModel(choice, linesOf(...lines))).toMatchObject({ computed: 0 });
	});

	it("is cancelled", async () => {
		const controller = new AbortController();
		controller.abort();
		await expect(warmModel(choice, linesOf("a"), { signal: controller.signal })).rejects.toThrow();
	});
});

describe("verifyModel", () => {
	it("checks hashes, opens, and compares with what the training wrote", async () => {
		for (const name of ["pooled", "bytes", "hidden"]) {
			const { checks } = await verifyModel(join(dataDir, "models", name));
			expect(checks.join("; ")).toMatch(/opens, and answers with 16 dimensions; 24 vectors as in training: least cosine (1\.0000|0\.9999)/);
		}
	});

	it("refuses one that answers otherwise, and one whose oracle is damaged", async () => {
		const path = join(dataDir, "models", "hidden", "oracle.json");
		const oracle = JSON.parse(await readFile(path, "utf8")) as { vectors: number[][] };
		await writeFile(path, JSON.stringify({ ...oracle, vectors: oracle.vectors.toReversed() }));
		expect((await failure(verifyModel(join(dataDir, "models", "hidden")))).message).toContain("answers otherwise");
		await writeFile(path, "{");
		expect((await failure(verifyModel(join(dataDir, "models", "hidden")))).message).toContain("is damaged");
		await rm(path);
		expect((await verifyModel(join(dataDir, "models", "hidden"))).checks.join()).toContain("not compared");
	});
});
