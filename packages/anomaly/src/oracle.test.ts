import { readFileSync } from "node:fs";
import { type Random, seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { fitIqr } from "./iqr.ts";
import { fitIsolationForest, isolationScore } from "./isolation-forest.ts";
import { fitNovelty } from "./novelty.ts";
import { quantile } from "./quantile.ts";
import { fitRobustZ } from "./robust-z.ts";
import { createVectorIndex } from "./vector-index/vector-index.ts";
import { fitZScore } from "./z-score.ts";

/** Figures of scipy and scikit-learn; oracle/make_figures.py made them. */
const figures = JSON.parse(readFileSync(new URL("../oracle/figures.json", import.meta.url), "utf8")) as {
	values: number[];
	probes: number[];
	quantiles: Record<string, number>;
	zscore: number[];
	robustZ: number[];
	iqr: number[];
	isolationForest: { seed: number; n: number; outliers: number; dimensions: number; auc: number; meanScores: [number, number] }[];
	novelty: { threshold: number; scores: number[]; nearest: number[] };
};

/** As in oracle/make_figures.py. */
const normal = (random: Random): number => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, 0) - 6;
const point = (random: Random, dimensions: number, draw: (random: Random) => number): number[] =>
	Array.from({ length: dimensions }, () => draw(random));

/** Area under the ROC curve by comparing all pairs. */
function auc(outliers: number[], inliers: number[]): number {
	let wins = 0;
	for (const a of outliers) for (const b of inliers) wins += a > b ? 1 : a === b ? 0.5 : 0;
	return wins / (outliers.length * inliers.length);
}
const mean = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

describe("against scipy, numpy and scikit-learn", () => {
	it("quantiles", () => {
		for (const [q, value] of Object.entries(figures.quantiles)) expect(quantile(figures.values, Number(q))).toBeCloseTo(value, 9);
	});

	it.each([
		["z-score", fitZScore(figures.values).score, figures.zscore],
		["robust z", fitRobustZ(figures.values).score, figures.robustZ],
		["IQR", fitIqr(figures.values).score, figures.iqr],
	] as const)("%s", (_, score, expected) => {
		figures.probes.forEach((probe, i) => void expect(score(probe)).toBeCloseTo(expected[i] ?? Number.NaN, 9));
	});

	it.each(figures.isolationForest)("Isolation Forest on $n points of $dimensions dimensions with $outliers outliers", (set) => {
		const random = seededRandom(set.seed);
		const inliers = Array.from({ length: set.n }, () => point(random, set.dimensions, normal));
		const outliers = Array.from({ length: set.outliers }, () => point(random, set.dimensions, (r) => r() * 12 - 6));
		const runs = [1, 2, 3, 4, 5].map((seed) => {
			const forest = fitIsolationForest([...inliers, ...outliers], { trees: 200, random: seededRandom(seed) });
			const scores = (points: number[][]): number[] => points.map((p) => isolationScore(forest, p));
			return { auc: auc(scores(outliers), scores(inliers)), means: [mean(scores(inliers)), mean(scores(outliers))] };
		});
		expect(Math.abs(mean(runs.map((r) => r.auc)) - set.auc)).toBeLessThan(0.01);
		expect(mean(runs.map((r) => r.means[0] ?? 0))).toBeCloseTo(set.meanScores[0], 1.7);
		expect(mean(runs.map((r) => r.means[1] ?? 0))).toBeCloseTo(set.meanScores[1], 1.7);
	});

	it("novelty", async () => {
		const random = seededRandom(11);
		const unit = (values: number[]): Float32Array => Float32Array.from(values, (x) => x / Math.hypot(...values));
		const baseline = Array.from({ length: 200 }, () => unit(point(random, 8, normal)));
		const queries = Array.from({ length: 5 }, () => unit(point(random, 8, normal)));
		const novelty = await fitNovelty(createVectorIndex({ dimensions: 8 }), baseline, { q: 0.9, leastThreshold: 0 });
		expect(novelty.threshold).toBeCloseTo(figures.novelty.threshold, 5);
		(await novelty.score(queries)).forEach(({ score, nearest }, i) => {
			expect(nearest).toBe(figures.novelty.nearest[i]);
			expect(score).toBeCloseTo(figures.novelty.scores[i] ?? Number.NaN, 5);
		});
	});
});
