import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IncidentReport } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { startSandbox } from "@faultline/sandbox";
import { afterAll, describe, expect, it } from "vitest";
import { root, runFaultline } from "./run-faultline.ts";

const scratch = mkdtempSync(join(tmpdir(), "faultline-generated-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const KINDS = ["memory-leak", "connections-exhausted"];

describe("a generated incident", () => {
	it.each(KINDS)("%s: the same first cause from the capture and through the four servers", { timeout: 180_000 }, async (kind) => {
		const out = join(scratch, kind);
		const made = spawnSync(process.execPath, [
			join(root, "apps/sandbox/src/main.ts"),
			"generate",
			"--out",
			out,
			"--count",
			"1",
			"--seed",
			"e2e",
			"--fault",
			kind,
			"--healthy-share",
			"0",
		]);
		expect(made.status, made.stderr.toString()).toBe(0);
		const copy = join(scratch, `${kind}-copy`);
		cpSync(join(out, "generated/g00001"), copy, { recursive: true, filter: (from) => !from.endsWith("truth.json") });

		const offline = await runFaultline(["analyze", "--capture", copy, "--format", "json"]);
		const fromCapture = IncidentReport.parse(JSON.parse(offline.stdout));
		const evidence = await readCapture(copy);
		const sandbox = await startSandbox(evidence, { configOut: join(scratch, `${kind}-config`) });
		try {
			const live = await runFaultline(
				["report", "--config", sandbox.configPath ?? "", "--from", evidence.window.from, "--to", evidence.window.to, "--format", "json"],
				{ env: { FAULTLINE_DATA_DIR: join(scratch, `${kind}-data`) } },
			);
			expect([0, 1], live.stderr).toContain(live.code);
			const fromServers = IncidentReport.parse(JSON.parse(live.stdout));
			expect(fromServers.rootCauses[0]?.resource).toBe(fromCapture.rootCauses[0]?.resource);
			expect(fromServers.verdict).toBe(fromCapture.verdict);
		} finally {
			await sandbox.close();
		}
	});
});
