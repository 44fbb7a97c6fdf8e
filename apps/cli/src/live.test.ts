import { once } from "node:events";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IncidentReport } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { type Sandbox, startSandbox } from "@faultline/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MADE_UP_WINDOW, madeUpEvidence } from "./testing/made-up-capture.ts";
import { runCli, startCli } from "./testing/run-cli.ts";

const { from: FROM, to: TO } = MADE_UP_WINDOW;
const WINDOW = ["--from", FROM, "--to", TO];

let folder: string;
let sandbox: Sandbox;
let env: Record<string, string>;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-live-"));
	sandbox = await startSandbox(madeUpEvidence(), { configOut: folder });
	env = { FAULTLINE_CONFIG: sandbox.configPath ?? "", FAULTLINE_DATA_DIR: join(folder, "data") };
});
afterAll(() => sandbox?.close());

describe("against the four upstream APIs", () => {
	it("reports the failing service from four sources, keeps the report, and answers from it", async () => {
		const ran = await runCli(["report", ...WINDOW, "--format", "json"], { env });
		expect(ran.code).toBe(1);
		const report = IncidentReport.parse(JSON.parse(ran.stdout));
		expect(report.rootCauses[0]?.resource).toBe("orders");
		expect(report.coverage.map((c) => [c.source, c.status])).toEqual([
			["kubernetes", "ok"],
			["sentry", "ok"],
			["cloudwatch", "ok"],
			["grafana", "ok"],
		]);
		// Plain lines, one per source, where standard error is no terminal.
		expect(
			ran.stderr
				.trim()
				.split("\n")
				.map((l) => l.split(":")[0])
				.sort(),
		).toEqual(["cloudwatch", "grafana", "kubernetes", "sentry"]);
		expect(await readdir(join(folder, "data", "incidents"))).toEqual([`${report.id}.json`]);

		const asked = await runCli(["ask", "since when?", "--incident", "latest"], { env });
		expect(asked.code).toBe(1);
		expect(asked.stdout).toContain(report.id);
		expect(asked.stdout).toContain(report.startedAt ?? "");
	});

	it("is silent with --quiet, and shows the sources' pages with --verbose", { timeout: 120_000 }, async () => {
		expect((await runCli(["report", ...WINDOW, "--quiet"], { env })).stderr).toBe("");
		expect((await runCli(["report", ...WINDOW, "--verbose"], { env })).stderr).toContain("grafana: connecting");
	});

	it("records a capture from which the same cause is found offline", async () => {
		const out = join(folder, "recorded");
		const ran = await runCli(["record", "--out", out, ...WINDOW], { env });
		expect(ran.code).toBe(0);
		expect(ran.stdout).toContain(out);
		expect((await readCapture(out)).signals.length).toBeGreaterThanOrEqual(120);
		const offline = await runCli(["analyze", "--capture", out, "--format", "json"]);
		expect(IncidentReport.parse(JSON.parse(offline.stdout)).rootCauses[0]?.resource).toBe("orders");
		expect((await runCli(["record", "--out", out, ...WINDOW], { env })).stderr).toContain("is not empty");
	});

	it("doctor finds everything in order, and a source that is not", async () => {
		const well = await runCli(["doctor", "--format", "json"], { env });
		expect(well.code).toBe(0);
		const { checks } = JSON.parse(well.stdout) as { checks: { name: string; status: string }[] };
		for (const name of ["kubernetes", "sentry", "cloudwatch", "grafana", "store"])
			expect(checks.find((c) => c.name === name)?.status).toBe("ok");
		await sandbox.fail("sentry", "401");
		try {
			const ill = await runCli(["doctor"], { env });
			expect(ill.code).toBe(3);
			expect(ill.stdout).toMatch(/FAIL sentry/);
			expect(ill.stdout).toContain("Not working: sentry.");
		} finally {
			await sandbox.fail("sentry", "ok");
		}
	});
});

describe("Ctrl-C", () => {
	it("cancels: exit code 130, a word on standard error, and no child left", async () => {
		await sandbox.fail("sentry", "hang");
		try {
			const { child, ran } = startCli(["report", ...WINDOW], { env });
			await untilSays(child.stderr, "kubernetes: ok");
			const children = await descendants(child.pid ?? 0);
			expect(children.length).toBeGreaterThan(0);
			child.kill("SIGINT");
			const done = await ran;
			expect(done).toMatchObject({ code: 130, stdout: "" });
			expect(done.stderr).toContain("cancelled");
			for (const pid of children) expect(() => process.kill(pid, 0)).toThrow();
		} finally {
			await sandbox.fail("sentry", "ok");
		}
	});
});

