import { describe, expect, it } from "vitest";
import { blend, fitTemperature, probabilities } from "./blend.ts";

describe("fitTemperature", () => {
	it("finds that scores are three times too sure", () => {
		// softmax([3 ln 3, 0] / 3) = [3/4, 1/4]: the first is right in three of four.
		const scores = [3 * Math.log(3), 0];
		const temperature = fitTemperature([0, 0, 0, 1].map((right) => ({ scores, right })));
		expect(temperature).toBeGreaterThan(2.6);
		expect(temperature).toBeLessThan(3.4);
		expect(probabilities(scores, 3)).toEqual([expect.closeTo(0.75, 12), expect.closeTo(0.25, 12)]);
	});

	it("flattens what is never right", () => expect(fitTemperature([{ scores: [1, 0], right: 1 }])).toBeGreaterThan(50));
});

describe("blend", () => {
	it("is the one, the other, or between", () => {
		expect(blend([1, 0], [0, 1], 0)).toEqual([1, 0]);
		expect(blend([1, 0], [0, 1], 0.25)).toEqual([0.75, 0.25]);
	});
});
