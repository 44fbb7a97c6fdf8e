import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlert, isChange, isSpan } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseGenerate, readSettings, runGenerate } from "../generate-command.ts";
import { capturesBelow } from "../realism-command.ts";
import { FAULT_KINDS } from "./faults/kinds.ts";
import { FAULT_NAMES, GeneratedTruth, GeneratorSettings, generate, HEALTHY_NAMES } from "./index.ts";

const scratch = mkdtempSync(join(tmpdir(), "faultline-generator-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const command = (out: string, ...args: string[]) =>
	parseGenerate(["--out", join(scratch, out), "--quiet", ...args]) as NonNullable<ReturnType<typeof parseGenerate>>;
const SMALL = GeneratorSettings.parse({
	resources: [6, 12],
	minutes: [16, 20],
	logLines: 600,
	spans: 400,
	secondFault: 0,
	spuriousAlerts: [0, 0],
});
const WHOLE = GeneratorSettings.parse({ ...SMALL, withoutTraces: 0, withoutMetricsOfOne: 0, withoutLogsOfOne: 0, withoutChanges: 0 });

function filesOf(folder: string): Record<string, string> {
	return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("base64")]));
}

describe("captures on disk", () => {
	beforeAll(async () => {
		await runGenerate(command("set", "--count", "12", "--seed", "disk"));
	});

	it("are read whole, every record within its window, with a truth of the documented form", async () => {
		const folders = capturesBelow(join(scratch, "set"));
		expect(folders).toHaveLength(12);
		for (const folder of folders) {
			const evidence = await readCapture(folder);
			expect(evidence.coverage.map(({ status, skipped }) => ({ status, skipped: skipped ?? [] }))).toEqual([{ status: "ok", skipped: [] }]);
			expect(evidence.signals.filter((s) => s.time < evidence.window.from || s.time > evidence.window.to)).toEqual([]);
			expect(evidence.series.length).toBeGreaterThan(5);
			const truth = GeneratedTruth.parse(JSON.parse(readFileSync(join(folder, "truth.json"), "utf8")));
			expect(folder.includes("healthy")).toBe(truth.healthy);
			expect(truth.rootCauses.length > 0).toBe(!truth.healthy);
		}
	});

	it("are small enough to keep by the hundred", () => {
		const sizes = capturesBelow(join(scratch, "set")).map((folder) =>
			readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
		);
		expect(sizes.reduce((a, b) => a + b, 0) / sizes.length).toBeLessThan(300_000);
	});

	it("are the same for the same seed, byte for byte, and others for another", async () => {
		await runGenerate(command("again", "--count", "2", "--seed", "disk"));
		await runGenerate(command("other", "--count", "2", "--seed", "desk"));
		const [first, again, other] = ["set", "again", "other"].map(
			(name) => capturesBelow(join(scratch, name)).find((f) => f.endsWith("g00001")) as string,
		);
		expect(filesOf(again as string)).toEqual(filesOf(first as string));
		expect(filesOf(other as string)["capture.json"]).not.toEqual(filesOf(first as string)["capture.json"]);
	});

	it("do not name in their folder or manifest what happened", () => {
		for (const folder of capturesBelow(join(scratch, "set"))) {
			const manifest = readFileSync(join(folder, "capture.json"), "utf8");
			for (const name of [...FAULT_NAMES, ...HEALTHY_NAMES]) if (name.includes("-")) expect(manifest).not.toContain(name);
		}
	});
});

describe.each(FAULT_NAMES)("the fault %s", (fault) => {
	const { evidence, truth } = generate(`kind-${fault}`, WHOLE, { fault });

	it("strikes a node of its kind, and others speak too", () => {
		expect(truth).toMatchObject({ healthy: false, category: FAULT_KINDS[fault].category, kinds: [fault] });
		const cause = truth.rootCauses[0]?.service;
		const others = evidence.signals.filter((s) => s.kind === "log" && s.service !== cause);
		// no telling the culprit by who writes errors at all
		expect(new Set(others.map((s) => s.service)).size).toBeGreaterThan(1);
		expect(others.some((s) => s.severity >= 13)).toBe(true);
		expect(Date.parse(truth.injectTime ?? "")).toBeGreaterThan(Date.parse(evidence.window.from));
	});

	it("is brought about by a change of its own service, before it, where by any", () => {
		const ids = new Map(evidence.signals.filter(isChange).map((s) => [s.change.id, s]));
		for (const { service, changeId } of truth.rootCauses.filter((c) => c.changeId !== null)) {
			const change = ids.get(changeId as string);
			expect(change?.service).toBe(service);
			expect(change !== undefined && change.time <= (truth.injectTime ?? "")).toBe(true);
			expect(truth.decoys).not.toContain(changeId);
		}
		for (const decoy of truth.decoys) expect(ids.has(decoy)).toBe(true);
	});
});

