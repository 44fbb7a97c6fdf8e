import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IncidentReport, type Signal } from "@faultline/contracts";
import { writeCapture } from "@faultline/contracts/capture";
import { beforeAll, describe, expect, it } from "vitest";
import { madeUpEvidence, writeMadeUpCapture } from "./testing/made-up-capture.ts";
import { runCli, startCli } from "./testing/run-cli.ts";

let folder: string;
let capture: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-cli-"));
	capture = join(folder, "capture");
	await writeMadeUpCapture(capture);
});

describe("wrong usage: a message, the nearest word, exit code 2, nothing on standard output", () => {
	it.each([
		[["report", "--fromat", "json"], "(Did you mean --format?)"],
		[["reprot"], "(Did you mean report?)"],
		[["report", "--format", "pdf"], "Allowed choices are text, json, markdown, html"],
		[["analyze"], "required option '--capture <dir>' not specified"],
		[["mcp", "datadog"], "the servers are orchestrator, kubernetes"],
		[["mcp", "--http", "99999"], "a port is a number from 0 to 65535"],
		[["completion", "tcsh"], "the shells are bash, zsh, fish"],
		[["report", "extra"], "too many arguments"],
		[["analyze", "--capture", "/no/such/capture"], "BAD_INPUT: there is no capture folder at /no/such/capture"],
		[["ask", "why?", "--capture", "a", "--incident", "b"], "give one of them"],
		[["ask", "why?", "--incident", "../../etc/passwd"], "that is not an incident id"],
		[["init", "--yes"], "no source is named"],
		[["init", "--yes", "--sentry-url", "https://s.example"], "Sentry needs --sentry-org"],
		[["init", "--yes", "--grafana-url", "not-a-url"], "must be an http:// or https:// address"],
		[["record"], "required option '--out <dir>' not specified"],
		[["record", "--out", "/"], "/ is not empty"],
		[[], "Usage: faultline"],
	])("%j", async (args, message) => {
		const ran = await runCli(args, { cwd: folder });
		expect(ran.stderr).toContain(message);
		expect(ran).toMatchObject({ code: 2, stdout: "" });
	});

	it.each([["report"], ["record", "--out", "x"], ["config", "check"], ["serve"]])("no configuration: %j", async (...args) => {
		const ran = await runCli(args, { cwd: folder });
		expect(ran).toMatchObject({ code: 2, stdout: "" });
		expect(ran.stderr).toMatch(/BAD_CONFIG: no configuration: looked for .*faultline\.yaml and .*\nTry: .*faultline init/);
	});

	it("tells every problem of a configuration at once", async () => {
		const path = join(folder, "bad.yaml");
		await writeFile(path, "sources:\n  sentry: {organisation: acme, token: sekret-token}\n  grafan: {}\n");
		const ran = await runCli(["config", "check", "--config", path]);
		expect(ran.code).toBe(2);
		for (const part of [
			"has 3 problems",
			'did you mean "organization"?',
			'did you mean "grafana"?',
			"sources.sentry.organization: is missing",
		])
			expect(ran.stderr).toContain(part);
		expect(ran.stderr).not.toContain("sekret-token");
	});
});

