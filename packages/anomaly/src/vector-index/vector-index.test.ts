import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AppError, seededRandom, type VectorIndex } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faissStatus } from "./load-faiss.ts";
import { createVectorIndex, type VectorIndexOptions } from "./vector-index.ts";

const faissFolder = realpathSync(dirname(createRequire(import.meta.url).resolve("faiss-node/package.json")));

const unit = (values: number[]): Float32Array => {
	const length = Math.hypot(...values) || 1;
	return Float32Array.from(values, (x) => x / length);
};
const randomVectors = (n: number, dimensions: number, seed: number): Float32Array[] => {
	const random = seededRandom(seed);
	return Array.from({ length: n }, () => unit(Array.from({ length: dimensions }, () => random() - 0.5)));
};

/** The suite that every index passes. */
function behaves(shape: "exact" | "flat" | "hnsw" | "ivf", options: Omit<VectorIndexOptions, "dimensions">): void {
	const create = (dimensions: number) => createVectorIndex({ dimensions, ...options });
	describe(`${shape} index`, () => {
		it("says what it is", () => {
			const index = create(3);
			expect([index.kind, index.dimensions, index.size]).toEqual([shape === "exact" ? "exact" : "faiss", 3, 0]);
			index.add(randomVectors(10, 3, 1));
			expect(index.shape).toBe(shape);
		});

		it("finds nothing in nothing", () => {
			expect(create(3).search([unit([1, 0, 0])], 5)).toEqual([[]]);
			expect(create(3).search([], 5)).toEqual([]);
		});

		it("orders neighbours by similarity, with ids by insertion", () => {
			const index = create(2);
			index.add([unit([1, 0]), unit([0, 1])]);
			index.add([unit([1, 1])]);
			expect(index.size).toBe(3);
			const [found] = index.search([unit([2, 1])], 3);
			expect(found?.map((n) => n.id)).toEqual([2, 0, 1]);
			expect(found?.[0]?.similarity).toBeCloseTo(0.9487, 3);
		});

		it("answers fewer than k where it holds fewer", () => {
			const index = create(2);
			index.add([unit([1, 0])]);
			expect(index.search([unit([1, 0]), unit([0, 1])], 10).map((found) => found.length)).toEqual([1, 1]);
		});

		it("finds each vector first when asked for it", () => {
			const vectors = randomVectors(500, 16, 1);
			const index = create(16);
			index.add(vectors);
			expect(index.search(vectors, 1).map((found) => found[0]?.id)).toEqual(vectors.map((_, i) => i));
		});

		it("forgets what is removed, finds the next best, and never gives an id twice", () => {
			const vectors = randomVectors(300, 8, 2);
			const index = create(8);
			index.add(vectors);
			const [near] = index.search([vectors[7] as Float32Array], 3);
			expect(near?.[0]?.id).toBe(7);
			expect(index.remove([7, 7, 5_000])).toBe(1);
			expect(index.size).toBe(299);
			expect(index.search([vectors[7] as Float32Array], 2)[0]?.map((n) => n.id)).toEqual(near?.slice(1).map((n) => n.id));
			index.add([vectors[7] as Float32Array]);
			expect(index.search([vectors[7] as Float32Array], 1)[0]?.[0]?.id).toBe(300);
		});

		it("is built again when many are removed, and keeps the others' ids", () => {
			const vectors = randomVectors(400, 8, 3);
			const index = create(8);
			index.add(vectors);
			const odd = vectors.map((_, i) => i).filter((i) => i % 2 === 1);
			expect(index.remove(odd)).toBe(200);
			expect(index.size).toBe(200);
			const even = vectors.filter((_, i) => i % 2 === 0);
			expect(index.search(even, 1).map((found) => found[0]?.id)).toEqual(even.map((_, i) => 2 * i));
			expect(index.search([vectors[1] as Float32Array], 400)[0]?.some((n) => n.id % 2 === 1)).toBe(false);
			index.remove(vectors.map((_, i) => i));
			expect([index.size, index.search(even.slice(0, 1), 3)]).toEqual([0, [[]]]);
		});

		it("refuses what is not a number, which would poison every comparison", () => {
			const index = create(2);
			expect(() => index.add([Float32Array.of(1, Number.NaN)])).toThrow("not a finite number");
			expect(index.size).toBe(0);
		});

		it.each([0, -1, 1.5, Number.NaN])("refuses %d neighbours", (k) => {
			const index = create(2);
			index.add([unit([1, 0])]);
			expect(() => index.search([unit([1, 0])], k)).toThrow(AppError);
		});

		it("refuses vectors of another length, and stays as it was", () => {
			const index = create(2);
			expect(() => index.add([unit([1, 0]), unit([1, 0, 0])])).toThrow("3 numbers");
			expect(index.size).toBe(0);
			expect(() => index.search([unit([1])], 1)).toThrow("1 numbers");
		});
	});
}

