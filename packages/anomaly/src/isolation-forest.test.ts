import { seededRandom } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitIsolationForest, isolationScore } from "./isolation-forest.ts";
import { isolationScores } from "./isolation-scores.ts";
import { drawSet } from "./testing/draw-set.ts";

const set = (n: number, dimensions: number) =>
	drawSet({ name: "", kind: "uneven", seed: n, n, dimensions, clusters: 3, spread: 1, noise: 0.1 });

describe("isolation scores of many points", () => {
	it("are those of each point, whatever the size of the batch and the depth of the trees", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 2, max: 300 }),
				fc.integer({ min: 1, max: 9 }),
				fc.integer({ min: 2, max: 64 }),
				(n, dimensions, sample) => {
					const rows = set(n, dimensions);
					const forest = fitIsolationForest(rows, { trees: 7, sample, random: seededRandom(n) });
					isolationScores(forest, rows).forEach((score, i) => {
						expect(score).toBeCloseTo(isolationScore(forest, rows.values.subarray(i * dimensions, (i + 1) * dimensions)), 9);
					});
				},
			),
			{ numRuns: 25 },
		);
	});

	it("go on past a chunk, and past the ranks of 16 bits", () => {
		const rows = set(5_000, 1);
		const forest = fitIsolationForest(rows, { trees: 700, sample: 256, random: seededRandom(1) });
		expect(isolationScores(forest, rows)[4_500]).toBeCloseTo(isolationScore(forest, [rows.values[4_500] as number]), 9);
	});

	it("are the same for rows and for points", () => {
		const rows = set(100, 2);
		const points = Array.from({ length: 100 }, (_, i) => [...rows.values.subarray(2 * i, 2 * i + 2)]);
		expect(fitIsolationForest(points, { random: seededRandom(3) })).toEqual(fitIsolationForest(rows, { random: seededRandom(3) }));
	});

	it("refuse what is no number, points of other lengths, and options that make no sense", () => {
		const random = seededRandom(1);
		expect(() => fitIsolationForest([[1, Number.NaN]], { random })).toThrow(/point 0 holds NaN/);
		expect(() => fitIsolationForest([[1, 2], [3]], { random })).toThrow(/point 1 has 1 dimensions/);
		expect(() => fitIsolationForest([[1]], { random, trees: 0 })).toThrow(/0 trees/);
		const forest = fitIsolationForest(set(20, 2), { random });
		expect(() => isolationScores(forest, { values: Float64Array.of(1, 2, 3), dimensions: 3 })).toThrow(/3 dimensions for a forest of 2/);
		expect(() => isolationScores(forest, { values: Float64Array.of(1, Number.NaN), dimensions: 2 })).toThrow(/NaN/);
	});

	it("say 0.5 where there is nothing to compare with, and stand the largest numbers", () => {
		const one = { values: Float64Array.of(1, 2), dimensions: 2 };
		expect([...isolationScores(fitIsolationForest(one, { random: seededRandom(1) }), one)]).toEqual([0.5]);
		const wide = { values: Float64Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? -1 : 1) * 1e308 * (i / 50)), dimensions: 1 };
		const scores = isolationScores(fitIsolationForest(wide, { random: seededRandom(1) }), wide);
		expect(scores.every((s) => s > 0 && s < 1)).toBe(true);
		expect(scores[49]).toBeGreaterThan(scores[0] as number);
	});
});
