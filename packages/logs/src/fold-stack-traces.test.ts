import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FoldedRecord, foldStackTraces } from "./fold-stack-traces.ts";

const TRACES: Record<string, string> = {
	Java: "java.lang.IllegalStateException: shut\n\tat a.b.C.d(C.java:10)\n\tat a.b.E.f(E.java:20)\nCaused by: java.io.IOException: x\n\tat g.H.i(H.java:1)\n\t... 12 more",
	Python:
		'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    run()\n    ^^^^^\nKeyError: \'x\'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "b.py", line 1, in f\nValueError: bad',
	JavaScript:
		"TypeError: x is not a function\n    at Object.f (/app/a.js:1:2)\n    at async g (file:///app/b.js:3:4) {\n  code: 'E'\n    [cause]: Error: y",
	Go: "panic: nil map\n\ngoroutine 1 [running]:\nmain.f(0xc000)\n\t/app/main.go:12 +0x1d\nnet/http.(*conn).serve(0x1)\n        /usr/go/server.go:1868 +0xb0\ncreated by main.g\n\t/app/main.go:3 +0x2",
	Ruby: "app.rb:3:in 'f': boom (RuntimeError)\n\tfrom app.rb:7:in 'g'\n  lib/x.rb:69:in `h'",
	"C#": "System.InvalidOperationException: no\n ---> System.Exception: inner\n   at A.B.C() in /src/A.cs:line 3\n   --- End of inner exception stack trace ---\n   at A.D()",
	"Java below its logger's line":
		"09:00:00 ERROR c.Main failed\njava.io.IOException: x\n\tat a.b.C.d(C.java:1)\n\tSuppressed: a.X: y\n\t\tat a.b.C.e(C.java:2)",
	"Java, nested in the old manner":
		"a.RuntimeException: a.MailException: no;\n  nested exception is:\nb.AddressException: 550\n\n\tat a.b.C.d(C.java:1)\n\t... 2 more",
	"Python below its logger's line": "ERROR:root:failed\nTraceback (most recent call last):\n  File \"a.py\", line 3, in f\nKeyError: 'x'",
	"Python, a group":
		'  + Exception Group Traceback (most recent call last):\n  |   File "a.py", line 3, in f\n  | ExceptionGroup: two\n  +-+---------------- 1 ----------------\n    | ValueError: 1',
	"Node, uncaught":
		"/app/a.js:12\n    throw new Error('x');\n    ^\n\nError: x\n    at f (/app/a.js:12:9) {\n  code: 'E'\n}\n\nNode.js v20.1.0",
	"Go, a server's panic":
		"2026/06/19 09:00:00 http: panic serving 10.0.0.1:5: boom\ngoroutine 18 [running]:\nmain.F[...](0x1)\n\t/app/main.go:1 +0x1\n\ngoroutine 1 [select]:\nmain.main()\n\t/app/main.go:9 +0x2",
	"Ruby on Rails": "ActionController::RoutingError (No route matches):\n \n actionpack (5.1.4) lib/x.rb:63:in `call'\napp/y.rb:3:in `z'",
	PHP: "PHP Fatal error:  Uncaught Exception: x in /a.php:3\nStack trace:\n#0 /a.php(7): f()\n#1 {main}\n  thrown in /a.php on line 3",
};

describe("foldStackTraces", () => {
	it.each(Object.entries(TRACES))("makes one record of a trace of %s", (_, trace) => {
		const records = [...foldStackTraces(["INFO before", ...trace.split("\n"), "INFO after"])];
		expect(records.map((r) => r.text)).toEqual(["INFO before", trace, "INFO after"]);
	});

	it("makes two records of two traces", () => {
		for (const trace of [TRACES.Java, "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\nKeyError: 'x'"]) {
			const lines = (trace ?? "").split("\n");
			expect([...foldStackTraces([...lines, ...lines])].map((r) => r.text)).toEqual([trace, trace]);
		}
	});

	it("gives frames to their trace when another thread's line came between", () => {
		const lines = [
			"ERROR it failed",
			"a.XException: x",
			"\tat a.B.c(B.java:1)",
			"09:00:00 INFO another thread",
			"\tat a.B.d(B.java:2)",
			"INFO after",
		];
		expect([...foldStackTraces(lines)].map((r) => r.text)).toEqual([
			"ERROR it failed\na.XException: x\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)",
			"09:00:00 INFO another thread",
			"INFO after",
		]);
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
				expect(records.flatMap((r) => r.text.split("\n")).toSorted()).toEqual(lines.flatMap((l) => l.split("\n")).toSorted());
				expect(records.reduce((sum, r) => sum + r.lines, 0)).toBe(lines.length);
				const linesOf = ({ runs }: FoldedRecord) => runs.flatMap(([first, last]) => lines.slice(first, last + 1));
				for (const record of records) expect(linesOf(record).join("\n")).toBe(record.text);
				const starts = records.map((r) => r.runs[0]?.[0] ?? 0);
				expect(starts).toEqual(starts.toSorted((a, b) => a - b));
			}),
		);
	});

	it("keeps only the beginning of an endless trace", () => {
		const [record] = foldStackTraces(["Error: deep", ...new Array<string>(10_000).fill("    at f (a.js:1:1)")]);
		expect(record?.lines).toBe(10_001);
		expect(record?.text.split("\n").length).toBe(400);
	});
});
