import { describe, expect, it } from "vitest";
import { chanceOf, FIGURE_NAMES, temperConfidence, temperVerdict } from "./calibration.ts";
import { LEARNED } from "./learned-calibration.ts";

const figures = (of: keyof typeof FIGURE_NAMES, given: Record<string, number>): number[] =>
	FIGURE_NAMES[of].map((name) => given[name] ?? 0);

describe("the learned calibration", () => {
	it("has a weight for every figure", () => {
		expect(LEARNED.verdict.weights).toHaveLength(FIGURE_NAMES.verdict.length);
		expect(LEARNED.confidence.weights).toHaveLength(FIGURE_NAMES.confidence.length);
	});

	it("kept its promises on the captures that were held out of the fit", () => {
		expect(LEARNED.heldOut.captures).toBeGreaterThan(200);
		expect(LEARNED.heldOut["confirmed and right"]).toBeGreaterThanOrEqual(0.95);
		expect(LEARNED.heldOut["healthy called incidents where nobody was paged"]).toBeLessThanOrEqual(0.05);
	});

	it("is a logistic function", () => {
		expect(chanceOf({ bias: 0, weights: [1] }, [0])).toBe(0.5);
		expect(chanceOf({ bias: -1, weights: [2, 1] }, [1, 1])).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
	});
});

describe("a verdict", () => {
	const incident = { verdict: "incident", reason: "abnormal signals persist" } as const;

	it("is taken back where what is abnormal is ordinary and nobody was paged", () => {
		expect(temperVerdict(incident, figures("verdict", {}))).toMatchObject({ verdict: "no-incident" });
	});

	it("stands where someone was paged, or where much is abnormal", () => {
		expect(temperVerdict(incident, figures("verdict", { "firing errors": Math.log1p(1) }))).toBe(incident);
		expect(temperVerdict(incident, figures("verdict", { "paged by no alert": 1 }))).toBe(incident);
		const loud = {
			"firing warnings": 1.4,
			"strongest resource": 0.99,
			"second resource": 0.95,
			loud: 2.5,
			"onset seen": 1,
			symptoms: 0.9,
			event: 0.8,
			alert: 0.9,
			metric: 0.9,
		};
		expect(temperVerdict(incident, figures("verdict", loud))).toBe(incident);
	});

	it("that nothing is wrong is never made one of something", () => {
		const quiet = { verdict: "no-incident", reason: "nothing" } as const;
		expect(temperVerdict(quiet, figures("verdict", { loud: 3, "strongest resource": 1 }))).toBe(quiet);
	});
});

describe("a confidence", () => {
	const weak = figures("confidence", { resources: 1 });

	it("is no more than likely where such evidence is wrong too often", () => {
		const tempered = temperConfidence({ confidence: "confirmed", doubts: [] }, weak);
		expect(tempered.confidence).toBe("likely");
		expect(tempered.doubts[0]).toMatch(/\d+ % of the time in generated incidents/);
	});

	it("stays where the evidence is of the kind that is right", () => {
		const strong = figures("confidence", {
			score: 0.98,
			margin: 0.9,
			kinds: 1,
			"onset seen": 1,
			"change blamed": 1,
			loud: 2,
			event: 0.95,
			resources: 0.5,
		});
		const sure = { confidence: "confirmed" as const, doubts: [] };
		expect(temperConfidence(sure, strong)).toBe(sure);
		const likely = { confidence: "likely" as const, doubts: [] };
		expect(temperConfidence(likely, weak)).toBe(likely);
	});
});
