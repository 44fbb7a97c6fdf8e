import { readFileSync } from "node:fs";
import { seededRandom } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksOf } from "./blocks.ts";
import { meanRanks, pettitt } from "./change-point.ts";
import { countSplit } from "./count-split.ts";
import { crossCorrelation } from "./cross-correlation.ts";
import { hinge } from "./hinge.ts";
import { pearson } from "./pearson.ts";
import { createDeviation, mad, median, quantileOfSorted, sortedFinite } from "./robust.ts";
import { shareRatio } from "./step-split.ts";
import { incompleteBeta, studentTwoSided } from "./student-t.ts";

const oracle = JSON.parse(readFileSync(new URL("../../oracle/figures.json", import.meta.url), "utf8"));
const draw = (seed: number, n: number): number[] => {
	const random = seededRandom(seed);
	return Array.from({ length: n }, random);
};
const a = draw(1, 60);
const y = draw(2, 60).map((v, i) => 0.4 * v + 0.6 * (a[i] as number));
const whole = fc.integer({ min: -1_000_000, max: 1_000_000 });
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe("against scipy and numpy", () => {
	it("Student's t and the incomplete beta function", () => {
		for (const [t, v, p] of oracle.student) expect(studentTwoSided(t, v)).toBeCloseTo(p, 9);
		for (const [x, p, q, value] of oracle.beta) expect(incompleteBeta(x, p, q)).toBeCloseTo(value, 9);
	});
	it("Pearson", () => {
		const found = pearson(a, y);
		expect(found.r).toBeCloseTo(oracle.pearson[0], 12);
		expect(found.p / oracle.pearson[1]).toBeCloseTo(1, 6);
	});
	it("quantiles, median absolute deviation and ranks", () => {
		const sorted = sortedFinite(a);
		for (const [q, value] of oracle.quantiles) expect(quantileOfSorted(sorted, q)).toBeCloseTo(value, 12);
		expect(mad(a)).toBeCloseTo(oracle.mad, 12);
		expect([...meanRanks([3, 1, 2, 2, 5, 3, 3])]).toEqual(oracle.ranks);
	});
	it("Pettitt's change point", () => {
		const step = [...draw(3, 40), ...draw(4, 25).map((v) => v + 0.7)];
		const found = pettitt(step);
		expect(found?.index).toBe(oracle.pettitt.index);
		expect((found?.p ?? 0) / oracle.pettitt.p).toBeCloseTo(1, 9);
	});
	it("the hinge of a drift", () => {
		const drift = [...draw(5, 30), ...draw(6, 50).map((v, i) => v + 0.2 * i)];
		const found = hinge(drift, 1000);
		expect(found?.index).toBe(oracle.hinge.index);
		expect(found?.slope).toBeCloseTo(oracle.hinge.slope, 9);
		expect(found?.explained).toBeCloseTo(oracle.hinge.explained, 9);
	});
	it("cross-correlation finds the lag", () => {
		const lagged = [...draw(7, 4), ...a.slice(0, -4)];
		expect(crossCorrelation(a, lagged, 8)).toMatchObject({ lag: oracle.lag.lag, r: expect.closeTo(oracle.lag.r, 9) });
		expect(crossCorrelation(lagged, a, 8).lag).toBe(-4);
	});
	it("the G-test of two shares", () => {
		for (const [k, n, l, m, value] of oracle.shares) expect(shareRatio(k, n, l, m)).toBeCloseTo(value, 9);
	});
});

describe("properties", () => {
	it("Pearson is symmetric, bounded, and does not care for scale", () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(whole, whole), { maxLength: 40 }), fc.double({ min: 0.1, max: 100, noNaN: true }), (pairs, scale) => {
				const [x, z] = [pairs.map((p) => p[0]), pairs.map((p) => p[1])];
				const { r, p } = pearson(x, z);
				expect(Math.abs(r)).toBeLessThanOrEqual(1);
				expect(p).toBeGreaterThanOrEqual(0);
				expect(p).toBeLessThanOrEqual(1);
				expect(pearson(z, x).r).toBeCloseTo(r, 6);
				if (Math.abs(r) > 1e-6)
					expect(
						pearson(
							x.map((v) => v * scale),
							z,
						).r,
					).toBeCloseTo(r, 4);
			}),
		);
	});
	it("nothing fails on NaN, constants or too little", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(fc.constant(Number.NaN), fc.constant(5), finite), { maxLength: 30 }), (values) => {
				const change = pettitt(values);
				if (change !== undefined) expect(change.p).toBeLessThanOrEqual(1);
				const bend = hinge(values);
				if (bend !== undefined) expect(bend.explained).toBeLessThanOrEqual(1 + 1e-9);
				expect(Number.isFinite(createDeviation(values)(3))).toBe(true);
				expect(Math.abs(crossCorrelation(values, values, 3).r)).toBeLessThanOrEqual(1);
			}),
		);
		expect(median([])).toBeNaN();
		expect(pettitt([1, 2, 3])).toBeUndefined();
		expect(crossCorrelation([1, 2], [1, 2], 5)).toMatchObject({ r: 0, p: 1 });
	});
	it("Pettitt does not care for any rising transformation", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 4, maxLength: 30 }), (values) => {
				expect(pettitt(values.map((v) => v ** 3))?.index).toBe(pettitt(values)?.index);
			}),
		);
	});
	it("a false alarm of Pettitt's is as rare as its p-value says", () => {
		let alarms = 0;
		for (let seed = 1; seed <= 400; seed++) if ((pettitt(draw(seed, 40))?.p ?? 1) < 0.05) alarms++;
		expect(alarms).toBeLessThanOrEqual(26);
	});
});

describe("streams and stretches", () => {
	it("the split of counts is where shares change, whatever the load does", () => {
		const records = Array.from({ length: 600 }, (_, i) => ({
			at: i < 300 ? i * 100 : 30_000 + (i - 300) * 50,
			key: i >= 400 && i % 3 === 0 ? "failed" : "ok",
			n: 1,
		}));
		const split = countSplit(records);
		expect(split?.stream).toContain("failed");
		expect(split?.at).toBeGreaterThan(33_500);
		expect(split?.at).toBeLessThan(36_500);
		expect(countSplit(records.map((r) => ({ ...r, key: "ok" })))).toBeUndefined();
		expect(countSplit([])).toBeUndefined();
	});
	it("blocks part at long silences", () => {
		const times = [...Array.from({ length: 100 }, (_, i) => i * 1000), ...Array.from({ length: 50 }, (_, i) => 900_000 + i * 1000)];
		expect(blocksOf(times).map((b) => [b.from, b.to, b.count])).toEqual([
			[0, 99_000, 100],
			[900_000, 949_000, 50],
		]);
		expect(blocksOf([])).toEqual([]);
	});
});
