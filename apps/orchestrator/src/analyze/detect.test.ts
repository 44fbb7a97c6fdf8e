import { seededRandom } from "@faultline/contracts";
import type { Moment, Situation } from "@faultline/correlation";
import { expect, it } from "vitest";
import { detectSeries } from "./detect.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STEP = 300_000;
const MONDAY = Date.UTC(2026, 0, 5);
const random = seededRandom(8);
/** Requests of people: 40 at night, 160 at noon. */
const usual = (at: number) => 100 - 60 * Math.cos((2 * Math.PI * (at % DAY)) / DAY) + 6 * (random() - 0.5);

/** Three healthy days, then a window of two hours that begins at an hour of the fourth. */
function judge(hour: number, value: (at: number) => number, baselineDays = 3) {
	const series = (from: number, n: number, of: (at: number) => number) => {
		const times = Float64Array.from({ length: n }, (_, i) => from + i * STEP);
		return { id: "m", source: "test", resource: "web", metric: "requests", unit: "1/s", times, values: times.map(of) };
	};
	const from = MONDAY + 3 * DAY + hour * HOUR;
	const views = [{ series: series(from, 24, value), candidate: "web", baseline: series(MONDAY, (baselineDays * DAY) / STEP, usual) }];
	return detectSeries({ series: views } as unknown as Situation, { onset: from } as Moment).get("m");
}

it("takes the daily peak for what it is", () => {
	expect(judge(11, usual)?.anomalous).toBe(false);
	expect(judge(23, usual)?.anomalous).toBe(false);
});

it("sees noon's traffic at night, which no limit on the value alone would", () => {
	const verdict = judge(1, (at) => usual(at + 11 * HOUR));
	expect(verdict).toMatchObject({ anomalous: true, direction: "up", seasonal: { period: "24 h" } });
	expect(verdict?.seasonal?.value).toBeGreaterThan(140);
	expect(verdict?.seasonal?.usual).toBeLessThan(60);
	expect(verdict?.words.at(-1)).toMatch(/^season of 24 h taken off \(strength (?:0\.9\d|1\.00)\)$/);
	// without enough days to know the season by, it is within what was seen
	expect(judge(1, (at) => usual(at + 11 * HOUR), 1)).toMatchObject({ anomalous: false });
});

it("sees the night's traffic at noon as a fall", () => {
	expect(judge(11, (at) => usual(at + 12 * HOUR))).toMatchObject({ anomalous: true, direction: "down" });
});
