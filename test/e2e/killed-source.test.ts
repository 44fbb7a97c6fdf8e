import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IncidentReport } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { type Sandbox, startSandbox } from "@faultline/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ran, root, runFaultline } from "./run-faultline.ts";

const scratch = mkdtempSync(join(tmpdir(), "faultline-killed-"));
let sandbox: Sandbox;
let window: string[];

beforeAll(async () => {
	const evidence = await readCapture(join(root, "test/incidents/captures/bad-deploy"));
	window = ["--from", evidence.window.from, "--to", evidence.window.to];
	sandbox = await startSandbox(evidence, { configOut: scratch });
});
afterAll(async () => {
	await sandbox?.close();
	rmSync(scratch, { recursive: true, force: true });
});

const report = (onStart?: (pid: number) => void): Promise<Ran> =>
	runFaultline(["report", "--config", sandbox.configPath ?? "", ...window, "--format", "json"], {
		env: { FAULTLINE_DATA_DIR: join(scratch, "data") },
		onStart: (child) => onStart?.(child.pid ?? 0),
	});

const parse = (ran: Ran): IncidentReport => IncidentReport.parse(JSON.parse(ran.stdout));
const RANK = { confirmed: 2, likely: 1, inconclusive: 0 };

/** The process of one source's server, among the descendants of a command. */
function serverOf(source: string, ancestor: number): number | undefined {
	const rows = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
		.split("\n")
		.map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
		.filter((m) => m !== null);
	const parent = new Map(rows.map((m) => [Number(m[1]), Number(m[2])]));
	const descends = (pid: number): boolean => pid === ancestor || (parent.has(pid) && descends(parent.get(pid) ?? 0));
	return rows.filter((m) => new RegExp(`\\bmcp ${source}\\b`).test(m[3] ?? "") && descends(Number(m[1]))).map((m) => Number(m[1]))[0];
}

describe("a source dies during collection", () => {
	it("still yields a report that names the gap, no surer than before", { timeout: 120_000 }, async () => {
		const whole = parse(await report());
		let killed = false;
		const ran = await report((pid) => {
			const timer = setInterval(() => {
				const victim = serverOf("cloudwatch", pid);
				if (victim === undefined) return;
				clearInterval(timer);
				process.kill(victim, "SIGKILL");
				killed = true;
			}, 5);
			setTimeout(() => clearInterval(timer), 30_000).unref();
		});
		expect(killed).toBe(true);
		const partial = parse(ran);
		const gap = partial.coverage.find((c) => c.source === "cloudwatch");
		expect(["failed", "partial"]).toContain(gap?.status);
		expect(gap?.reason).toBeTruthy();
		expect(partial.verdict).toBe("incident");
		expect(partial.rootCauses[0]?.resource).toBe(whole.rootCauses[0]?.resource);
		expect(RANK[partial.confidence]).toBeLessThan(Math.max(1, RANK[whole.confidence]));
	});

	it.each(["refuse", "hang", "401", "429", "500", "garbage"] as const)(
		"a source that answers %s becomes a gap in coverage",
		{ timeout: 120_000 },
		async (mode) => {
			await sandbox.fail("sentry", mode);
			try {
				const ran = await report();
				expect(ran.code, ran.stderr).toBe(1);
				const gap = parse(ran).coverage.find((c) => c.source === "sentry");
				expect(["failed", "partial"]).toContain(gap?.status);
				expect(gap?.reason).toBeTruthy();
			} finally {
				await sandbox.fail("sentry", "ok");
			}
		},
	);

	it("answers nothing, with exit code 3, only where every source failed", { timeout: 120_000 }, async () => {
		const sources = ["kubernetes", "sentry", "cloudwatch", "grafana"] as const;
		for (const source of sources) await sandbox.fail(source, "refuse");
		try {
			const ran = await report();
			expect(ran.code).toBe(3);
			for (const source of sources) expect(ran.stderr).toContain(source);
		} finally {
			for (const source of sources) await sandbox.fail(source, "ok");
		}
	});
});
