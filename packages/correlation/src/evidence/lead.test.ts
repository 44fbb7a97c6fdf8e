import { describe, expect, it } from "vitest";
import { quantity } from "./lead.ts";

describe("quantity", () => {
	it.each([
		[42_000_000, "By", "42 MB"],
		[1, "{count}", "1"],
		[0.182, "1", "0.182"],
		[97.5, "%", "97.5%"],
		[110, "ms", "110 ms"],
		[12, "", "12"],
		[3, "{request}/s", "3/s"],
		[0.133, "1/s", "0.133/s"],
		[16.5, "Count/s", "16.5/s"],
		[5, "None", "5"],
		[42_000_000, "bytes", "42 MB"],
		[7, "Milliseconds", "7 ms"],
		[5, "Percent", "5%"],
		[5, "Count", "5"],
	])("of %d %s", (x, unit, words) => expect(quantity(x, unit)).toBe(words));
});
