import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { writeCapture } from "@faultline/contracts/capture";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Sandbox, startSandbox, UPSTREAMS } from "./index.ts";
import { parseServe } from "./serve-command.ts";
import { sampleEvidence } from "./testing/index.ts";

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-sandbox-"));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function health(sandbox: Sandbox, patienceMs = 10_000): Promise<number | string> {
	const response = await fetch(`${sandbox.urls.grafana}/api/health`, { signal: AbortSignal.timeout(patienceMs) });
	const text = await response.text();
	try {
		JSON.parse(text);
	} catch {
		return response.ok ? "garbage" : response.status;
	}
	return response.status;
}

describe("a sandbox", () => {
	it("serves four APIs and writes what points at them", async () => {
		const sandbox = await startSandbox(sampleEvidence(), { configOut: folder });
		const config = parse(await readFile(sandbox.configPath ?? "", "utf8"));
		expect(Object.keys(config.sources)).toEqual([...UPSTREAMS]);
		expect(config.sources.cloudwatch.endpoint).toBe(sandbox.urls.cloudwatch);
		const kubeconfig = parse(await readFile(config.sources.kubernetes.kubeconfig, "utf8"));
		expect(kubeconfig.clusters[0].cluster.server).toBe(sandbox.urls.kubernetes);
		expect((await fetch(`${sandbox.urls.kubernetes}/version`)).status).toBe(200);
		await sandbox.close();
		await expect(fetch(sandbox.urls.grafana)).rejects.toThrow();
	});

	it("breaks a source and mends it, on the same port", async () => {
		const sandbox = await startSandbox(sampleEvidence());
		expect(await health(sandbox)).toBe(200);
		for (const mode of ["401", "403", "429", "500"] as const) {
			await sandbox.fail("grafana", mode);
			expect(await health(sandbox)).toBe(Number(mode));
		}
		await sandbox.fail("grafana", "garbage");
		expect(await health(sandbox)).toBe("garbage");
		await sandbox.fail("grafana", "hang");
		await expect(health(sandbox, 300)).rejects.toThrow(/timeout|aborted/i);
		await sandbox.fail("grafana", "refuse");
		await expect(health(sandbox)).rejects.toThrow("fetch failed");
		expect((await fetch(`${sandbox.urls.kubernetes}/version`)).status).toBe(200);
		await sandbox.fail("grafana", "ok");
		expect(await health(sandbox)).toBe(200);
		await sandbox.close();
	});

	it("breaks a source from the start, and later", async () => {
		const sandbox = await startSandbox(sampleEvidence(), {
			faults: [
				{ source: "grafana", mode: "500", after: 0 },
				{ source: "grafana", mode: "ok", after: 0.05 },
			],
		});
		expect(await health(sandbox)).toBe(500);
		await expect.poll(() => health(sandbox)).toBe(200);
		await sandbox.close();
	});

	it("closes what it opened where a port is taken", async () => {
		const first = await startSandbox(sampleEvidence());
		const port = Number(new URL(first.urls.grafana).port);
		await expect(startSandbox(sampleEvidence(), { ports: { grafana: port } })).rejects.toMatchObject({ code: "EADDRINUSE" });
		await first.close();
	});
});

describe("the command line", () => {
	it("reads its flags", () => {
		const parsed = parseServe([
			"serve",
			"--capture",
			"c",
			"--time",
			"now",
			"--grafana-port",
			"3000",
			"--fail",
			"sentry=hang@2.5",
			"--fail",
			"grafana=401",
			"--config-out",
			"o",
		]);
		expect(parsed).toMatchObject({
			capture: "c",
			options: { time: "now", host: "127.0.0.1", configOut: "o", ports: { grafana: 3000, kubernetes: 0 } },
		});
		expect(parsed?.options.faults).toEqual([
			{ source: "sentry", mode: "hang", after: 2.5 },
			{ source: "grafana", mode: "401", after: 0 },
		]);
		expect(parseServe(["--help"])).toBeUndefined();
	});

	it.each([
		[[]],
		[["replay"]],
		[["serve"]],
		[["serve", "--capture", "c", "--time", "later"]],
		[["serve", "--capture", "c", "--grafana-port", "x"]],
		[["serve", "--capture", "c", "--fail", "grafana"]],
		[["serve", "--capture", "c", "--fail", "loki=401"]],
		[["serve", "--capture", "c", "--what"]],
	])("refuses %j", (args) => {
		expect(() => parseServe(args)).toThrow(expect.objectContaining({ code: "BAD_INPUT", hint: "sandbox serve --help" }));
	});

	it("says where it listens on one line of JSON, and ends on a signal", async () => {
		const capture = join(folder, "capture");
		await writeCapture(capture, sampleEvidence());
		const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "serve", "--capture", capture], {
			stdio: ["ignore", "pipe", "pipe"],
		});
		const ended = new Promise((resolve) => child.on("close", resolve));
		const lines = createInterface({ input: child.stdout });
		const ready = JSON.parse(await new Promise<string>((resolve) => lines.once("line", resolve)));
		expect(Object.keys(ready.urls)).toEqual([...UPSTREAMS]);
		expect((await fetch(`${ready.urls.grafana}/api/health`)).status).toBe(200);
		child.kill("SIGINT");
		expect(await ended).toBe(0);
	});

	it("says what is wrong with a capture, with exit code 2", async () => {
		const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "serve", "--capture", folder], {
			stdio: ["ignore", "pipe", "pipe"],
		});
		let said = "";
		child.stderr.on("data", (chunk) => {
			said += chunk;
		});
		expect(await new Promise((resolve) => child.on("close", resolve))).toBe(2);
		expect(said).toContain("capture.json");
	});
});
