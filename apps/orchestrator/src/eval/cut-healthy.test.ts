import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EvidenceSet, MetricSeries, Signal } from "@faultline/contracts";
import { writeCapture } from "@faultline/contracts/capture";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cutHealthy } from "./cut-healthy.ts";
import { evaluateHealthy } from "./evaluate-healthy.ts";
import { findCaptures } from "./find-captures.ts";

const NINE = Date.UTC(2026, 5, 19, 9);
const at = (minute: number): string => new Date(NINE + minute * 60_000).toISOString();
const log = (minute: number, id: string): Signal => ({
	id,
	kind: "log",
	source: "capture",
	time: at(minute),
	severity: 9,
	resource: "pay",
	service: "pay",
	body: `line ${id}`,
	attributes: {},
	count: 1,
	redactions: 0,
});
const logs = (from: number, to: number): Signal[] => Array.from({ length: (to - from) * 10 }, (_, i) => log(from + i / 10, `${from}.${i}`));
const series = (from: number, to: number, step: number): MetricSeries => {
	const times = Float64Array.from({ length: (to - from) / step }, (_, i) => NINE + (from + i * step) * 60_000);
	return {
		id: `m${from}`,
		source: "capture",
		resource: "pay",
		service: "pay",
		metric: "latency",
		unit: "s",
		times,
		values: times.map((t) => t % 7),
	};
};
const EVIDENCE: EvidenceSet = {
	id: "told-by-its-name",
	title: "made up",
	window: { from: at(-120), to: at(30) },
	alertTime: at(20),
	focus: "pay",
	signals: [...logs(-120, -110), ...logs(0, 30), { ...log(20, "a"), kind: "alert", alert: { name: "slow", summary: "slow" } }],
	series: [],
	baselineSeries: [series(-1440, -1320, 5)],
	topology: { nodes: [], edges: [] },
	coverage: [],
};
const cut = (injectedAt: number | undefined, healthy = false, lengthMs = 30 * 60_000) =>
	cutHealthy(EVIDENCE, { lengthMs, injectedAt, healthy });
const told = (windows: ReturnType<typeof cut>) =>
	windows.map(({ from, evidence: e }) => [
		from,
		(Date.parse(e.window.from) - NINE) / 60_000,
		(Date.parse(e.window.to) - NINE) / 60_000,
		e.signals.length,
		e.series[0]?.times.length ?? 0,
	]);

describe("cutHealthy", () => {
	it("cuts the baseline into windows, each with the rest as its baseline", () => {
		const windows = cut(undefined).filter((w) => w.from === "baseline metrics");
		expect(told(windows).map((w) => w.slice(1))).toEqual([
			[-1440, -1410, 0, 6],
			[-1410, -1380, 0, 6],
			[-1380, -1350, 0, 6],
		]);
		expect(windows.map((w) => w.evidence.baselineSeries[0]?.times.length)).toEqual([18, 18, 18]);
	});

	it("takes what was collected apart from the incident, and what came before the injection where that is known", () => {
		expect(told(cut(undefined)).slice(3)).toEqual([["another stretch", -120, -110.1, 100, 0]]);
		expect(told(cut(NINE + 15 * 60_000)).slice(4)).toEqual([["before the incident", 0, 14, 141, 0]]);
	});

	it("cuts a healthy capture from its end, and shows no window an alert", () => {
		const windows = cut(undefined, true, 60 * 60_000).filter((w) => w.from === "a healthy capture");
		expect(told(windows).map((w) => w.slice(1, 3))).toEqual([
			[-30, 30],
			[-90, -30],
		]);
		for (const { evidence } of cut(NINE + 15 * 60_000))
			expect([evidence.alertTime, evidence.focus, evidence.id]).toEqual([undefined, undefined, "capture"]);
	});
});

describe("evaluateHealthy", () => {
	let folder: string;
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "faultline-healthy-"));
		for (const id of ["one", "two"]) {
			await mkdir(join(folder, "shop"), { recursive: true });
			await writeCapture(join(folder, "shop", id), EVIDENCE);
			await writeFile(join(folder, "shop", id, "truth.json"), '{"rootCauses": [{"service": "pay"}], "injectTime": "2026-06-19 09:15:00"}');
		}
	});
	afterAll(() => rm(folder, { recursive: true, force: true }));

	it("analyses each window's data once, and counts what is called an incident or fails", async () => {
		const results = await evaluateHealthy(await findCaptures(folder), {
			lengthMs: 30 * 60_000,
			analyze: async ({ window, signals }) => {
				if (signals.length === 100) throw new Error("cannot");
				const verdict = Date.parse(window.from) < NINE ? "no-incident" : "incident";
				return { verdict, confidence: "likely", category: "unknown", rootCauses: [], change: null };
			},
		});
		expect(results.map((r) => [r.set, r.from, r.windows, r.incidents, r.errors])).toEqual([
			["shop", "baseline metrics", 3, 0, 0],
			["shop", "another stretch", 1, 0, 1],
			["shop", "before the incident", 1, 1, 0],
		]);
		expect(results[2]?.called).toEqual([{ capture: "one", window: `${at(0)} to ${at(14)}`, first: null }]);
	});
});