describe("one incident", () => {
	const { evidence } = generate("traces", WHOLE, { fault: "deploy-exception" });

	it("has traces that hang together", () => {
		const spans = evidence.signals.filter(isSpan);
		const ids = new Set(spans.map((s) => s.spanId));
		expect(spans.length).toBeGreaterThan(50);
		expect(spans.filter((s) => s.span.parentId !== undefined && !ids.has(s.span.parentId))).toEqual([]);
	});

	it("grows with its traffic: a surge asks more of every service that is called", () => {
		const { evidence: surge, truth } = generate("surge", { ...WHOLE, strength: [1, 1] }, { fault: "traffic-surge" });
		const onset = Date.parse(truth.injectTime ?? "");
		const rate = surge.series.find(
			(s) => s.resource === truth.rootCauses[0]?.service && /rate|requests_per|RequestRate/i.test(s.metric) && !/error/i.test(s.metric),
		);
		const mean = (from: number, to: number) => {
			const values = [...(rate?.values ?? [])].filter((_, i) => (rate?.times[i] ?? 0) >= from && (rate?.times[i] ?? 0) < to);
			return values.reduce((a, b) => a + b, 0) / values.length;
		};
		expect(mean((onset + Date.parse(surge.window.to)) / 2, Infinity)).toBeGreaterThan(1.6 * mean(0, onset));
	});

	it("leaves out what the settings say", () => {
		const bare = generate(
			"bare",
			GeneratorSettings.parse({ ...SMALL, withoutTraces: 1, withoutChanges: 1, withoutTopology: 1, withBaseline: 1 }),
			{ fault: "cpu" },
		);
		expect(bare.evidence.signals.filter((s) => s.kind === "span" || s.kind === "change")).toEqual([]);
		expect(bare.evidence.topology.edges).toEqual([]);
		expect(bare.evidence.baselineSeries.length).toBe(bare.evidence.series.length);
		expect(bare.truth.missing).toEqual(expect.arrayContaining(["spans", "changes", "topology"]));
	});
});

describe.each(HEALTHY_NAMES)("the health %s", (healthy) => {
	it("has no cause, and alerts as it should", () => {
		const { evidence, truth } = generate(`healthy-${healthy}`, WHOLE, { healthy });
		expect(truth).toMatchObject({ healthy: true, category: "healthy", rootCauses: [], blastRadius: [], noChange: true, injectTime: null });
		if (healthy === "alert-storm") expect(evidence.signals.filter(isAlert).length).toBeGreaterThan(5);
		if (healthy === "health-check") expect(evidence.signals.filter(isAlert).map((s) => s.alert.state)).toEqual(["normal"]);
	});
});

describe("the command line", () => {
	it("takes kinds, shares and a file, flags before the file", async () => {
		const config = join(scratch, "settings.yaml");
		writeFileSync(config, "resources: [8, 9]\nhealthyShare: 1\n");
		const parsed = command("x", "--fault", "cpu,disk-full", "--fault", "bad-data", "--healthy-share", "0", "--config", config);
		expect(await readSettings(parsed)).toMatchObject({ resources: [8, 9], healthyShare: 0, faults: ["cpu", "disk-full", "bad-data"] });
		expect(parseGenerate(["--help"])).toBeUndefined();
	});

	it.each([
		[[]],
		[["--out", "x", "--count", "0"]],
		[["--out", "x", "--count", "ten"]],
		[["--out", "x", "--fault", "gremlins"]],
		[["--out", "x", "--healthy-share", "2"]],
		[["--out", "x", "y"]],
		[["--what"]],
	])("refuses %j", (args) => {
		expect(() => parseGenerate(args)).toThrow(expect.objectContaining({ code: "BAD_INPUT", hint: "sandbox generate --help" }));
	});

	it("says what is wrong with a file, and writes nothing over what is there", async () => {
		const config = join(scratch, "wrong.yaml");
		writeFileSync(config, "resources: [9, 2]\nnoSuch: 1\n");
		await expect(readSettings(command("y", "--config", config))).rejects.toThrow(/(?=.*smaller)(?=.*noSuch)/);
		await expect(readSettings(command("y", "--config", join(scratch, "absent")))).rejects.toThrow("ENOENT");
		await expect(runGenerate(command("set", "--count", "1"))).rejects.toThrow("is not empty");
		expect(existsSync(join(scratch, "y"))).toBe(false);
	});
});
