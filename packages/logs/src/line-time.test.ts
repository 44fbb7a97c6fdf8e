import { describe, expect, it } from "vitest";
import { timeOfLine } from "./line-time.ts";
import { normalise } from "./normalise.ts";

describe("timeOfLine", () => {
	it.each([
		["2026-06-19T09:00:00.5Z INFO start", "2026-06-19T09:00:00.500Z"],
		["2026-06-19T09:00:00+02:00 start", "2026-06-19T07:00:00.000Z"],
		["2026-06-19 09:00:00,123 start", "2026-06-19T09:00:00.123Z"],
		["[2026/06/19 09:00:00] start", "2026-06-19T09:00:00.000Z"],
		['{"level":"info","ts":"2026-06-19T09:00:00Z"}', "2026-06-19T09:00:00.000Z"],
		['10.0.0.1 - - [19/Jun/2026:09:00:00 -0130] "GET / HTTP/1.1" 200', "2026-06-19T10:30:00.000Z"],
		["[Fri Jun 19 09:00:00 2026] [error] x", "2026-06-19T09:00:00.000Z"],
	])("%s", (line, time) => expect(new Date(timeOfLine(normalise(line)) ?? 0).toISOString()).toBe(time));

	it.each(["Jun 19 09:00:00 host sshd", "09:00:00 start", "in 2026 all was well", "", "19/Foo/2026:09:00:00 +0000"])("none in %j", (line) =>
		expect(timeOfLine(normalise(line))).toBeUndefined(),
	);
});
