import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClock } from "./temporal-features.ts";

const temporalFeatures = (times: readonly number[]) => {
	const clock = createClock();
	return times.flatMap((time) => clock(time) ?? []);
};

describe("createClock", () => {
	it("tells hour, weekday and the time since the line before", () => {
		const start = Date.parse("2026-06-19T23:59:59.500Z");
		expect(temporalFeatures([start, start + 500])).toEqual([
			{ hour: 23, weekday: 5, sinceLast: 0, clockJump: false },
			{ hour: 0, weekday: 6, sinceLast: 500, clockJump: false },
		]);
	});

	it("tells a clock that was set back from lines that overtake each other, and goes on from there", () => {
		const features = temporalFeatures([10_000, 9_500, 3_600_000, 20_000, 21_000]);
		expect(features.map((f) => f.clockJump)).toEqual([false, false, false, true, false]);
		expect(features.map((f) => f.sinceLast)).toEqual([0, 0, 3_590_500, 0, 1_000]);
	});

	it("passes over a time that is none", () => {
		const clock = createClock();
		expect([clock(1_000)?.sinceLast, clock(Number.NaN), clock(4_000)?.sinceLast]).toEqual([0, undefined, 3_000]);
	});

	it("is finite whatever the times are", () => {
		fc.assert(
			fc.property(
				fc.array(fc.oneof(fc.integer({ min: -8e15, max: 8e15 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY))),
				(times) => {
					for (const { hour, weekday, sinceLast } of temporalFeatures(times)) {
						expect([hour, weekday, sinceLast].every((x) => Number.isFinite(x) && x >= 0)).toBe(true);
					}
				},
			),
		);
	});
});
