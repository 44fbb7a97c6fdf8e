import { describe, expect, it } from "vitest";
import { trainBoostedRanker } from "./boosted-ranker.ts";
import { softmax, trainLinearRanker } from "./linear-ranker.ts";

const half = { depth: 1, rate: 1, lambda: 1, minHessian: 0.1, columns: 1, lists: 1, random: () => 0.5 };

describe("boosted trees with the listwise loss", () => {
	it("gives the figures of one round by hand", () => {
		// Two lists of two: p = 1/2 everywhere, g = -+1/2, h = 1/4. The right rows' leaf: -(-1) / (1/2 + 1) = 2/3.
		const rows = { columns: 1, values: Float32Array.of(1, 0, 0, 1), starts: [0, 2, 4] };
		const scores = trainBoostedRanker(rows, [0, 3], { ...half, rounds: 1 }).score(rows);
		expect([...scores].map((s) => s.toFixed(9))).toEqual(["0.666666667", "-0.666666667", "-0.666666667", "0.666666667"]);
	});

	it("learns what no single column tells", () => {
		// The right row of each list is the one where exactly one of two columns is set.
		const values = Float32Array.of(1, 0, 1, 1, 0, 0, /* */ 0, 0, 0, 1, 1, 1, /* */ 1, 1, 0, 0, 1, 0);
		const rows = { columns: 2, values, starts: [0, 3, 6, 9] };
		const scores = trainBoostedRanker(rows, [0, 4, 8], { ...half, depth: 2, rounds: 20, minHessian: 0.01 }).score(rows);
		for (const [list, right] of [0, 4, 8].entries()) {
			const all = [...scores.slice(3 * list, 3 * list + 3)];
			expect(Math.max(...all)).toBe(scores[right]);
			expect(all.filter((s) => s === scores[right])).toHaveLength(1);
		}
	});

	it("says nothing where nothing differs", () => {
		const rows = { columns: 1, values: Float32Array.of(3, 3), starts: [0, 2] };
		expect([...trainBoostedRanker(rows, [0], { ...half, rounds: 3 }).score(rows)]).toEqual([0, 0]);
	});
});

describe("conditional logit", () => {
	it("ends where its gradient is zero", () => {
		// One column, 1 for the right row and 0 for the other; scaled by sqrt(2). At the minimum 2 (1 - sigma(d)) = l2 d, d = w's effect.
		const rows = { columns: 1, values: Float32Array.of(1, 0), starts: [0, 2] };
		const scores = trainLinearRanker(rows, [0], { steps: 4000, rate: 0.01, l2: 0.1 }).score(rows);
		const d = (scores[0] as number) - (scores[1] as number);
		expect(2 * (1 - 1 / (1 + Math.exp(-d)))).toBeCloseTo(0.1 * d, 4);
	});

	it("has a softmax that does not overflow", () => {
		expect([...softmax(Float64Array.of(1000, 1000 + Math.log(3)))].map((p) => p.toFixed(6))).toEqual(["0.250000", "0.750000"]);
	});
});
