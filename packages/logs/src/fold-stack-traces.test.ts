import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldStackTraces } from "./fold-stack-traces.ts";

const TRACES: Record<string, string> = {
	Java: "java.lang.IllegalStateException: shut\n\tat a.b.C.d(C.java:10)\n\tat a.b.E.f(E.java:20)\nCaused by: java.io.IOException: x\n\tat g.H.i(H.java:1)\n\t... 12 more",
	Python:
		'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    run()\n    ^^^^^\nKeyError: \'x\'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "b.py", line 1, in f\nValueError: bad',
	JavaScript:
		"TypeError: x is not a function\n    at Object.f (/app/a.js:1:2)\n    at async g (file:///app/b.js:3:4) {\n  code: 'E'\n    [cause]: Error: y",
	Go: "panic: nil map\n\ngoroutine 1 [running]:\nmain.f(0xc000)\n\t/app/main.go:12 +0x1d\nnet/http.(*conn).serve(0x1)\n        /usr/go/server.go:1868 +0xb0\ncreated by main.g\n\t/app/main.go:3 +0x2",
	Ruby: "app.rb:3:in 'f': boom (RuntimeError)\n\tfrom app.rb:7:in 'g'\n  lib/x.rb:69:in `h'",
	"C#": "System.InvalidOperationException: no\n ---> System.Exception: inner\n   at A.B.C() in /src/A.cs:line 3\n   --- End of inner exception stack trace ---\n   at A.D()",
	PHP: "PHP Fatal error:  Uncaught Exception: x in /a.php:3\nStack trace:\n#0 /a.php(7): f()\n#1 {main}\n  thrown in /a.php on line 3",
};

describe("foldStackTraces", () => {
	it.each(Object.entries(TRACES))("makes one record of a trace of %s", (_, trace) => {
		const records = [
			...foldStackTraces([
				"INFO before",
				...(trace.startsWith("Traceback") ? ["ERROR it failed"] : []),
				...trace.split("\n"),
				"INFO after",
			]),
		];
		expect(records.map((r) => r.text.split("\n")[0])).toEqual([
			"INFO before",
			trace.startsWith("Traceback") ? "ERROR it failed" : trace.split("\n")[0],
			"INFO after",
		]);
		expect(records[1]?.text.endsWith(trace)).toBe(true);
	});

	it("leaves ordinary lines alone, blank and indented ones too", () => {
		const lines = ["a", "", "  indented", "at noon", "#1 of 3", "b"];
		expect([...foldStackTraces(lines)].map((r) => r.text)).toEqual(lines);
	});

	it("loses no line, and says where each record was", () => {
		const line = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom(...Object.values(TRACES).flatMap((t) => t.split("\n"))));
		fc.assert(
			fc.property(fc.array(line, { maxLength: 80 }), (lines) => {
				const records = [...foldStackTraces(lines)];
				expect(records.map((r) => r.text).join("\n")).toBe(lines.join("\n"));
				let at = 0;
				for (const record of records) {
					expect(record.index).toBe(at);
					at += record.lines;
				}
				expect(at).toBe(lines.length);
			}),
		);
	});

	it("keeps only the beginning of an endless trace", () => {
		const [record] = foldStackTraces(["Error: deep", ...new Array<string>(10_000).fill("    at f (a.js:1:1)")]);
		expect(record?.lines).toBe(10_001);
		expect(record?.text.split("\n").length).toBe(400);
	});
});
