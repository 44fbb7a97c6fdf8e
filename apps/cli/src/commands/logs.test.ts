import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, startCli } from "../testing/run-cli.ts";

let folder: string;

/** The command line with something on its standard input. */
function pipeInto(args: readonly string[], input: string) {
	const started = startCli(args, { keepInput: true });
	started.child.stdin?.end(input);
	return started;
}
const file = (name: string): string => join(folder, name);
const parsed = (stdout: string) =>
	stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-logs-"));
	const session = (id: number, lines: string[]) => `${JSON.stringify({ id, lines })}\n`;
	const healthy = Array.from({ length: 60 }, (_, i) => session(i, [`open ${i}`, `read ${i} rows`, `close ${i}`])).join("");
	await writeFile(file("empty"), "");
	await writeFile(file("healthy"), healthy);
	await writeFile(file("input"), session(1, ["open 1", "read 5 rows", "close 1"]) + session(2, ["open 2", "disk is gone"]));
	await writeFile(file("broken"), `${session(1, ["a"])}{"id": 2, "lines": [`);
	await writeFile(file("wrong"), '{"id": 1, "lines": "a"}');
	await writeFile(file("latin1"), Buffer.from([...Buffer.from('{"id": 1, "lines": ["caf'), 0xe9, ...Buffer.from('"]}\n')]));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("faultline logs group", () => {
	it("answers each line, in order", async () => {
		const { code, stdout } = await pipeInto(["logs", "group", "-"], "job 1 done\n\nstart\r\njob 22 done").ran;
		expect(code).toBe(0);
		const rows = parsed(stdout);
		expect(rows.map((r) => r.line)).toEqual(["job 1 done", "", "start", "job 22 done"]);
		expect(rows[0]).toMatchObject({ templateId: rows[3].templateId, template: "job <num> done" });
	});

	it("takes a line of 10 MB, and says that it was cut for its template", async () => {
		const { code, stdout } = await pipeInto(["logs", "group", "-"], `${"x1 ".repeat(3_500_000)}\nshort 1\n`).ran;
		expect(code).toBe(0);
		const [long, short] = parsed(stdout);
		expect(long).toMatchObject({ truncated: true });
		expect(long.template.length).toBeLessThan(200_000);
		expect(short).toEqual({ line: "short 1", templateId: short.templateId, template: "short <num>" });
	});

	it("answers nothing to nothing", async () => {
		expect(await runCli(["logs", "group", file("empty")])).toMatchObject({ code: 0, stdout: "", stderr: "" });
	});

	it("repairs what is not UTF-8, and says so", async () => {
		const { code, stdout, stderr } = await runCli(["logs", "group", file("latin1")]);
		expect([code, parsed(stdout).length]).toEqual([0, 1]);
		expect(stderr).toContain("1 lines are not UTF-8 (the first is line 1)");
	});

	it("reads UTF-16 with a byte order mark, and what is no text at all", async () => {
		const swapped = Buffer.from("\ufeffjob 1 done\r\njob 2 done\r\n", "utf16le").swap16();
		for (const bytes of [Buffer.from("\ufeffjob 1 done\njob 2 done\n", "utf16le"), swapped]) {
			await writeFile(file("wide"), bytes);
			const { code, stdout } = await runCli(["logs", "group", file("wide")]);
			expect([code, parsed(stdout).map((r) => r.template)]).toEqual([0, ["job <num> done", "job <num> done"]]);
		}
		await writeFile(file("binary"), Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * i * 7 + (i >> 3)) & 0xff)));
		expect(await runCli(["logs", "group", file("binary")])).toMatchObject({ code: 0, stderr: expect.stringContaining("are not UTF-8") });
	});

	it("gives the values, which with the template give the line", async () => {
		const { stdout } = await pipeInto(["logs", "group", "-", "--params"], "job 1 done\njob  22 done\n<num> 7\n").ran;
		expect(parsed(stdout)).toMatchObject([
			{ template: "job <num> done", values: ["1"] },
			{ template: "job <num> done", pieces: ["job  ", "22", " done"] },
			{ template: "<angled> <num>", values: ["<num>", "7"] },
		]);
	});

	it("takes JSON and logfmt apart: names, level and message are the template, all else its values", async () => {
		const line = (n: number, user: string) => `{"level":"info","at":${n},"msg":"job ${n} done","user":"${user}"}`;
		const rows = parsed(
			(await pipeInto(["logs", "group", "-", "--params"], `${line(1, "a")}\n${line(2, "b c")}\nlevel=warn msg=late by="x y"\n`).ran).stdout,
		);
		const template = '{"level":"info","at":<num>,"msg":"job <num> done","user":"<value>"}';
		expect(rows).toMatchObject([
			{ template, values: ["1", "1", "a"] },
			{ template, values: ["2", "2", "b c"] },
			{ template: 'level=warn msg=late by="<value>"', values: ["x y"] },
		]);
	});

	it("gives each line in numbers", async () => {
		const lines = "2026-06-19T23:59:59Z took 2 s\n2026-06-20T00:00:01Z read 3 KB\nplain\n";
		const rows = parsed((await pipeInto(["logs", "group", "-", "--features"], lines).ran).stdout);
		expect(rows).toMatchObject([
			{ features: { numbers: [{ type: "duration", value: 2000 }], time: { hour: 23, weekday: 5, sinceLast: 0 } } },
			{ features: { numbers: [{ type: "size", value: 3072 }], time: { hour: 0, weekday: 6, sinceLast: 2000 } } },
			{ features: { text: { length: 5, words: 1, placeholders: 0 }, numbers: [] } },
		]);
		expect(rows[2].features.text.entropy).toBeCloseTo(Math.log2(5));
		expect(rows[2].features).not.toHaveProperty("time");
	});

	it("saves its templates and goes on from them, with the same ids; a damaged file is refused", async () => {
		const names = ["alpha", "bravo", "carol", "delta", "echo", "fox", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike"];
		const first = await pipeInto(
			["logs", "group", "-", "--save-templates", file("templates")],
			names.map((n) => `queue ${n} is full\n`).join(""),
		).ran;
		const then = await pipeInto(["logs", "group", "-", "--templates", file("templates")], "queue zulu is full\nnew 1\n").ran;
		expect(parsed(then.stdout)[0]).toMatchObject({ templateId: parsed(first.stdout)[0].templateId, template: "queue <*> is full" });
		const saved = await readFile(file("templates"), "utf8");
		for (const damaged of [saved.slice(0, -9), saved.replace("queue", "qeueu"), "", "{}\n{}"]) {
			await writeFile(file("damaged"), damaged);
			const ran = await pipeInto(["logs", "group", "-", "--templates", file("damaged")], "x\n").ran;
			expect(ran).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("damaged: the file") });
		}
	});

	it("takes rules from the configuration", async () => {
		await writeFile(file("rules.yaml"), 'sources: {kubernetes: {}}\nlogs: {rules: [{name: order, pattern: "ORD-[A-Z]+"}]}\n');
		const { stdout } = await pipeInto(["--config", file("rules.yaml"), "logs", "group", "-"], "paid ORD-AB\n").ran;
		expect(parsed(stdout)[0].template).toBe("paid <order>");
	});

	it("takes the lines of a stack trace as one record", async () => {
		const trace = "java.io.IOException: gone\n\tat a.B.c(B.java:7)";
		const { stdout } = await pipeInto(["logs", "group", "-", "--fold"], `start\n${trace}\nend\n`).ran;
		expect(parsed(stdout).map((r) => r.line)).toEqual(["start", trace, "end"]);
	});

	it("answers while its input pauses", async () => {
		const { child, ran } = startCli(["logs", "group", "-"], { keepInput: true });
		child.stdin?.write("job 1 done\n");
		await once(child.stdout as NodeJS.ReadableStream, "data");
		child.stdin?.end("job 2 done\n");
		expect(parsed((await ran).stdout).map((r) => r.template)).toEqual(["job <num> done", "job <num> done"]);
	});

	it("ends quietly when its reader has gone", async () => {
		const input = "hello 1\n".repeat(200_000);
		const { child, ran } = pipeInto(["logs", "group", "-"], input);
		child.stdout?.once("data", () => child.stdout?.destroy());
		const { stderr } = await ran;
		expect(stderr).toBe("");
	});
});

