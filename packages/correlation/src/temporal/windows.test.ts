import { describe, expect, it } from "vitest";
import { medianStepOf, searchWindows, windowAround } from "./windows.ts";

const grid = (n: number, step: number) => Float64Array.from({ length: n }, (_, i) => i * step);

describe("windows", () => {
	it("take the usual step, not the mean of a series with a gap", () => {
		expect(medianStepOf([0, 10, 20, 500, 510])).toBe(10);
		expect(medianStepOf([0])).toBeNaN();
	});

	it("search further where samples are rare, and no less than people are used to where they are dense", () => {
		expect(searchWindows(1_800_000, 15_000)).toEqual({ kernel: 27_000, after: 300_000, lead: 900_000 });
		expect(searchWindows(10_800_000, 300_000)).toEqual({ kernel: 300_000, after: 1_500_000, lead: 4_500_000 });
	});

	it("show all of a short series", () => {
		expect(windowAround(grid(60, 30_000), 1_000_000, 1_770_000)).toEqual({ from: 0, to: 60 });
	});

	it("cut a long one down to the fault and a little more before it", () => {
		const times = grid(1440, 60_000);
		const { from, to } = windowAround(times, times[1200] as number, times[1300] as number);
		expect(to).toBe(1302);
		expect(from).toBeGreaterThan(1020);
		expect(from).toBeLessThan(1050);
		// a fault of one sample still has something before it
		expect(windowAround(times, times[1200] as number, times[1200] as number)).toMatchObject({ from: 1176 });
	});
});
