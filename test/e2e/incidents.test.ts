import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IncidentReport } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { startSandbox } from "@faultline/sandbox";
import { afterAll, describe, expect, it } from "vitest";
import { root, runFaultline } from "./run-faultline.ts";
import { keptEvidence, templateCounts } from "./template-counts.ts";

interface Truth {
	healthy?: boolean;
	noChange?: boolean;
	rootCauses?: { service: string; changeId?: string }[];
	decoys?: string[];
}

const captures = join(root, "test/incidents/captures");
const names = readdirSync(captures).filter((name) => existsSync(join(captures, name, "capture.json")));
const scratch = mkdtempSync(join(tmpdir(), "faultline-e2e-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function reportOf(stdout: string): IncidentReport {
	return IncidentReport.parse(JSON.parse(stdout));
}

/** The first cause at the level that the truth speaks of: a pod's service is its name without the generated part. */
function firstCause(report: IncidentReport): string | undefined {
	return report.rootCauses[0]?.resource;
}

function expectRight(report: IncidentReport, truth: Truth): void {
	if (truth.healthy) {
		expect(report.verdict).toBe("no-incident");
		expect(report.change).toBeNull();
		return;
	}
	expect(report.verdict).toBe("incident");
	expect(truth.rootCauses?.map((c) => c.service)).toContain(firstCause(report));
	const guilty = truth.rootCauses?.flatMap((c) => (c.changeId ? [c.changeId] : [])) ?? [];
	const named = report.change ? [report.change.id, report.change.commitId] : [];
	if (truth.noChange || guilty.length === 0) expect(report.change).toBeNull();
	else expect(named.filter((id) => id !== undefined && guilty.some((g) => g.startsWith(id) || id.startsWith(g)))).not.toEqual([]);
	expect(named.filter((id) => id !== undefined && truth.decoys?.includes(id))).toEqual([]);
}

describe("recorded incidents", () => {
	it("are at least four, one of them healthy", () => {
		expect(names.length).toBeGreaterThanOrEqual(4);
		const truths = names.map((name) => JSON.parse(readFileSync(join(captures, name, "truth.json"), "utf8")) as Truth);
		expect(truths.filter((t) => t.healthy).length).toBeGreaterThanOrEqual(1);
	});

	it.each(names)("%s: right from the capture, and the same through the four servers", { timeout: 120_000 }, async (name) => {
		const copy = join(scratch, name);
		cpSync(join(captures, name), copy, { recursive: true, filter: (from) => !from.endsWith("truth.json") });
		const truth = JSON.parse(readFileSync(join(captures, name, "truth.json"), "utf8")) as Truth;

		const offline = await runFaultline(["analyze", "--capture", copy, "--format", "json"]);
		expect(offline.stderr).not.toMatch(/INTERNAL/);
		const fromCapture = reportOf(offline.stdout);
		expect(offline.code).toBe(fromCapture.verdict === "incident" ? 1 : 0);
		expectRight(fromCapture, truth);

		const evidence = await readCapture(copy);
		const sandbox = await startSandbox(evidence, { configOut: join(scratch, `${name}-connection`) });
		try {
			const { from, to } = evidence.window;
			const live = await runFaultline(["report", "--config", sandbox.configPath ?? "", "--from", from, "--to", to, "--format", "json"], {
				env: { FAULTLINE_DATA_DIR: join(scratch, "data") },
			});
			expect(live.code, live.stderr).toBe(truth.healthy ? 0 : 1);
			const fromServers = reportOf(live.stdout);
			expect(fromServers.coverage.map((c) => [c.source, c.status]).sort()).toEqual(
				["cloudwatch", "grafana", "kubernetes", "sentry"].map((s) => [s, "ok"]),
			);
			expectRight(fromServers, truth);
			// of what is no incident, the first of the candidates is nobody's cause
			if (!truth.healthy) expect(firstCause(fromServers)).toBe(firstCause(fromCapture));
			expect(fromServers.change?.id).toBe(fromCapture.change?.id);
			const counts = [...(await templateCounts(evidence, keptEvidence(join(scratch, "data"), fromServers.id)))];
			// Each line came from three sources or more, and counts once.
			expect(counts.filter(([, { capture, told }]) => told > capture).length).toBeGreaterThan(0);
			expect(counts.filter(([, { capture, matched }]) => matched > capture)).toEqual([]);
			const total = (of: "capture" | "matched"): number => counts.reduce((sum, [, count]) => sum + count[of], 0);
			expect(total("matched")).toBe(total("capture"));
		} finally {
			await sandbox.close();
		}
	});
});
