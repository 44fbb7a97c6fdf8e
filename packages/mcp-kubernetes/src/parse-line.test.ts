import { describe, expect, it } from "vitest";
import { lineFilter } from "./line-filter.ts";
import { parseLine } from "./parse-line.ts";

describe("parseLine", () => {
	it("reads a structured logger's JSON", () => {
		expect(parseLine('{"time":1,"level":"warn","msg":"slow","trace_id":"abc","span_id":"de","user":{"plan":"pro"}}')).toEqual({
			body: "slow",
			severity: 13,
			traceId: "abc",
			spanId: "de",
			attributes: { user: { plan: "pro" } },
		});
		expect(parseLine('{"level":50,"msg":"pino"}')).toMatchObject({ severity: 17 });
		expect(parseLine('{"severity":21,"message":"otel"}')).toMatchObject({ severity: 21 });
		expect(parseLine('{"level":3,"message":"m"}')).toMatchObject({ severity: 3 });
	});

	it("leaves JSON without a message, and what is not JSON after all, as it is", () => {
		for (const line of ['{"a":1}', "{not json}", "[1]", ""]) expect(parseLine(line)).toMatchObject({ body: line, attributes: {} });
	});

	it.each([
		["E0619 09:00:00.1 1 x.go:1] boom", 17],
		["2026-06-19 09:00:00.1 UTC [12] FATAL:  too many connections", 21],
		["2026/06/19 09:00:00 [error] 31#31: *1 connect() failed", 17],
		['ts=1 level=warn msg="x"', 13],
		["16:42:09.486 INFO  t.c.Controller#115 no error here", 9],
		["panic: runtime error: index out of range", 17],
		["Traceback (most recent call last):", 17],
		["java.lang.NullPointerException: x", 17],
		["there was no error in this", 0],
	])("%s has severity %i", (line, severity) => expect(parseLine(line).severity).toBe(severity));

	it("finds ids in text", () => {
		expect(parseLine("x TraceID: 6f3cbf058c2765548a39ad724905d6a1 SpanID: 576f9c38fc25e197")).toMatchObject({
			traceId: "6f3cbf058c2765548a39ad724905d6a1",
			spanId: "576f9c38fc25e197",
		});
	});
});

describe("lineFilter", () => {
	it.each([
		["a*c", "xxABxxCxx", true],
		["a*c", "c then a", false],
		["one|two", "number TWO", true],
		["", "anything", true],
		["(a+)+$", "aaaa", false],
	])("%s in %s is %s", (pattern, line, expected) => expect(lineFilter(pattern)(line)).toBe(expected));
});
