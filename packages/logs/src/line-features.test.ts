import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entropyOf, lineFeatures, numericValues } from "./line-features.ts";
import { normalise } from "./normalise.ts";

const features = (line: string) => lineFeatures(line, normalise(line));

describe("lineFeatures", () => {
	it("describes a line", () => {
		expect(features("GET a(b[1]) a 10.0.0.1 AB")).toMatchObject({ words: 5, depth: 2, placeholders: 2, length: 25 });
	});

	it("knows the entropy of texts whose entropy is known", () => {
		expect(entropyOf("")).toBe(0);
		expect(entropyOf("aaaa")).toBe(0);
		expect(entropyOf("abab")).toBeCloseTo(1, 12);
		expect(entropyOf("abcdefgh")).toBeCloseTo(3, 12);
	});

	it("stays within bounds on any text", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (line) => {
				const f = features(line);
				for (const share of [f.digits, f.upperCase, f.punctuation, f.distinctWords]) expect(share >= 0 && share <= 1).toBe(true);
				expect(f.entropy).toBeLessThanOrEqual(16);
			}),
		);
	});
});

describe("numericValues", () => {
	it("gives base units", () => {
		expect(numericValues(normalise("took 2 s, read 3 KB, 17 rows, load=0.5, wait 250ms, all 1h30m"))).toEqual([
			{ type: "duration", value: 2000 },
			{ type: "size", value: 3072 },
			{ type: "num", value: 17 },
			{ type: "value", value: 0.5 },
			{ type: "duration", value: 250 },
			{ type: "duration", value: 5_400_000 },
		]);
	});

	it("leaves out what is no amount", () => {
		expect(numericValues(normalise("from 10.0.0.1 user=root"))).toEqual([]);
	});
});
