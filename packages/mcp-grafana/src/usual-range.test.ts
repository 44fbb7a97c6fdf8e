import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { usualRange } from "./usual-range.ts";

describe("the usual range of a series", () => {
	it("is that of R's mad(): median 5, mad 2.9652", () => {
		const { low, high, outside } = usualRange([1, 2, 3, 4, 5, 6, 7, 8, 9]);
		expect(low).toBeCloseTo(5 - 3 * 2.9652, 10);
		expect(high).toBeCloseTo(5 + 3 * 2.9652, 10);
		expect(outside).toBe(0);
	});

	it("is not moved by a few spikes, which lie outside", () => {
		const quiet = Array.from({ length: 60 }, (_, i) => 100 + (i % 5));
		const { low, high, outside } = usualRange([...quiet, 5_000, 9_000, -400]);
		expect(outside).toBe(3);
		expect(low).toBeGreaterThan(90);
		expect(high).toBeLessThan(115);
	});

	it("holds at least half of the values, moves and scales with them, and is none for a handful", () => {
		expect(usualRange([1, 2, 3])).toEqual({ low: null, high: null, outside: 0 });
		const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 8, maxLength: 60 });
		fc.assert(
			fc.property(values, fc.integer({ min: 1, max: 9 }), fc.integer({ min: -50, max: 50 }), (xs, scale, shift) => {
				const one = usualRange(xs);
				const other = usualRange(xs.map((x) => x * scale + shift));
				expect(one.outside).toBeLessThanOrEqual(xs.length / 2);
				expect(other.low).toBeCloseTo((one.low ?? 0) * scale + shift, 6);
				expect(other.high).toBeCloseTo((one.high ?? 0) * scale + shift, 6);
			}),
		);
	});
});
