import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBody } from "./parse-body.ts";
import { inferSeverity } from "./severity.ts";

describe("parseBody", () => {
	it("takes JSON apart", () => {
		expect(parseBody('{"level":"warn","msg":"slow query","trace_id":"abc","span":{"id":"s1"},"ms":12}')).toMatchObject({
			format: "json",
			message: "slow query",
			level: "warn",
			severity: 13,
			traceId: "abc",
			spanId: "s1",
		});
	});

	it("knows levels as numbers, and levels inside objects", () => {
		expect(parseBody('{"level":50,"msg":"x"}').severity).toBe(17);
		expect(parseBody('{"log":{"level":"fatal"},"message":"x"}').severity).toBe(21);
	});

	it("takes logfmt apart", () => {
		expect(parseBody('ts=2026-06-19T09:00:00Z level=error msg="cannot \\"bind\\": in use" port=80 empty=')).toMatchObject({
			format: "logfmt",
			message: 'cannot "bind": in use',
			severity: 17,
		});
	});

	it.each(["plain words", "uid=0 and then words", "a=1 b=2", "{not json}", "[1,2]", "{}x"])("leaves %j as text", (line) => {
		expect(parseBody(line)).toMatchObject({ format: "text", message: line });
	});

	it("falls back to the whole line where there is no message", () => {
		expect(parseBody('{"a":1}')).toMatchObject({ format: "json", message: '{"a":1}', severity: 0 });
	});

	it("never throws, and reads no inherited field", () => {
		expect(parseBody('{"__proto__":{"message":"x"}}').message).not.toBe("x");
		fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (line) => typeof parseBody(line).message === "string"));
	});
});

describe("inferSeverity", () => {
	it.each([
		["2026-06-19 09:00:00 ERROR cannot connect", 17],
		["[warn] low disk", 13],
		["level=fatal msg=x", 21],
		["E0619 09:00:00.1 reconcile", 17],
		["<debug> tick", 5],
		["java.io.IOException: broken pipe", 17],
		["Traceback (most recent call last):", 17],
		["connection refused by peer", 13],
		["0 errors, 0 failures", 0],
		["failed=0 ok=12", 0],
		["done in 3 s", 0],
		["INFO: request failed", 9],
		["Error: no such table", 17],
	])("%j is %i", (line, severity) => {
		expect(inferSeverity(line)).toBe(severity);
	});
});
