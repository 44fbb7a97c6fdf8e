import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isAlert, isChange, isSpan } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { describe, expect, it } from "vitest";
import { SCENARIOS } from "./scenarios/index.ts";
import { Truth } from "./truth.ts";

const ROOT = join(import.meta.dirname, "captures");
const MEGABYTE = 1024 * 1024;
const RESOURCES = ["storefront", "catalog", "recommendations", "cart", "orders", "payments", "nginx", "postgres", "redis"];

const readTruth = (id: string): Truth => Truth.parse(JSON.parse(readFileSync(join(ROOT, id, "truth.json"), "utf8")));
const read = new Map<string, ReturnType<typeof readCapture>>();
/** A capture, read once for all tests. */
function readRecorded(id: string): ReturnType<typeof readCapture> {
	const evidence = read.get(id) ?? readCapture(join(ROOT, id));
	read.set(id, evidence);
	return evidence;
}

it("holds a capture of each scenario", () => {
	expect(readdirSync(ROOT).sort()).toEqual(SCENARIOS.map((scenario) => scenario.id).sort());
});

describe.each(SCENARIOS.map((scenario) => scenario.id))("the recorded incident %s", (id) => {
	it("is small enough to commit", () => {
		const folder = join(ROOT, id);
		const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
		expect(bytes).toBeLessThan(MEGABYTE);
	});

	it("is read whole, every record within its window", async () => {
		const evidence = await readRecorded(id);
		expect(evidence.coverage.map(({ status, skipped }) => ({ status, skipped: skipped ?? [] }))).toEqual([{ status: "ok", skipped: [] }]);
		const outside = evidence.signals.filter((s) => s.time < evidence.window.from || s.time > evidence.window.to);
		expect(outside).toEqual([]);
	});

	it("has logs, figures and calls of every service and server", async () => {
		const { signals, series } = await readRecorded(id);
		expect([...new Set(series.map((s) => s.resource))].sort()).toEqual(RESOURCES.toSorted());
		const logged = new Set(signals.filter((s) => s.kind === "log").map((s) => s.service));
		for (const resource of RESOURCES.filter((r) => r !== "redis")) expect(logged).toContain(resource);
		const called = new Set(signals.filter(isSpan).map((s) => `${s.service} ${s.attributes["peer.service"] ?? ""}`));
		for (const call of ["orders payments", "orders postgres", "cart redis", "payments acquirer"]) expect(called).toContain(call);
	});

	it("has traces that hang together", async () => {
		const spans = (await readRecorded(id)).signals.filter(isSpan);
		const ids = new Set(spans.map((s) => s.spanId));
		const orphans = spans.filter((s) => s.span.parentId !== undefined && !ids.has(s.span.parentId));
		expect(orphans.length / spans.length).toBeLessThan(0.01);
	});

	it("has a truth that its own records bear out", async () => {
		const truth = readTruth(id);
		const { signals, window } = await readRecorded(id);
		const changes = signals.filter(isChange).map((s) => s.change);
		const changeIds = changes.map((change) => change.id);
		for (const decoy of truth.decoys) expect(changeIds).toContain(decoy);
		expect(truth.decoys.length).toBeGreaterThan(3);
		const culprit = truth.rootCauses[0]?.changeId ?? null;
		expect(truth.noChange).toBe(culprit === null);
		if (culprit !== null) {
			expect(changeIds).toContain(culprit);
			expect(truth.decoys).not.toContain(culprit);
			expect(changes.find((change) => change.id === culprit)?.diff).toMatch(/^diff --git/);
		}
		if (truth.healthy) return expect(truth).toMatchObject({ category: "healthy", rootCauses: [], blastRadius: [], injectTime: null });
		expect(truth.injectTime! > window.from && truth.injectTime! < window.to).toBe(true);
		expect(truth.firstErrorTime! > truth.injectTime!).toBe(true);
		expect(truth.blastRadius).toContain("storefront");
	});

	it("is healthy before the fault, and alerts after it", async () => {
		const truth = readTruth(id);
		const { signals } = await readRecorded(id);
		const critical = signals.filter(isAlert).filter((s) => s.severity >= 21 && s.alert.state === "firing");
		const injected = truth.injectTime ?? "9999";
		expect(critical.filter((s) => s.time < injected)).toEqual([]);
		expect(critical.length > 0).toBe(!truth.healthy);
	});
});

/** What the fault itself looks like where it happened: the words of the real servers and of the runtime. */
const WORDS: [id: string, service: string, text: RegExp][] = [
	["bad-deploy", "orders", /Cannot read properties of undefined \(reading 'tier'\)/],
	["postgres-connections", "postgres", /FATAL: {2}(remaining connection slots are reserved|sorry, too many clients already)/],
	["redis-memory", "cart", /OOM command not allowed when used memory > 'maxmemory'/],
	["provider-slow", "payments", /no response after 3000 ms/],
	["bad-config", "payments", /no response after 100 ms/],
];

it.each(WORDS)("%s shows in the words of %s, after the injection only", async (id, service, text) => {
	const injected = readTruth(id).injectTime!;
	const told = (await readRecorded(id)).signals.filter(
		(s) => s.kind === "log" && s.service === service && text.test(JSON.stringify([s.body, s.attributes])),
	);
	expect(told.length).toBeGreaterThan(5);
	expect(told.every((s) => s.time > injected)).toBe(true);
});
