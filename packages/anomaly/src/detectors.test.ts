import { seededRandom } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitIqr } from "./iqr.ts";
import { averagePath, fitIsolationForest, isolationScore } from "./isolation-forest.ts";
import { fitNovelty } from "./novelty.ts";
import { quantile } from "./quantile.ts";
import { fitRobustZ } from "./robust-z.ts";
import { scoreSeries } from "./score-series.ts";
import { openIndexInWorker } from "./vector-index/index-in-worker.ts";
import { createVectorIndex } from "./vector-index/vector-index.ts";
import { fitZScore } from "./z-score.ts";

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe("z, robust z and IQR", () => {
	it("do not move when the baseline is shifted and stretched", () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 5, maxLength: 60 }),
				fc.integer({ min: -2000, max: 2000 }),
				(baseline, x) => {
					for (const fit of [fitZScore, fitRobustZ, fitIqr]) {
						const plain = fit(baseline, 1e-6).score(x);
						const moved = fit(
							baseline.map((b) => b * 8 + 16),
							8e-6,
						).score(x * 8 + 16);
						expect(Math.abs(plain - moved)).toBeLessThan(1e-6 * Math.max(1, Math.abs(plain)));
					}
				},
			),
		);
	});

	it("give numbers for any baseline", () => {
		fc.assert(
			fc.property(fc.array(finite, { maxLength: 20 }), finite, (baseline, x) => {
				for (const fit of [fitZScore, fitRobustZ, fitIqr]) expect(Number.isFinite(fit(baseline).score(x))).toBe(true);
			}),
		);
	});

	it("take the floor for a constant baseline", () => {
		expect(fitZScore([5, 5, 5, 5], 1).score(7)).toBe(2);
		expect(fitRobustZ([5, 5, 5, 5], 1).score(7)).toBe(2);
		expect(fitIqr([5, 5, 5, 5], 1).score(7)).toBe(2);
	});

	it("robust z stands a baseline of which a third is wrong", () => {
		const baseline = [...Array.from({ length: 20 }, (_, i) => 100 + (i % 5)), ...new Array<number>(10).fill(10_000)];
		expect(fitRobustZ(baseline).score(200)).toBeGreaterThan(10);
		expect(fitZScore(baseline).score(200)).toBeLessThan(0);
	});
});

