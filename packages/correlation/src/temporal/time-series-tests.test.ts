import { readFileSync } from "node:fs";
import { seededRandom } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onlineChanges, runLengths } from "./bocpd.ts";
import { standardised, warp, warpSignificance } from "./dtw.ts";
import { differences, fisherUpper, grangerTest } from "./granger.ts";
import { residualSumOfSquares } from "./least-squares.ts";
import { falseDiscoveryRates } from "./many-tests.ts";
import { precedence } from "./precedence.ts";

const oracle = JSON.parse(readFileSync(new URL("../../oracle/temporal-figures.json", import.meta.url), "utf8"));
const draw = (seed: number, n: number, shift = 0): number[] => {
	const random = seededRandom(seed);
	return Array.from({ length: n }, () => random() + shift);
};
const x = draw(11, 120, -0.5);
const noise = draw(12, 120, -0.5);
const follows = [0, 0, ...x.slice(0, -2)].map((v, i) => 0.8 * v + 0.2 * (noise[i] as number));

describe("Granger's test", () => {
	it.each([1, 3, 5])("agrees with statsmodels at %d lags", (lags) => {
		for (const [name, from, to] of [
			["leads", x, follows],
			["follows", follows, x],
			["apart", x, noise],
		] as const) {
			const [f, p] = oracle.granger[`${name}${lags}`];
			const found = grangerTest(from, to, lags);
			expect(found?.f).toBeCloseTo(f, 6);
			expect(found?.p).toBeCloseTo(p, 6);
		}
	});

	it("tells who leads", () => {
		expect(grangerTest(x, follows, 3)?.p).toBeLessThan(1e-9);
		expect(grangerTest(follows, x, 3)?.p).toBeGreaterThan(0.01);
	});

	it("has no opinion on what does not support it", () => {
		expect(grangerTest(x.slice(0, 59), follows.slice(0, 59), 1)).toBeUndefined();
		expect(grangerTest(new Array(80).fill(1), follows, 2)).toBeUndefined();
		expect(grangerTest(follows, follows, 2)).toBeUndefined();
		expect(grangerTest([...x.slice(1), Number.NaN], follows, 2)).toBeUndefined();
	});

	it("knows Fisher's F at its ends", () => {
		expect([fisherUpper(0, 2, 10), fisherUpper(Number.POSITIVE_INFINITY, 2, 10)]).toEqual([1, 0]);
		expect(differences([1, 4, 2])).toEqual(Float64Array.of(3, -2));
	});

	it("fits a line exactly, and refuses dependent columns", () => {
		const line = Float64Array.from([1, 1, 1, 2, 1, 3, 1, 4]);
		expect(residualSumOfSquares(line, Float64Array.of(3, 5, 7, 9), 2)).toBeCloseTo(0, 20);
		expect(residualSumOfSquares(Float64Array.of(1, 2, 1, 2, 1, 2), Float64Array.of(1, 2, 3), 2)).toBeUndefined();
	});
});

describe("dynamic time warping", () => {
	const [a, b] = [draw(13, 40), draw(14, 40)];
	it("agrees with dtaidistance", () => {
		expect(warp(a, b)?.distance).toBeCloseTo(oracle.dtw.free, 9);
		expect(warp(a, b.slice(0, 29))?.distance).toBeCloseTo(oracle.dtw.uneven, 9);
		expect(warp(a, b, 5)?.distance).toBeCloseTo(oracle.dtw.band5, 9);
	});

	it("is no distance to itself, the same both ways, and no more than without warping", () => {
		const series = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 });
		fc.assert(
			fc.property(series, series, (p, q) => {
				expect(warp(p, p)).toEqual({ distance: 0, lag: 0 });
				expect(warp(p, q)?.distance).toBeCloseTo(warp(q, p)?.distance ?? Number.NaN, 9);
				const n = Math.min(p.length, q.length);
				const straight = Math.sqrt(p.slice(0, n).reduce((sum, v, i) => sum + (v - (q[i] as number)) ** 2, 0));
				expect(warp(p.slice(0, n), q.slice(0, n))?.distance ?? 0).toBeLessThanOrEqual(straight + 1e-9);
			}),
		);
	});

	it("finds by how much one is late, and that it is no chance", () => {
		const pulse = Array.from({ length: 60 }, (_, i) => Math.exp(-((i - 20) ** 2) / 20));
		const late = Array.from({ length: 60 }, (_, i) => Math.exp(-((i - 24) ** 2) / 20));
		const [p, q] = [standardised(pulse) ?? [], standardised(late) ?? []];
		expect(warp(p, q, 8)?.lag).toBeGreaterThan(0);
		expect(warp(q, p, 8)?.lag).toBeLessThan(0);
		expect(warpSignificance(p, q, 8)).toBeLessThanOrEqual(0.05);
		expect(warpSignificance(draw(17, 60), draw(18, 60), 8)).toBeGreaterThan(0.05);
	});

	it("has no opinion on nothing", () => {
		expect([warp([], a), warp([Number.NaN], [1]), standardised([2, 2, 2]), warpSignificance([1], [1], 3)]).toEqual([
			undefined,
			undefined,
			undefined,
			1,
		]);
	});
});

