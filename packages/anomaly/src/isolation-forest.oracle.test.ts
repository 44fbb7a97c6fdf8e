import { readFileSync } from "node:fs";
import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { fitIsolationForest } from "./isolation-forest.ts";
import { isolationScores } from "./isolation-scores.ts";
import type { Rows } from "./rows.ts";
import { drawSet, rocAuc, type SetSpec } from "./testing/draw-set.ts";
import { askOracle, pythonWith } from "./testing/scientific-python.ts";

/** oracle/make_forest.py made them. */
const { sets } = JSON.parse(readFileSync(new URL("../oracle/forest.json", import.meta.url), "utf8")) as {
	sets: (SetSpec & { trees: number; sample: number; auc: number })[];
};

/** Mean of ten forests, as the oracle's. */
function meanAuc(rows: Rows, noise: boolean[], trees: number, sample: number): number {
	const aucs = Array.from({ length: 10 }, (_, seed) =>
		rocAuc(isolationScores(fitIsolationForest(rows, { trees, sample, random: seededRandom(seed) }), rows), noise),
	);
	return aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
}

describe("Isolation Forest against scikit-learn: AUC within 0.01", () => {
	it.each(sets)("$name in $dimensions dimensions", (set) => {
		const rows = drawSet(set);
		expect(Math.abs(meanAuc(rows, rows.noise, set.trees, set.sample) - set.auc)).toBeLessThan(0.01);
	});

	const python = pythonWith("from sklearn.ensemble import IsolationForest");
	it.skipIf(python === undefined)(
		"on sets drawn now, by the scikit-learn that is here (skipped where Python has none)",
		() => {
			const drawn = [3, 12].map((dimensions, i) =>
				drawSet({ name: "", kind: "uneven", seed: 900 + i, n: 500, dimensions, clusters: 1 + 2 * i, spread: 0.8, noise: 0.05 }),
			);
			const asked = drawn.map(({ values, dimensions, noise }) => ({
				points: noise.map((_, i) => [...values.subarray(i * dimensions, (i + 1) * dimensions)]),
				labels: noise,
				trees: 150,
				sample: 128,
			}));
			const theirs = askOracle<number[]>(python as string, "make_forest.py", asked);
			drawn.forEach((rows, i) => {
				expect(Math.abs(meanAuc(rows, rows.noise, 150, 128) - (theirs[i] ?? Number.NaN))).toBeLessThan(0.01);
			});
		},
		120_000,
	);
});
