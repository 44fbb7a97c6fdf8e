import { readFileSync } from "node:fs";
import { seededRandom } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAdaptiveCalibration, fitCalibration } from "./calibration.ts";
import { fitGeneralisedPareto, paretoQuantile, paretoSurvival } from "./generalised-pareto.ts";

const figures = JSON.parse(readFileSync(new URL("../oracle/pareto.json", import.meta.url), "utf8")) as {
	fits: { excesses: number[]; shape: number; scale: number; probes: number[]; survival: number[] }[];
};

describe("generalised Pareto against scipy.stats.genpareto", () => {
	it.each(figures.fits)("shape $shape, scale $scale", ({ excesses, shape, scale, probes, survival }) => {
		const fit = fitGeneralisedPareto(excesses);
		expect(fit?.shape).toBeCloseTo(shape, 3);
		expect((fit?.scale ?? 0) / scale).toBeCloseTo(1, 3);
		probes.forEach((probe, i) => void expect(paretoSurvival({ shape, scale }, probe)).toBeCloseTo(survival[i] ?? Number.NaN, 9));
	});

	it("has a quantile that undoes its survival, and no fit of nothing", () => {
		for (const shape of [-0.3, 0, 0.4])
			for (const p of [0.5, 1e-3, 1e-9])
				expect(paretoSurvival({ shape, scale: 2 }, paretoQuantile({ shape, scale: 2 }, p)) / p).toBeCloseTo(1, 6);
		expect(fitGeneralisedPareto([])).toBeUndefined();
		expect(fitGeneralisedPareto([0, -1, Number.NaN])).toBeUndefined();
		expect(paretoSurvival({ shape: -0.5, scale: 1 }, 3)).toBe(0);
	});

	it("takes excesses of any size", () => {
		for (const unit of [1e-300, 1, 1e300]) {
			const fit = fitGeneralisedPareto([1, 2, 3, 0.5, 0.1, 7].map((y) => y * unit));
			expect((fit?.scale ?? 0) / unit).toBeCloseTo(fitGeneralisedPareto([1, 2, 3, 0.5, 0.1, 7])?.scale ?? 0, 6);
		}
	});
});

const exponential = (n: number, seed: number): number[] => {
	const random = seededRandom(seed);
	return Array.from({ length: n }, () => -Math.log(1 - random()));
};

describe("calibration", () => {
	it("keeps its false alarms where it promised, within and beyond the sample", () => {
		const calibrations = Array.from({ length: 21 }, (_, seed) => fitCalibration(exponential(2_000, seed)));
		for (const risk of [0.05, 0.01, 1e-3, 1e-4, 1e-5]) {
			// Of the exponential law the true share above a threshold is known.
			const shares = calibrations.map((c) => Math.exp(-c.threshold(risk))).sort((a, b) => a - b);
			expect(shares[10]).toBeGreaterThan(risk / 2);
			expect(shares[10]).toBeLessThan(risk * 2);
		}
		expect(calibrations[0]?.threshold(1e-5)).toBeGreaterThan(Math.max(...exponential(2_000, 0)));
	});

	it("never falls as the score grows, and stays in [0, 1)", () => {
		fc.assert(
			fc.property(
				fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { maxLength: 80 }),
				fc.array(fc.double({ noNaN: true }), { minLength: 2, maxLength: 20 }),
				(scores, probes) => {
					const calibration = fitCalibration(scores);
					const judged = probes.sort((a, b) => a - b).map((x) => calibration.score(x));
					judged.forEach((score, i) => {
						expect(score).toBeGreaterThanOrEqual(judged[i - 1] ?? 0);
						expect(score).toBeLessThan(1);
					});
				},
			),
		);
	});

	it("undoes itself: S(threshold(risk)) is at most the risk where a tail reaches it", () => {
		const calibration = fitCalibration(exponential(500, 3));
		for (const risk of [1e-3, 1e-6]) expect(calibration.survival(calibration.threshold(risk)) / risk).toBeCloseTo(1, 6);
	});

	it("says what it can of little: nothing, one score, equal scores, no numbers", () => {
		expect(fitCalibration([]).threshold(0.01)).toBe(Number.POSITIVE_INFINITY);
		expect(fitCalibration([]).score(5)).toBe(0);
		expect(fitCalibration([Number.NaN]).size).toBe(0);
		expect(fitCalibration([3]).score(4)).toBe(0.5);
		const equal = fitCalibration(new Array<number>(99).fill(2));
		expect(equal.score(2)).toBe(0);
		expect(equal.score(2.1)).toBeCloseTo(0.99, 9);
		expect(equal.threshold(1e-6)).toBe(2);
		expect(equal.score(Number.NaN)).toBe(0);
		expect(equal.score(Number.POSITIVE_INFINITY)).toBeCloseTo(0.99, 9);
	});
});

describe("adaptive calibration", () => {
	it("follows a slow drift and still sees a jump", () => {
		const adaptive = createAdaptiveCalibration(exponential(500, 4), { window: 500, risk: 1e-3, refitEvery: 20 });
		const drifting = exponential(5_000, 5).map((x, i) => x + i / 1_000);
		const alarms = drifting.filter((x) => adaptive.observe(x).anomalous).length;
		expect(alarms / drifting.length).toBeLessThan(0.01);
		expect(adaptive.observe(40)).toMatchObject({ anomalous: true });
		expect(adaptive.size).toBe(500);
	});

	it("does not learn what it calls anomalous, and says when most is", () => {
		const adaptive = createAdaptiveCalibration(exponential(500, 6), { window: 100 });
		for (let i = 0; i < 200; i++) adaptive.observe(1_000);
		expect(adaptive.observe(1_000)).toMatchObject({ anomalous: true });
		expect(adaptive.anomalousShare).toBe(1);
		expect(adaptive.observe(Number.NaN).anomalous).toBe(false);
	});
});