describe("faultline logs detect", () => {
	it("judges each session, in order, with votes in words", async () => {
		const { code, stdout } = await runCli(["logs", "detect", "--baseline", file("healthy"), "--input", file("input")]);
		expect(code).toBe(0);
		expect(parsed(stdout)).toMatchObject([
			{ id: "1", anomalous: false, votes: [] },
			{ id: "2", anomalous: true },
		]);
		expect(stdout).toContain("disk is gone");
	});

	it("takes rules from the configuration", async () => {
		// Ten opaque names, of which the last is in the input only: without the rule it is a word that was never seen.
		const [names, strange] = [["alpha", "bravo", "carol", "delta", "echo"], "foxtrot"];
		const session = (id: number, name = "") => `${JSON.stringify({ id, lines: ["open", `owner ~${name}`, "close"] })}\n`;
		await writeFile(file("owners"), Array.from({ length: 60 }, (_, i) => session(i, names[i % 5])).join(""));
		await writeFile(file("owner"), session(1, strange));
		await writeFile(file("owners.yaml"), 'sources: {kubernetes: {}}\nlogs: {rules: [{name: owner, pattern: "~[a-z]+"}]}\n');
		const detect = ["logs", "detect", "--baseline", file("owners"), "--input", file("owner")];
		expect(parsed((await runCli(detect)).stdout)).toMatchObject([{ anomalous: true }]);
		expect(parsed((await runCli(["--config", file("owners.yaml"), ...detect])).stdout)).toMatchObject([{ anomalous: false }]);
	});

	it("judges without a baseline, and reads standard input", async () => {
		const { code, stdout } = await pipeInto(["logs", "detect", "--baseline", file("empty"), "--input", "-"], '{"id":"a","lines":["x"]}\n')
			.ran;
		expect([code, parsed(stdout).length]).toEqual([0, 1]);
	});
});