describe("version and help", () => {
	it.each([["--version"], ["-V"]])("%s", async (flag) => {
		expect(await runCli([flag])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
	});
	it.each([["--help"], ["report", "--help"], ["logs", "--help"]])("%j", async (...args) => {
		const ran = await runCli(args);
		expect(ran.code).toBe(0);
		expect(ran.stdout).toContain("Usage: faultline");
	});
});

describe("a capture without a record", () => {
	it("is no good news: it says what is wrong with its files, and exits 2", async () => {
		const bare = await mkdtemp(join(folder, "bare-"));
		await writeFile(join(bare, "capture.json"), '{"version":1,"id":"x","start":"2026-01-01T00:00:00Z","end":"2026-01-01T01:00:00Z"}');
		await writeFile(join(bare, "logs.ndjson.gz"), "not gzip");
		const ran = await runCli(["analyze", "--capture", bare]);
		expect(ran).toMatchObject({ code: 2, stdout: "" });
		expect(ran.stderr).toMatch(/holds no record at all\n {2}logs\.ndjson\.gz cannot be unpacked .*\nTry: /);
	});
});

describe("standard output on a full disk", () => {
	it("is told in one line, with an exit code that is no verdict", async () => {
		const main = fileURLToPath(new URL("main.ts", import.meta.url));
		const full = await open("/dev/full", "w");
		const child = spawn(process.execPath, [main, "analyze", "--capture", capture], { stdio: ["ignore", full.fd, "pipe"] });
		let said = "";
		child.stderr?.on("data", (text) => {
			said += text;
		});
		const [code] = await once(child, "close");
		await full.close();
		expect({ code, said }).toEqual({ code: 3, said: "faultline: cannot write to standard output (ENOSPC)\n" });
	});
});

describe("analyze and ask over a capture", () => {
	it("finds the incident: exit code 1, JSON on standard output and nothing else", async () => {
		const ran = await runCli(["analyze", "--capture", capture, "--format", "json"]);
		expect(ran.code).toBe(1);
		const report = IncidentReport.parse(JSON.parse(ran.stdout));
		expect(report.verdict).toBe("incident");
		expect(report.rootCauses[0]?.resource).toBe("orders");
		expect(ran.stderr).toBe("");
	});

	it("groups log lines by the configuration's rules", async () => {
		const evidence = madeUpEvidence();
		const clients = (signal: Signal, i: number) =>
			signal.severity === 17 ? { ...signal, body: `payment refused to client${"abcdefghij"[(i / 2) % 10]}` } : signal;
		await writeCapture(join(folder, "clients"), { ...evidence, signals: evidence.signals.map(clients) });
		const config = join(folder, "rules.yaml");
		await writeFile(config, 'sources: {kubernetes: {}}\nlogs: {rules: [{name: client, pattern: "client[a-j]"}]}\n');
		const findings = async (...flags: string[]) =>
			(await runCli([...flags, "analyze", "--capture", join(folder, "clients"), "--encoder", "hash", "--format", "json"])).stdout;
		expect(await findings()).not.toContain("20 times");
		expect(await findings("--config", config)).toContain("20 times");
	});

	it("prints text without colours where standard output is no terminal", async () => {
		const ran = await runCli(["analyze", "--capture", capture]);
		expect(ran.stdout).toMatch(/^Status {2}incident/);
		expect(ran.stdout).not.toContain("\u001b");
	});

	it("writes a file whole, and says so on standard error", async () => {
		const output = join(folder, "report.html");
		const ran = await runCli(["analyze", "--capture", capture, "--format", "html", "--output", output]);
		expect(ran).toMatchObject({ code: 1, stdout: "", stderr: `wrote ${output}\n` });
		expect(await readFile(output, "utf8")).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
		expect((await readdir(folder)).filter((name) => name.startsWith(".faultline-"))).toEqual([]);
		const failed = await runCli(["analyze", "--capture", capture, "--output", join(folder, "no/such/folder/x")]);
		expect(failed.code).toBe(2);
		expect(failed.stderr).toContain("cannot write");
	});

	it("answers a question", async () => {
		const ran = await runCli(["ask", "what's", "broken?", "--capture", capture]);
		expect(ran.code).toBe(1);
		expect(ran.stdout).toContain("orders");
	});

	it("a reader that goes away is no error", async () => {
		const { child, ran } = startCli(["analyze", "--capture", capture, "--format", "json"]);
		child.stdout?.destroy();
		expect((await ran).stderr).toBe("");
	});
});

describe("init", () => {
	it("writes a configuration that checks, prints the block for Claude Desktop, and never overwrites unasked", async () => {
		const cwd = await mkdtemp(join(tmpdir(), "faultline-init-"));
		const args = [
			"init",
			"--yes",
			"--kubernetes-context",
			"prod",
			"--sentry-org",
			"acme",
			"--cloudwatch-region",
			"eu-west-1",
			"--grafana-url",
			"https://grafana.example",
		];
		const first = await runCli(args, { cwd, env: { SENTRY_AUTH_TOKEN: "sekret" } });
		expect(first.code).toBe(0);
		expect(first.stdout).not.toContain("sekret");
		expect(first.stdout).toContain("Set GRAFANA_SERVICE_ACCOUNT_TOKEN");
		const block = JSON.parse(first.stdout.slice(first.stdout.indexOf("{")));
		expect(block.mcpServers.faultline.args.slice(-3)).toEqual(["--config", join(cwd, "faultline.yaml"), "mcp"]);
		const text = await readFile(join(cwd, "faultline.yaml"), "utf8");
		expect(text).toContain(`token: \${SENTRY_AUTH_TOKEN}`);

		const again = await runCli(args, { cwd });
		expect(again.code).toBe(2);
		expect(again.stderr).toContain("--force overwrites it");
		expect(await readFile(join(cwd, "faultline.yaml"), "utf8")).toBe(text);
		expect((await runCli([...args, "--force"], { cwd })).code).toBe(0);

		const check = await runCli(["config", "check"], {
			cwd,
			env: { SENTRY_AUTH_TOKEN: "a", GRAFANA_SERVICE_ACCOUNT_TOKEN: "b", AWS_REGION: "eu-west-1" },
		});
		expect(check.stderr).toBe("");
		expect(check.stdout).toContain("no problems; sources: kubernetes, sentry, cloudwatch, grafana");
	});
});

describe("completion", () => {
	it.each(["bash", "zsh", "fish"])("%s names the commands and flags", async (shell) => {
		const ran = await runCli(["completion", shell]);
		expect(ran.code).toBe(0);
		for (const word of ["report", "doctor", "config", "detect", "format"]) expect(ran.stdout).toContain(word);
	});
});

describe("doctor without a configuration", () => {
	it("says what is wrong and how to mend it: exit code 3, no key printed", async () => {
		const ran = await runCli(["doctor"], {
			cwd: folder,
			env: { ANTHROPIC_API_KEY: "sk-ant-sekret", FAULTLINE_DATA_DIR: join(folder, "data") },
		});
		expect(ran.code).toBe(3);
		expect(ran.stdout).toMatch(/FAIL configuration\s+BAD_CONFIG/);
		expect(ran.stdout).toContain("ANTHROPIC_API_KEY is set");
		expect(ran.stdout + ran.stderr).not.toContain("sekret");
	});
});
