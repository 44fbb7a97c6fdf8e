import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@faultline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadIndex, saveIndex } from "./index-file.ts";
import { openIndexInWorker } from "./index-in-worker.ts";
import { createVectorIndex, type VectorIndexOptions } from "./vector-index.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-index-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const random = seededRandom(4);
const vectors = Array.from({ length: 300 }, () => {
	const v = Float32Array.from({ length: 8 }, () => random() - 0.5);
	const length = Math.hypot(...v);
	return v.map((x) => x / length);
});

const shapes: [string, Omit<VectorIndexOptions, "dimensions">][] = [
	["exact", { prefer: "exact" }],
	["flat", {}],
	["hnsw", { sizes: { hnsw: 1 } }],
	["ivf", { sizes: { hnsw: 1, ivf: 1 } }],
];

describe.each(shapes)("a saved %s index", (shape, options) => {
	const saved = async (name: string): Promise<string> => {
		const path = join(folder, `${shape}-${name}`);
		const index = createVectorIndex({ dimensions: 8, ...options });
		index.add(vectors);
		index.remove([3]);
		await saveIndex(index, path);
		return path;
	};

	it("answers as it did, ids and all, and goes on counting", async () => {
		const index = await loadIndex(await saved("whole"), options);
		expect([index.shape, index.size]).toEqual([shape, 299]);
		expect(index.search([vectors[4] as Float32Array], 1)[0]?.[0]?.id).toBe(4);
		index.add([vectors[3] as Float32Array]);
		expect(index.search([vectors[3] as Float32Array], 1)[0]?.[0]?.id).toBe(300);
	});

	it.each([
		["cut off", (file: Buffer) => file.subarray(0, file.length - 5), "cut off"],
		["changed in one bit", (file: Buffer) => Buffer.concat([file.subarray(0, -1), Buffer.from([(file.at(-1) ?? 0) ^ 1])]), "checksum"],
		["another kind of file", () => Buffer.from("\u0089PNG\r\n\u001a\n and so on"), "not a vector index"],
		["empty", () => Buffer.alloc(0), "not a vector index"],
	])("refuses a file that is %s, and says what to do", async (name, damage, message) => {
		const path = await saved(name);
		await writeFile(path, damage(await readFile(path)));
		await expect(loadIndex(path, options)).rejects.toMatchObject({
			code: "BAD_INPUT",
			message: expect.stringContaining(message),
			hint: expect.any(String),
		});
	});

	it("refuses vectors of another encoder", async () => {
		await expect(loadIndex(await saved("other"), { ...options, dimensions: 9 })).rejects.toMatchObject({ code: "BAD_INPUT" });
	});
});

describe("the structure beside a saved index", () => {
	it.each(["missing", "damaged"])("is built again where it is %s", async (how) => {
		const path = join(folder, `beside-${how}`);
		const index = createVectorIndex({ dimensions: 8, sizes: { hnsw: 1 } });
		index.add(vectors);
		await saveIndex(index, path);
		const [beside] = (await readdir(folder)).filter((name) => name.startsWith(`beside-${how}.`));
		if (how === "missing") await rm(join(folder, beside ?? ""));
		else await writeFile(join(folder, beside ?? ""), "not a graph");
		const loaded = await loadIndex(path, { sizes: { hnsw: 1 } });
		expect(loaded.search(vectors, 1).map((found) => found[0]?.id)).toEqual(vectors.map((_, i) => i));
	});

	it("leaves nothing behind when saved again", async () => {
		const path = join(folder, "again");
		const index = createVectorIndex({ dimensions: 8, sizes: { hnsw: 1 } });
		for (const half of [vectors.slice(0, 150), vectors.slice(150)]) {
			index.add(half);
			await saveIndex(index, path);
		}
		expect((await readdir(folder)).filter((name) => name.startsWith("again")).length).toBe(2);
	});

	it("says where there is no index", async () => {
		await expect(loadIndex(join(folder, "none"))).rejects.toMatchObject({ code: "NOT_FOUND" });
	});
});

describe("an index in a thread", () => {
	it("does all that an index does, in the order it was asked", async () => {
		const index = await openIndexInWorker({ dimensions: 8 });
		const path = join(folder, "from-a-thread");
		const [, removed, found] = await Promise.all([
			index.add(vectors),
			index.remove([0, 900]),
			index.search(vectors.slice(0, 2), 1),
			index.save(path),
		]);
		expect([index.size, removed, found[0]?.[0]?.id === 0, found[1]?.[0]?.id]).toEqual([299, 1, false, 1]);
		await index.close();
		const again = await openIndexInWorker({ dimensions: 8, load: path });
		expect([again.kind, again.size, (await again.search([vectors[5] as Float32Array], 1))[0]?.[0]?.id]).toEqual(["faiss", 299, 5]);
		await again.close();
	});

	it("leaves the main thread free while it searches", async () => {
		const index = await openIndexInWorker({ dimensions: 8, prefer: "exact" });
		for (let i = 0; i < 20; i++) await index.add(vectors);
		let turns = 0;
		const ticking = setInterval(() => turns++, 1);
		await index.search([...vectors, ...vectors, ...vectors], 50);
		clearInterval(ticking);
		expect(turns).toBeGreaterThan(3);
		await index.close();
	});

	it("hands on errors, and fails what is asked of it after its end", async () => {
		const index = await openIndexInWorker({ dimensions: 8, prefer: "exact" });
		await expect(index.search([Float32Array.of(1)], 1)).rejects.toMatchObject({ code: "BAD_INPUT" });
		// a search that is long enough to be under way when the thread ends
		for (let i = 0; i < 20; i++) await index.add(vectors);
		const waiting = index.search(Array.from({ length: 40 }, () => vectors).flat(), 50);
		await Promise.all([expect(waiting).rejects.toMatchObject({ code: "CANCELLED" }), index.close()]);
		await expect(index.add(vectors)).rejects.toMatchObject({ code: "CANCELLED" });
		await expect(openIndexInWorker({ dimensions: 8, load: join(folder, "none") })).rejects.toMatchObject({ code: "NOT_FOUND" });
	});
});
