import { seededRandom } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { findSeason, timeFeatures } from "./season.ts";

const DAY = 86_400_000;
const MONDAY = Date.UTC(2026, 0, 5);
const grid = (n: number, step: number) => Float64Array.from({ length: n }, (_, i) => MONDAY + i * step);
/** Busy about noon. */
const daily = (at: number) => 100 + 60 * Math.sin((2 * Math.PI * ((at % DAY) - DAY / 4)) / DAY);

describe("findSeason", () => {
	it("learns a day from two of them, and foretells the next", () => {
		const random = seededRandom(5);
		const times = grid(2 * 288, 300_000);
		const season = findSeason(
			times,
			times.map((t) => daily(t) + 4 * (random() - 0.5)),
		);
		expect(season).toMatchObject({ period: DAY, words: "24 h" });
		expect(season?.strength).toBeGreaterThan(0.95);
		for (const hour of [0, 7, 12, 18.5])
			expect(season?.expected(MONDAY + 5 * DAY + hour * 3_600_000)).toBeCloseTo(daily(hour * 3_600_000), -1);
		const spread = Math.max(...(season?.residuals ?? []).map(Math.abs));
		expect(spread).toBeGreaterThan(1);
		expect(spread).toBeLessThan(5);
	});

	it("tells a week of quiet weekends from a day", () => {
		const times = grid(21 * 24, 3_600_000);
		const season = findSeason(
			times,
			times.map((t) => daily(t) * (timeFeatures(t).weekend ? 0.2 : 1)),
		);
		expect(season).toMatchObject({ period: 7 * DAY, words: "7 d" });
	});

	it("finds a job that runs every ten minutes", () => {
		const times = grid(120, 30_000);
		const season = findSeason(
			times,
			times.map((_, i) => (i % 20 < 3 ? 90 : 10)),
		);
		expect(season).toMatchObject({ period: 600_000, words: "10 min" });
		expect(season?.expected(MONDAY + 5 * 600_000)).toBe(90);
	});

	it("sees none in noise, in a drift, in a constant, or in less than two cycles", () => {
		const random = seededRandom(9);
		const times = grid(300, 60_000);
		for (let k = 0; k < 20; k++)
			expect(
				findSeason(
					times,
					times.map(() => random()),
				),
			).toBeUndefined();
		expect(
			findSeason(
				times,
				times.map((_, i) => i),
			),
		).toBeUndefined();
		expect(findSeason(times, new Float64Array(300).fill(3))).toBeUndefined();
		const short = grid(400, 300_000);
		expect(findSeason(short, short.map(daily))).toBeUndefined();
		expect(findSeason(Float64Array.of(1), [1])).toBeUndefined();
	});

	it("sees none in a stretch that is mostly holes", () => {
		const times = grid(600, 60_000).filter((_, i) => i % 60 < 5);
		const values = times.map((_, i) => [1, 5, 2, 8, 3][i % 5] as number);
		expect(findSeason(times, values)).toBeUndefined();
	});

	it("is not misled by samples that are lost, or by one odd cycle", () => {
		const random = seededRandom(4);
		const times = grid(5 * 96, 900_000).filter(() => random() > 0.1);
		const values = times.map((t) => daily(t) + (t > MONDAY + 2.5 * DAY && t < MONDAY + 2.6 * DAY ? 500 : 0));
		const season = findSeason(times, values);
		expect(season).toMatchObject({ words: "24 h" });
		expect(season?.expected(MONDAY + 9.55 * DAY)).toBeCloseTo(daily(0.55 * DAY), -1);
	});
});

describe("timeFeatures", () => {
	it("knows hours and weekdays, and that midnight is near midnight", () => {
		expect(timeFeatures(MONDAY + 13 * 3_600_000)).toMatchObject({ hour: 13, weekday: 1, weekend: false });
		expect(timeFeatures(MONDAY - 1)).toMatchObject({ hour: 23, weekday: 0, weekend: true });
		const [late, early] = [timeFeatures(MONDAY - 60_000), timeFeatures(MONDAY + 60_000)];
		expect(Math.hypot(late.hourSine - early.hourSine, late.hourCosine - early.hourCosine)).toBeLessThan(0.02);
		expect(Math.hypot(late.weekSine - early.weekSine, late.weekCosine - early.weekCosine)).toBeLessThan(0.01);
	});
});