describe("faultline logs embed", () => {
	it("gives one vector a line", async () => {
		const { code, stdout } = await pipeInto(["logs", "embed", "-", "--model", "hash"], "job 1 done\njob 2 done\nother\n").ran;
		const [a, b, c] = parsed(stdout);
		expect([code, a.length]).toEqual([0, 512]);
		expect(a).toEqual(b);
		expect(a).not.toEqual(c);
	});

	it("takes rules from the configuration", async () => {
		await writeFile(file("rules.yaml"), 'sources: {kubernetes: {}}\nlogs: {rules: [{name: order, pattern: "ORD-[A-Z]+"}]}\n');
		const lines = "paid ORD-AB\npaid ORD-XYZ\n";
		const [a, b] = parsed((await pipeInto(["--config", file("rules.yaml"), "logs", "embed", "-", "--model", "hash"], lines).ran).stdout);
		const [c, d] = parsed((await pipeInto(["logs", "embed", "-", "--model", "hash"], lines).ran).stdout);
		expect(a).toEqual(b);
		expect(c).not.toEqual(d);
	});
});

describe("bad input: what and where, how to mend it, exit code 2, nothing on standard output", () => {
	it.each([
		[() => ["logs", "group", file("nope")], "there is no such file"],
		[() => ["logs", "group", folder], "it is a folder"],
		[() => ["logs", "embed", file("empty"), "--model", "nope"], 'there is no model "nope"'],
		[() => ["logs", "detect", "--baseline", file("empty"), "--input", file("broken")], "broken, line 2: it is not JSON"],
		[() => ["logs", "detect", "--baseline", file("broken"), "--input", file("empty")], "broken, line 2: it is not JSON"],
		[() => ["logs", "detect", "--baseline", file("empty"), "--input", file("wrong")], "wrong, line 1: lines:"],
		[() => ["logs", "detect", "--baseline", file("empty"), "--input", file("latin1")], "latin1, line 1: it is not UTF-8"],
		[() => ["logs", "detect", "--baseline", "-", "--input", "-"], "cannot both be standard input"],
	] as const)("%s", async (args, message) => {
		const ran = await runCli([...args()]);
		expect(ran.stderr).toContain(message);
		expect(ran).toMatchObject({ code: 2, stdout: "" });
	});

	it("says what a compressed file is", async () => {
		await writeFile(file("odd"), Buffer.from([0x1f, 0x8b, 8, 0]));
		expect(await runCli(["logs", "group", file("odd")])).toMatchObject({
			code: 2,
			stderr: expect.stringContaining("compressed with gzip"),
		});
	});
});