describe("quantile", () => {
	it("is between the least and the greatest, and NaN for nothing", () => {
		fc.assert(
			fc.property(fc.array(finite, { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
				expect(quantile(values, q)).toBeGreaterThanOrEqual(Math.min(...values));
				expect(quantile(values, q)).toBeLessThanOrEqual(Math.max(...values));
			}),
		);
		expect(quantile([], 0.5)).toBeNaN();
	});
});

describe("Isolation Forest", () => {
	const points = (n: number, seed: number): number[][] => {
		const random = seededRandom(seed);
		return Array.from({ length: n }, () => [random(), random(), 7]);
	};

	it("is repeatable by its seed, and one array of numbers", () => {
		const fit = (seed: number) => fitIsolationForest(points(300, 1), { random: seededRandom(seed) });
		expect(fit(1)).toEqual(fit(1));
		expect(fit(1)).not.toEqual(fit(2));
		expect(fit(1)).toBeInstanceOf(Float64Array);
	});

	it("scores in (0, 1), the far point highest", () => {
		const forest = fitIsolationForest([...points(300, 1), [9, 9, 7]], { sample: 301, random: seededRandom(1) });
		expect(isolationScore(forest, [9, 9, 7])).toBeGreaterThan(0.7);
		expect(isolationScore(forest, [0.5, 0.5, 7])).toBeLessThan(0.55);
	});

	it("has no opinion on nothing, on one point and on equal points", () => {
		expect(isolationScore(fitIsolationForest([], { random: seededRandom(1) }), [])).toBe(0.5);
		expect(isolationScore(fitIsolationForest([[1]], { random: seededRandom(1) }), [5])).toBe(0.5);
		expect(isolationScore(fitIsolationForest(new Array(50).fill([1, 2]), { random: seededRandom(1) }), [1, 2])).toBeCloseTo(0.5, 6);
	});

	it("knows c(n) of the paper", () => {
		expect([averagePath(1), averagePath(2)]).toEqual([0, 1]);
		// The paper's approximation of H(255) gives 10.2448; the sum itself a little more.
		expect(averagePath(256)).toBeCloseTo(10.2487, 3);
	});
});

describe("novelty", () => {
	const axis = (i: number): Float32Array => Float32Array.from({ length: 4 }, (_, at) => (at === i ? 1 : 0));

	it("sees what is near nothing of the baseline", async () => {
		const novelty = await fitNovelty(createVectorIndex({ dimensions: 4 }), [axis(0), axis(0), axis(1), axis(1)]);
		const [known, unknown] = await novelty.score([axis(0), axis(3)]);
		expect(known?.score).toBeCloseTo(0, 6);
		expect(unknown?.score).toBeCloseTo(1, 6);
		expect(novelty.threshold).toBe(0.05);
	});

	it("calls everything new where there is no baseline", async () => {
		const novelty = await fitNovelty(createVectorIndex({ dimensions: 4 }), []);
		expect(await novelty.score([axis(0)])).toEqual([{ score: 1, nearest: -1 }]);
	});

	it("learns what proved healthy, and its threshold follows", async () => {
		const novelty = await fitNovelty(createVectorIndex({ dimensions: 4 }), [axis(0), axis(0)]);
		await novelty.learn([axis(3)]);
		expect((await novelty.score([axis(3)]))[0]?.score).toBeCloseTo(0, 6);
		expect(novelty.threshold).toBeGreaterThan(0.9);
	});

	it("answers the same from an index in a thread", async () => {
		const index = await openIndexInWorker({ dimensions: 4 });
		const novelty = await fitNovelty(index, [axis(0), axis(0), axis(1), axis(1)]);
		expect((await novelty.score([axis(3)]))[0]?.score).toBeCloseTo(1, 6);
		await index.close();
	});
});

describe("scoreSeries", () => {
	const random = seededRandom(5);
	const steady = Array.from({ length: 60 }, () => 100 + random() * 4);
	const times = Array.from({ length: 30 }, (_, i) => i * 60_000);

	it("finds a step, its onset and its direction, with votes in words", () => {
		const values = times.map((_, i) => (i < 20 ? 101 : 160));
		const result = scoreSeries(times, values, steady);
		expect(result).toMatchObject({ anomalous: true, direction: "up", onset: 20 * 60_000, peakValue: 160 });
		expect(result.votes.map((v) => v.anomalous)).toEqual([true, true, true]);
		expect(result.words[0]).toMatch(/^z-score \d+\.\d at 160$/);
		expect(
			scoreSeries(
				times,
				times.map(() => 0),
				steady,
			).direction,
		).toBe("down");
	});

	it("stays calm where nothing happens, and on a constant", () => {
		expect(scoreSeries(times, steady.slice(0, 30), steady)).toMatchObject({ anomalous: false, direction: "none", onset: undefined });
		expect(scoreSeries(times, new Array(30).fill(5), new Array(30).fill(5))).toMatchObject({ anomalous: false, peak: 0 });
	});

	it("sets no onset for one value alone in the middle", () => {
		const values = times.map((_, i) => (i === 10 ? 300 : 101));
		expect(scoreSeries(times, values, steady)).toMatchObject({ anomalous: true, onset: undefined, peakTime: 600_000 });
	});

	it("cannot judge by a baseline that is too short, and says so", () => {
		expect(scoreSeries(times, times, [1, 2, Number.NaN])).toMatchObject({
			anomalous: false,
			words: ["baseline of 2 values is too short to judge by"],
		});
	});

	it("skips what is not a number", () => {
		expect(scoreSeries([1, 2], [Number.NaN, Number.POSITIVE_INFINITY], steady)).toMatchObject({ peak: 0, peakTime: undefined });
		expect(scoreSeries([], [], steady).scores.length).toBe(0);
	});
});
