import { describe, expect, it } from "vitest";
import { failureOfLine } from "./failure-words.ts";

describe("failureOfLine", () => {
	it.each([
		["worker panicked: index out of bounds", 1],
		["connection to 10.0.0.1 refused", 0.8],
		["error while reading the header", 0.7],
		["level=fatal msg=bye", 1],
		["cannot find the key", 0.4],
		["listening on port 80", 0],
		["2 errors detected and corrected", 0.21],
	])("%s: %d", (line, expected) => {
		expect(failureOfLine(line)).toBeCloseTo(expected, 5);
	});

	it("looks only at the begin of an endless line", () => {
		expect(failureOfLine(`${"a ".repeat(500_000)} panic`)).toBe(0);
	});
});