describe("servers", () => {
	it("mcp speaks nothing but JSON-RPC on standard output, answers what's broken, and ends with its caller", async () => {
		const { child, ran } = startCli(["mcp"], { env, keepInput: true });
		const replies = new Map<number, (message: unknown) => void>();
		let text = "";
		child.stdout?.on("data", (chunk: string) => {
			text += chunk;
			for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
				const message = JSON.parse(text.slice(0, end)) as { jsonrpc: string; id?: number };
				text = text.slice(end + 1);
				expect(message.jsonrpc).toBe("2.0");
				replies.get(message.id ?? -1)?.(message);
			}
		});
		const request = (id: number, method: string, params: object) =>
			new Promise<{ result: Record<string, unknown> }>((resolve) => {
				replies.set(id, (message) => resolve(message as { result: Record<string, unknown> }));
				child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
			});
		await request(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } });
		child.stdin?.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
		const { result } = await request(2, "tools/call", { name: "whats_broken", arguments: { from: FROM, to: TO } });
		expect(result.structuredContent).toMatchObject({
			status: "done",
			report: { verdict: "incident", rootCauses: [{ resource: "orders" }, {}] },
		});
		child.stdin?.end();
		expect((await ran).code).toBe(0);
	});

	it("a source's server says what it lacks and does not start", async () => {
		const ran = await runCli(["mcp", "sentry"]);
		expect(ran).toMatchObject({ code: 2, stdout: "" });
		expect(ran.stderr).toContain("SENTRY_AUTH_TOKEN");
		const configured = await runCli(["mcp", "sentry", "--config", env.FAULTLINE_CONFIG ?? ""]);
		expect(configured.code).toBe(0);
	});

	it.each([
		[["serve", "--port", "0"], "/api/v1/health"],
		[["mcp", "--http", "0"], ""],
		[["mcp", "grafana", "--http", "0"], ""],
	])("%j listens on loopback, and closes on SIGTERM with exit code 0", async (args, path) => {
		const { child, ran } = startCli([...args, "--config", env.FAULTLINE_CONFIG ?? ""], { env });
		const said = await untilSays(child.stdout, "\n");
		const url = /listening on (http:\/\/127\.0\.0\.1:\d+\S*)/.exec(said)?.[1] ?? "";
		const response = await fetch(`${url}${path}`);
		expect(response.status).toBe(path === "" ? 405 : 200);
		child.kill("SIGTERM");
		expect((await ran).code).toBe(0);
	});
});

describe("a source whose MCP server runs elsewhere", () => {
	it("is read over HTTP, and a gap once it is gone", async () => {
		const { child, ran } = startCli(["mcp", "grafana", "--http", "0", "--config", env.FAULTLINE_CONFIG ?? ""]);
		const said = await untilSays(child.stdout, "\n");
		const remote = join(folder, "remote.yaml");
		await writeFile(remote, `sources: {grafana: {mcpUrl: "${/http:\S+/.exec(said)?.[0]}"}}\n`);
		const report = async () => runCli(["report", "--config", remote, ...WINDOW, "--format", "json"], { env });
		// Ended before anything is expected: a test that fails leaves no server behind.
		const there = await report().finally(() => child.kill("SIGTERM"));
		expect(IncidentReport.parse(JSON.parse(there.stdout))).toMatchObject({
			verdict: "incident",
			coverage: [{ source: "grafana", status: "ok" }],
		});
		expect((await ran).code).toBe(0);
		const gone = await report();
		expect(gone).toMatchObject({ code: 3, stdout: "" });
		expect(gone.stderr).toMatch(/no source could be read:\n {2}grafana: UNAVAILABLE/);
	});
});

/** What a stream has said once it has said `words`. */
async function untilSays(stream: NodeJS.ReadableStream | null, words: string): Promise<string> {
	let text = "";
	while (stream !== null && !text.includes(words)) {
		const [chunk] = (await once(stream, "data")) as [string];
		text += chunk;
	}
	return text;
}

/** All processes below one, from the process table. */
async function descendants(ancestor: number): Promise<number[]> {
	const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
	const parents = await Promise.all(
		pids.map(async (pid) => {
			const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
			return [pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])] as const;
		}),
	);
	const below = (pid: number): number[] => parents.filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
	return below(ancestor);
}