behaves("exact", { prefer: "exact" });
behaves("flat", {});
behaves("hnsw", { sizes: { hnsw: 1 } });
behaves("ivf", { sizes: { hnsw: 1, ivf: 1 } });

describe("createVectorIndex", () => {
	it("runs on FAISS here, and on the exact index where asked", () => {
		expect(faissStatus().available).toBe(true);
		expect(createVectorIndex({ dimensions: 4 }).kind).toBe("faiss");
		expect(createVectorIndex({ dimensions: 4, prefer: "exact" }).kind).toBe("exact");
	});

	it("answers the same either way", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 60 }),
				fc.integer({ min: 1, max: 24 }),
				fc.integer({ min: 1, max: 12 }),
				fc.nat(),
				(n, dimensions, k, seed) => {
					const vectors = randomVectors(n, dimensions, seed);
					const queries = randomVectors(5, dimensions, seed + 1);
					const [exact, faiss] = [createVectorIndex({ dimensions, prefer: "exact" }), createVectorIndex({ dimensions })];
					exact.add(vectors);
					faiss.add(vectors);
					const similarities = (index: VectorIndex): number[][] =>
						index.search(queries, k).map((found) => found.map((f) => Number(f.similarity.toFixed(4))));
					const expected = similarities(exact);
					for (const [i, row] of similarities(faiss).entries()) {
						for (const [j, s] of row.entries()) expect(s).toBeCloseTo(expected[i]?.[j] ?? Number.NaN, 3);
					}
				},
			),
			{ numRuns: 50 },
		);
	});

	it("changes its shape as it grows and shrinks", () => {
		const index = createVectorIndex({ dimensions: 4, sizes: { hnsw: 100, ivf: 500 } });
		const shapes = [50, 100, 600].map((n) => {
			index.add(randomVectors(n, 4, n));
			return index.shape;
		});
		index.remove(Array.from({ length: 700 }, (_, i) => i));
		expect([...shapes, index.shape]).toEqual(["flat", "hnsw", "ivf", "flat"]);
	});

	it.each(["hnsw", "ivf"])("finds nine of ten true neighbours in clusters with %s", (shape) => {
		const centres = randomVectors(50, 32, 9);
		const noise = randomVectors(4_200, 32, 10);
		const points = noise.map((e, i) => unit(Array.from(e, (x, j) => (centres[i % 50]?.[j] ?? 0) + 0.5 * x)));
		const [vectors, queries] = [points.slice(0, 4_000), points.slice(4_000)];
		const [exact, index] = [
			createVectorIndex({ dimensions: 32, prefer: "exact" }),
			createVectorIndex({ dimensions: 32, sizes: shape === "ivf" ? { hnsw: 1, ivf: 1 } : { hnsw: 1 } }),
		];
		for (const each of [exact, index]) each.add(vectors);
		const truth = exact.search(queries, 10).map((found) => new Set(found.map((n) => n.id)));
		const hits = index.search(queries, 10).map((found, i) => found.filter((n) => truth[i]?.has(n.id)).length);
		expect(hits.reduce((a, b) => a + b, 0) / (10 * queries.length)).toBeGreaterThan(0.9);
	});

	// A downloaded binary is not ours to mend; scripts/faiss.mjs leaves a mark beside the one that it compiles.
	it.skipIf(!existsSync(join(faissFolder, "build", "Release", "patched")))(
		"gives back the memory of its queries",
		() => {
			const trial = `const { IndexFlatIP } = require(${JSON.stringify(faissFolder)});
			const index = new IndexFlatIP(128); index.add(new Array(128).fill(0.1));
			const queries = new Array(128 * 2000).fill(0.1);
			const grow = (n) => { for (let i = 0; i < n; i++) index.search(queries, 1); gc(); return process.memoryUsage.rss(); };
			const before = grow(10); process.stdout.write(String(grow(60) - before));`;
			const { stdout, status } = spawnSync(process.execPath, ["--expose-gc", "-e", trial], { encoding: "utf8" });
			expect(status).toBe(0);
			// An unpatched search keeps 1 MB of each of the 60 calls.
			expect(Number(stdout)).toBeLessThan(30e6);
		},
		60_000,
	);
});
