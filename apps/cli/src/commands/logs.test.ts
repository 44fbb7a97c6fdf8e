import { mkdtemp, rm, writeFile } from "node:fs/promises";
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

	it("says what a compressed or UTF-16 file is", async () => {
		for (const [bytes, message] of [
			[[0x1f, 0x8b, 8, 0], "compressed with gzip"],
			[[0xff, 0xfe, 65, 0], "UTF-16"],
		] as const) {
			await writeFile(file("odd"), Buffer.from(bytes));
			expect(await runCli(["logs", "group", file("odd")])).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
		}
	});
});
