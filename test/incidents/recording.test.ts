import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlert, isChange, isSpan } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { afterEach, beforeEach, expect, it } from "vitest";
import { record } from "./recording.ts";
import { badDeploy } from "./scenarios/bad-deploy.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { Truth } from "./truth.ts";

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "incidents-test-"));
	chmodSync(folder, 0o755); // PostgreSQL runs as another user where we are root.
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Half a minute of the bad deploy, with enough visitors that some of them meet it. */
const SHORT: Scenario = {
	...badDeploy,
	healthyMinutes: 0.2,
	faultMinutes: 0.4,
	requestsPerSecond: 15,
	sampleSeconds: 3,
	keepTraces: 1,
	steps: [
		{ at: -0.15, run: ({ commit }) => commit("orders-loyalty-discount") },
		{ at: -0.1, run: ({ commit }) => commit("cart-log-size") },
		{ at: -0.08, run: ({ deploy }) => deploy("cart", "cart-log-size") },
		{ at: -0.05, run: ({ flag }) => flag("orders.gift-notes", true, "Ruth Odell") },
		{ at: 0, run: ({ deploy }) => deploy("orders", "orders-loyalty-discount") },
		{ at: 0.1, run: ({ configure }) => configure("cart", { maxLines: 50 }, "cart: fifty lines", "Ruth Odell") },
	],
};

it("records a real incident that shows its cause", { timeout: 180_000 }, async () => {
	const out = join(folder, "capture");
	const { truth, times } = await record(SHORT, { out, onProgress: () => undefined, signal: new AbortController().signal });
	const evidence = await readCapture(out);
	expect(evidence.coverage[0]?.status).toBe("ok");
	expect(Truth.parse(JSON.parse(readFileSync(join(out, "truth.json"), "utf8")))).toEqual(truth);

	const changes = evidence.signals.filter(isChange).map((s) => s.change);
	expect(changes.map((c) => c.type)).toEqual(["commit", "commit", "deploy", "flag", "deploy", "config"]);
	expect(truth.rootCauses).toEqual([{ service: "orders", changeId: changes[0]?.id }]);
	expect(truth.decoys).toHaveLength(4);
	expect(changes[0]?.diff).toContain("+	const discountCents");

	const failed = evidence.signals.filter((s) => s.kind === "log" && s.service === "orders" && s.severity >= 17);
	expect(failed.length).toBeGreaterThan(0);
	for (const log of failed) {
		expect(log.body).toContain("reading 'tier'");
		expect(log.time > (times.injected ?? "")).toBe(true);
	}
	const spans = evidence.signals.filter(isSpan);
	const trace = spans.filter((s) => s.traceId === failed[0]?.traceId);
	expect(trace.map((s) => s.service)).toEqual(expect.arrayContaining(["nginx", "storefront", "orders"]));
	expect(trace.find((s) => s.service === "orders" && s.attributes["span.kind"] === "server")?.span.status).toBe("ERROR");
	expect(new Set(evidence.series.map((s) => s.resource)).size).toBe(9);
	expect(evidence.signals.filter(isAlert).every((s) => s.time > times.start)).toBe(true);
	expect(evidence.signals.filter((s) => s.kind === "event").map((s) => s.event?.reason)).toEqual([
		"Started",
		"Killing",
		"Started",
		"Killing",
	]);
});

interface Run {
	code: number | null;
	errors: string;
}

/** Runs the program with a temporary folder of its own; `onErrors` sees what it has said so far. */
function runProgram(args: string[], onErrors: (text: string, interrupt: () => void) => void = () => undefined): Promise<Run> {
	return new Promise((resolve) => {
		const program = join(import.meta.dirname, "record.ts");
		const child = spawn(process.execPath, [program, ...args], {
			env: { ...process.env, TMPDIR: folder },
			stdio: ["ignore", "ignore", "pipe"],
		});
		let errors = "";
		child.stderr.on("data", (chunk) => {
			errors += chunk;
			onErrors(errors, () => child.kill("SIGINT"));
		});
		child.on("close", (code) => resolve({ code, errors }));
	});
}

it("ends everything and writes nothing when it is interrupted", { timeout: 120_000 }, async () => {
	const out = join(folder, "never");
	const run = await runProgram(["--scenario", "healthy", "--out", out], (text, interrupt) => {
		if (text.includes("recording on")) interrupt();
	});
	expect(run.code).toBe(130);
	expect(existsSync(out)).toBe(false);
	expect(readdirSync(folder)).toEqual([]);
	const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(run.errors)?.[0] ?? "";
	await expect(fetch(origin)).rejects.toThrow();
});

it.each([
	{ args: ["--scenario", "volcano", "--out", "x"], says: /no scenario "volcano"/ },
	{ args: ["--scenario", "healthy"], says: /--out is missing/ },
	{ args: ["--scenario", "healthy", "--out", "x", "--minutes", "-1"], says: /--minutes/ },
	{ args: ["--colour"], says: /colour/ },
])("refuses $args with exit code 2", async ({ args, says }) => {
	const run = await runProgram(args);
	expect(run.code).toBe(2);
	expect(run.errors).toMatch(says);
});