describe("Bayesian online change point detection", () => {
	const shifted = [...draw(15, 30, -0.5), ...draw(16, 20, 3)];
	it("agrees with the unbounded form of the paper", () => {
		const all = runLengths(shifted, { hazard: 1 / 50, mostRuns: 1_000 });
		for (const [t, runs] of all.entries()) for (const [length, p] of runs) expect(p).toBeCloseTo(oracle.runLengths[t][length], 9);
		const bounded = runLengths(shifted, { hazard: 1 / 50, mostRuns: 20 });
		for (const [t, runs] of bounded.entries()) for (const [length, p] of runs) expect(p).toBeCloseTo(oracle.runLengths[t][length], 2);
	});

	it("finds the value at which a run begins, and nothing in what does not change", () => {
		const changes = onlineChanges(shifted);
		expect(changes.map((c) => c.index)).toEqual([30]);
		expect(onlineChanges(draw(19, 200, -0.5))).toEqual([]);
		expect(onlineChanges([])).toEqual([]);
	});

	it("passes over what is no number, and outlives what is impossible", () => {
		const odd = [...draw(20, 20, -0.5), Number.NaN, 1e200, ...draw(21, 20, -0.5)];
		for (const runs of runLengths(odd)) expect(runs.reduce((sum, [, p]) => sum + p, 0)).toBeCloseTo(1, 9);
	});
});

describe("many tests at once", () => {
	it("agrees with statsmodels", () => {
		falseDiscoveryRates([0.001, 0.2, 0.03, 0.04, 0.9, 0.012]).forEach((p, i) => {
			expect(p).toBeCloseTo(oracle.falseDiscovery[i], 12);
		});
	});
	it("counts the tests that are not listed", () => {
		expect(falseDiscoveryRates([0.001], 20)).toEqual([0.02]);
		expect(falseDiscoveryRates([])).toEqual([]);
	});
});

describe("precedence", () => {
	it("tells who moved first, by more than one test where the series supports them", () => {
		const found = precedence(x, follows, { maxLag: 6 });
		expect(found).toMatchObject({ lag: 2, confidence: expect.closeTo(1, 6) });
		expect(found?.votes.join("; ")).toMatch(/correlation is 0\.9\d at lag 2.*Granger/);
		expect(precedence(follows, x, { maxLag: 6 })?.lag).toBe(-2);
	});

	it("tells no order where there is none: apart, together, too short, or not a number", () => {
		expect(precedence(x, noise, { maxLag: 6 })).toBeUndefined();
		expect(precedence(x, x, { maxLag: 6 })).toBeUndefined();
		expect(precedence(x.slice(0, 19), follows.slice(0, 19), { maxLag: 6 })).toBeUndefined();
		expect(precedence(x, new Array(120).fill(Number.NaN), { maxLag: 6 })).toBeUndefined();
	});

	it("asks for more of each pair where there are many", () => {
		const faint = [0, 0, ...x.slice(0, -2)].map((v, i) => v + 0.72 * (noise[(i * 7) % 120] as number));
		const short = (v: readonly number[]) => v.slice(0, 24);
		expect(precedence(short(x), short(faint), { maxLag: 4 })).toBeDefined();
		expect(precedence(short(x), short(faint), { maxLag: 4, pairs: 1e9 })).toBeUndefined();
	});
});
