import { readFileSync } from "node:fs";
import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { adjustedRand, drawNormal, drawSet, type SetSpec } from "../testing/draw-set.ts";
import { askOracle, pythonWith } from "../testing/scientific-python.ts";
import { type HdbscanOptions, hdbscan } from "./hdbscan.ts";

/** oracle/make_hdbscan.py made them. */
const figures = JSON.parse(readFileSync(new URL("../../oracle/hdbscan.json", import.meta.url), "utf8")) as {
	sets: (SetSpec & { options: HdbscanOptions; labels: number[]; stable: number[]; probabilities: number[] })[];
	glosh: { points: number[][]; minClusterSize: number; minSamples: number; scores: number[] };
};

describe("HDBSCAN against scikit-learn", () => {
	it.each(figures.sets)("labels $name", (set) => {
		const { labels, probabilities } = hdbscan(drawSet(set), set.options);
		expect(adjustedRand(labels, set.labels)).toBeGreaterThanOrEqual(0.99);
		expect(adjustedRand(labels, set.stable)).toBeGreaterThanOrEqual(0.995);
		const apart = Array.from(probabilities, (p, i) => Math.abs(p - (set.probabilities[i] ?? 0)));
		expect(apart.filter((d) => d > 0.001).length / apart.length).toBeLessThan(0.01);
	});

	it("gives GLOSH as defined", () => {
		const { points, scores, ...options } = figures.glosh;
		const { outlierScores } = hdbscan({ values: Float64Array.from(points.flat()), dimensions: 2 }, options);
		scores.forEach((score, i) => void expect(outlierScores[i]).toBeCloseTo(score, 4));
	});

	const python = pythonWith("from sklearn.cluster import HDBSCAN");
	it.skipIf(python === undefined)(
		"labels sets drawn now, by the scikit-learn that is here (skipped where Python has none)",
		() => {
			const sets = [0, 1, 2, 3, 4].map((i) => {
				const random = seededRandom(1_000 + i);
				const dimensions = [2, 3, 5, 16, 40][i] as number;
				const centres = Array.from({ length: 3 + i }, () => Array.from({ length: dimensions }, () => random() * 12));
				const points = Array.from({ length: 350 }, (_, row) =>
					random() < 0.08
						? Array.from({ length: dimensions }, () => random() * 16 - 2)
						: (centres[row % centres.length] as number[]).map((x) => x + drawNormal(random) * (0.4 + (row % centres.length) / 4)),
				);
				return { points, options: { minClusterSize: 6 + 3 * i, minSamples: 3 + 2 * i } };
			});
			const answers = askOracle<{ labels: number[]; stable: number[] }[]>(python as string, "make_hdbscan.py", sets);
			sets.forEach(({ points, options }, i) => {
				const { labels } = hdbscan({ values: Float64Array.from(points.flat()), dimensions: points[0]!.length }, options);
				const { labels: theirs, stable } = answers[i]!;
				expect(adjustedRand(labels, stable)).toBeGreaterThanOrEqual(0.99);
				// Where scikit-learn agrees with itself, the order of equal edges does not matter.
				if (adjustedRand(theirs, stable) > 0.999) expect(adjustedRand(labels, theirs)).toBeGreaterThanOrEqual(0.99);
			});
		},
		120_000,
	);
});
