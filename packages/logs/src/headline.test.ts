import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headlineOf } from "./headline.ts";

describe("headlineOf", () => {
	it.each([
		[
			"2026-11-21 10:35:20.735 ERROR [d1e3d7e596b1fa2ace5dfd91dcf56b71] Cannot read properties of undefined method=POST status=500 stack=x",
			"Cannot read properties of undefined",
		],
		['ts=2026-11-21T10:45:34Z level=error msg="too many clients" path=/x status=500', "too many clients"],
		['{"level":"error","message":"cart answered 500","trace_id":"abc"}', "cart answered 500"],
		["2026-11-21 10:47:17.266 UTC [30870] FATAL:  remaining connection slots are reserved", "remaining connection slots are reserved"],
		["[2026-11-21T10:00:00Z] [main] WARN: pool is empty", "pool is empty"],
		["Nov 21 10:00:00 host sshd[99]: Failed password for root", "host sshd[99]: Failed password for root"],
		["java.lang.NullPointerException: x\n\tat a.b.C(D.java:1)", "java.lang.NullPointerException: x"],
		["\n\n  Traceback (most recent call last):\n  File", "Traceback (most recent call last):"],
		["Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    run()\nKeyError: 'x'", "KeyError: 'x'"],
		["/app/a.js:12\n    throw new Error('x');\n    ^\n\nTypeError: x\n    at f (/app/a.js:12:9)", "TypeError: x"],
		["2026-06-19 09:00:00 ERROR: cannot pay\na.IOException: x\n\tat a.B.c(D.java:1)", "cannot pay"],
		["ERROR", "ERROR"],
		["a=b", "a=b"],
		["", ""],
	])("of %j", (line, headline) => expect(headlineOf(line)).toBe(headline));

	it("is short, on one line, and never empty for a line that is not", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (line) => {
				const headline = headlineOf(line);
				expect(headline.length).toBeLessThanOrEqual(160);
				expect(headline).not.toMatch(/[\r\n]/);
				if (line.trim() !== "") expect(headline).not.toBe("");
			}),
		);
	});

	it("takes a hostile 10 MB line", () => {
		expect(headlineOf("[a".repeat(5 << 20)).length).toBe(160);
	});
});
