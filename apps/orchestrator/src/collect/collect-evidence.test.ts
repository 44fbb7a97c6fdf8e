import { fileURLToPath } from "node:url";
import type { Coverage, EvidenceSet } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../config/parse-config.ts";
import type { SourceName } from "../config/schema.ts";
import { planWindow } from "./baseline-window.ts";
import { collectEvidence, requireSomeCoverage } from "./collect-evidence.ts";
import type { SourceProgress } from "./collect-source.ts";
import { sourceOpeners } from "./connect-source.ts";
import { checkSource } from "./source-health.ts";

const FIXTURE = fileURLToPath(new URL("../testing/fixture-source.ts", import.meta.url));
const WINDOW = planWindow({ from: "2026-06-19T09:00:00Z", to: "2026-06-19T10:00:00Z" }, 0, 0);
const CONFIG = `
sources:
  kubernetes:
  sentry: {organization: acme, token: secret-token}
`;

/** Real child processes; each source behaves as `modes` says. */
function openers(modes: string) {
	const { config } = parseConfig(CONFIG, {});
	if (config === undefined) throw new Error("the test's configuration is wrong");
	return sourceOpeners(config, { command: process.execPath, args: [FIXTURE, modes] }, { PATH: process.env.PATH, HOME: process.env.HOME });
}

async function collect(
	modes: string,
	more: { deadlineMs?: number; signal?: AbortSignal; maxSignals?: number; onProgress?: (p: SourceProgress) => void } = {},
) {
	const limits = { sourceDeadlineMs: more.deadlineMs ?? 20_000, deadlineMs: 30_000, maxSignals: more.maxSignals ?? 1000 };
	const { evidence } = await collectEvidence(openers(modes), WINDOW, {
		id: "test",
		title: "test",
		limits,
		signal: more.signal ?? new AbortController().signal,
		...(more.onProgress === undefined ? {} : { onProgress: more.onProgress }),
	});
	return evidence;
}

const coverageOf = (evidence: EvidenceSet, source: SourceName): Coverage => evidence.coverage.find((c) => c.source === source)!;
const countOf = (evidence: EvidenceSet, source: SourceName) => evidence.signals.filter((s) => s.source === source).length;

describe("collection over real child processes", () => {
	it("reads every page of every source, in order of time", async () => {
		const seen: SourceProgress[] = [];
		const evidence = await collect("", { onProgress: (p) => seen.push(p) });
		expect(evidence.signals).toHaveLength(6);
		expect(evidence.coverage.map((c) => [c.source, c.status, c.truncated])).toEqual([
			["kubernetes", "ok", false],
			["sentry", "ok", false],
		]);
		const times = evidence.signals.map((s) => s.time);
		expect(times).toEqual([...times].sort());
		expect(seen.filter((p) => p.state === "done").map((p) => p.signals)).toEqual([3, 3]);
	});

	it.each([
		["401", "UNAUTHORIZED: the token was not accepted"],
		["429", "RATE_LIMITED: the upstream asked to slow down"],
		["garbage", "BAD_RESPONSE"],
		["no-tools", "BAD_RESPONSE"],
		["no-start", "UNAVAILABLE"],
	])("a source that is %s is a gap with its reason, and the other's evidence comes", async (mode, reason) => {
		const evidence = await collect(`sentry=${mode}`);
		expect(countOf(evidence, "kubernetes")).toBe(3);
		expect(coverageOf(evidence, "sentry")).toMatchObject({ status: "failed", reason: expect.stringContaining(reason) });
		expect(JSON.stringify(evidence)).not.toContain("secret-token");
	});

	it.each([
		["kill-midway", "UNAVAILABLE"],
		["500-midway", "UNAVAILABLE: the upstream answers 500"],
		["hang-midway", "TIMEOUT"],
	])("what came before a %s is kept, and the gap is told", async (mode, reason) => {
		const evidence = await collect(`sentry=${mode}`, { deadlineMs: mode === "hang-midway" ? 8000 : 20_000 });
		expect(countOf(evidence, "kubernetes")).toBe(3);
		expect(countOf(evidence, "sentry")).toBe(1);
		expect(coverageOf(evidence, "sentry")).toMatchObject({ status: "partial", reason: expect.stringContaining(reason) });
		expect(coverageOf(evidence, "sentry").reason).toContain("after 1 page");
	});

	it("a source that hangs from the start is failed at its deadline", async () => {
		const evidence = await collect("sentry=hang", { deadlineMs: 3000 });
		expect(coverageOf(evidence, "sentry")).toMatchObject({
			status: "failed",
			reason: expect.stringContaining("did not answer within 3 s"),
		});
		expect(countOf(evidence, "kubernetes")).toBe(3);
	});

	it("a cursor that repeats for ever is stopped, and its record is kept once", async () => {
		const evidence = await collect("sentry=endless");
		expect(countOf(evidence, "sentry")).toBe(1);
		expect(coverageOf(evidence, "sentry")).toMatchObject({ status: "partial", reason: expect.stringContaining("same cursor") });
	});

	it("stops at the limit of signals and says that there was more", async () => {
		const evidence = await collect("", { maxSignals: 2 });
		expect(countOf(evidence, "sentry")).toBe(2);
		expect(coverageOf(evidence, "sentry")).toMatchObject({ status: "partial", truncated: true });
	});

	it("is an error that names every reason where no source could be read", async () => {
		const evidence = await collect("kubernetes=401,sentry=garbage");
		expect(() => requireSomeCoverage(evidence)).toThrow(/kubernetes: list_logs: UNAUTHORIZED[\s\S]*sentry: list_logs: BAD_RESPONSE/);
	});

	it("cancels: it throws CANCELLED, and no child is left", async () => {
		const controller = new AbortController();
		const before = await childCount();
		const work = collect("sentry=hang", { signal: controller.signal, onProgress: (p) => p.state === "done" && controller.abort() });
		await expect(work).rejects.toMatchObject({ code: "CANCELLED" });
		await expect.poll(childCount, { timeout: 15_000, interval: 200 }).toBe(before);
	});
});

describe("check_access over real child processes", () => {
	it.each([
		["ok", "ok"],
		["401", "failed"],
	])("%s is %s", async (mode, status) => {
		const open = openers(`sentry=${mode}`).get("sentry")!;
		const health = await checkSource("sentry", open, 20_000, new AbortController().signal);
		expect(health).toMatchObject({ status, checks: [{ name: "logs", ok: mode === "ok" }] });
	});

	it("a server that does not answer is failed at the deadline", async () => {
		const health = await checkSource("sentry", openers("sentry=hang").get("sentry")!, 2500, new AbortController().signal);
		expect(health).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
	});
});

/** Children of this process that run the fixture, from the process table. */
async function childCount(): Promise<number> {
	const { readdir, readFile } = await import("node:fs/promises");
	const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
	const lines = await Promise.all(
		pids.map((pid) => Promise.all([readFile(`/proc/${pid}/cmdline`, "utf8"), readFile(`/proc/${pid}/stat`, "utf8")]).catch(() => ["", ""])),
	);
	return lines.filter(
		([command, stat]) => command?.includes(FIXTURE) && Number(stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === process.pid,
	).length;
}
