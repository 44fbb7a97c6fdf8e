import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	AppError,
	instant,
	parseDuration,
	parseInstant,
	parseWindow,
	seededRandom,
	seriesFromWire,
	seriesToWire,
	severityOf,
	toAppError,
} from "./index.ts";

const NOW = Date.UTC(2026, 0, 1, 12);

describe("time windows", () => {
	it.each([
		["30m", 1_800_000],
		["1d12h", 129_600_000],
		["1.5h", 5_400_000],
		["", undefined],
		["30", undefined],
		["m30", undefined],
	])("parseDuration(%j)", (text, ms) => expect(parseDuration(text)).toBe(ms));

	it.each([
		["now", NOW],
		["-30m", NOW - 1_800_000],
		["now-2h", NOW - 7_200_000],
		["2026-01-01T00:00:00Z", Date.UTC(2026, 0, 1)],
		["2026-01-01T02:00:00+02:00", Date.UTC(2026, 0, 1)],
	])("parseInstant(%j)", (text, ms) => expect(parseInstant(text, NOW)).toBe(ms));

	it.each(["yesterday", "2026-01-01", "2026-01-01T00:00:00", "-", "2026-13-41T00:00:00Z"])(
		"refuses %j and says what is accepted",
		(text) => {
			expect(() => parseInstant(text, NOW, "from")).toThrow(
				expect.objectContaining({ code: "BAD_INPUT", message: expect.stringContaining("from"), hint: expect.stringContaining("ISO 8601") }),
			);
		},
	);

	it("defaults to the last half hour and refuses an empty window", () => {
		expect(parseWindow({}, NOW)).toEqual({ from: "2026-01-01T11:30:00.000Z", to: "2026-01-01T12:00:00.000Z" });
		expect(() => parseWindow({ from: "now", to: "-1h" }, NOW)).toThrow(/empty/);
	});

	it("accepts every instant that Date prints", () => {
		fc.assert(
			fc.property(
				fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true }),
				(d) => instant.safeParse(d.toISOString()).success && parseInstant(d.toISOString(), 0) === d.getTime(),
			),
		);
	});
});

describe("series on the wire", () => {
	it("round-trips, missing values included", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(fc.double({ noDefaultInfinity: true }), fc.constant(Number.NaN))), (values) => {
				const series = {
					id: "1",
					source: "s",
					resource: "r",
					metric: "m",
					unit: "u",
					times: Float64Array.from(values, (_, i) => i),
					values: Float64Array.from(values),
				};
				const back = seriesFromWire(JSON.parse(JSON.stringify(seriesToWire(series))));
				expect([...back.values].map((v) => v + 0)).toEqual(values.map((v) => v + 0));
			}),
		);
	});
});

describe("severityOf", () => {
	it.each([
		["WARN", 13],
		[" error ", 17],
		["CRITICAL", 21],
		["I", 9],
		["whatever", 0],
		[undefined, 0],
	])("%j is %d", (word, number) => expect(severityOf(word)).toBe(number));
});

describe("toAppError", () => {
	it("keeps ours, and names aborts, time-outs and the rest", () => {
		const ours = new AppError("NOT_FOUND", "x", { hint: "y" });
		expect(toAppError(ours)).toBe(ours);
		expect(toAppError(new DOMException("a", "AbortError")).code).toBe("CANCELLED");
		expect(toAppError(new DOMException("a", "TimeoutError")).code).toBe("TIMEOUT");
		expect(toAppError(new Error("boom"))).toMatchObject({ code: "INTERNAL", message: "boom" });
		expect(toAppError("text")).toMatchObject({ code: "INTERNAL", message: "text" });
	});
});

describe("seededRandom", () => {
	it("repeats by seed and stays in [0, 1)", () => {
		const [a, b] = [seededRandom(7), seededRandom(7)];
		const drawn = Array.from({ length: 1000 }, () => a());
		expect(Array.from({ length: 1000 }, () => b())).toEqual(drawn);
		expect(drawn.every((x) => x >= 0 && x < 1)).toBe(true);
		expect(drawn.reduce((s, x) => s + x, 0) / 1000).toBeCloseTo(0.5, 1);
	});
});
