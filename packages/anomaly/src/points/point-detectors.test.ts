import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import type { Rows } from "../rows.ts";
import { drawNormal } from "../testing/draw-set.ts";
import { isAnomalous } from "../vote.ts";
import { fitAutoencoderDetector } from "./autoencoder-detector.ts";
import { fitDensityDetector } from "./density-detector.ts";
import { fitIsolationDetector } from "./isolation-detector.ts";

const FEATURES = ["latency", "cpu", "requests"];

/** Latency and cpu follow the requests. */
function healthy(seed: number, n: number): Rows {
	const random = seededRandom(seed);
	const values = new Float64Array(3 * n);
	for (let i = 0; i < n; i++) {
		const load = drawNormal(random);
		values.set(
			[100 + 20 * load + 4 * drawNormal(random), 40 + 10 * load + 2 * drawNormal(random), 500 + 80 * load + 16 * drawNormal(random)],
			3 * i,
		);
	}
	return { values, dimensions: 3 };
}
const far: Rows = { values: Float64Array.of(400, 95, 900), dimensions: 3 };
/** Every feature within its range, but high cpu and latency with few requests. */
const odd: Rows = { values: Float64Array.of(140, 60, 350), dimensions: 3 };

describe.each([
	[
		"isolation forest",
		fitIsolationDetector,
		/random splits set it apart, the usual point [\d.]+, most by (latency 400|cpu 95|requests 900) \(usually [\d.]+ to [\d.]+\)/,
	],
	["density", fitDensityDetector, /times as far from its neighbours \([\d.]+\) as the densest points there/],
	["autoencoder", fitAutoencoderDetector, /(latency 400|cpu 95|requests 900) where [\d.]+ goes with the rest \(\d+ % of the surprise\)/],
] as const)("%s", (name, fit, words) => {
	it("votes against what is far off, says why, and leaves healthy points alone", async () => {
		const detector = await fit(healthy(1, 1_000), { random: seededRandom(2), features: FEATURES, risk: 0.005 });
		const [vote] = await detector.judge(far);
		expect(vote).toMatchObject({ detector: name, threshold: detector.threshold });
		expect(isAnomalous(vote!)).toBe(true);
		expect(vote!.score).toBeGreaterThan(0.98);
		expect(vote!.evidence).toMatch(words);
		const calm = await detector.judge(healthy(3, 1_000));
		expect(calm.filter(isAnomalous).length / 1_000).toBeLessThan(0.03);
		expect(detector.heldOut).toHaveLength(250);
		expect([...(await detector.figures(far))]).toEqual([vote!.raw]);
		await detector.close();
	});

	it("refuses too small a baseline, and what is no number", async () => {
		await expect(fit(healthy(1, 5), { random: seededRandom(1) })).rejects.toThrow(/5 points is too small/);
		const holed = healthy(1, 50);
		holed.values[7] = Number.NaN;
		await expect(fit(holed, { random: seededRandom(1) })).rejects.toThrow(/point 2 holds NaN/);
	});

	it("stands a baseline of equal points", async () => {
		const equal = { values: new Float64Array(120).fill(3), dimensions: 3 };
		const detector = await fit(equal, { random: seededRandom(1) });
		const [same] = await detector.judge({ values: Float64Array.of(3, 3, 3), dimensions: 3 });
		expect(isAnomalous(same!)).toBe(false);
		await detector.close();
	});
});

describe("features that do not go together", () => {
	it.each([
		["density", fitDensityDetector],
		["autoencoder", fitAutoencoderDetector],
	] as const)("are seen by %s", async (_, fit) => {
		const detector = await fit(healthy(1, 1_500), { random: seededRandom(2), features: FEATURES, risk: 0.01 });
		expect(isAnomalous((await detector.judge(odd))[0]!)).toBe(true);
		await detector.close();
	});
});

describe("density beside duplicates", () => {
	it("still tells near from far", async () => {
		const random = seededRandom(4);
		const values = Float64Array.from({ length: 1_600 }, (_, i) => {
			const row = i >> 1;
			const spot = (row % 3) * 10;
			return row % 4 === 0 ? spot + 0.3 * drawNormal(random) : spot;
		});
		const detector = await fitDensityDetector({ values, dimensions: 2 }, { random: seededRandom(1), risk: 0.01 });
		const votes = await detector.judge({ values: Float64Array.of(10, 10, 10.3, 10.2, 15, 4, 40, 40), dimensions: 2 });
		expect(votes.map(isAnomalous)).toEqual([false, false, true, true]);
		expect(votes[3]!.raw).toBeGreaterThan(votes[2]!.raw);
	});
});
