import { AppError, type MetricSeries, type Signal } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { baselineNote, coveredWindow, planWindow } from "./baseline-window.ts";
import { mergeEvidence } from "./merge-evidence.ts";
import { emptyHarvest, type ToolHarvest } from "./read-pages.ts";
import { sourceCoverage } from "./source-coverage.ts";

const WINDOW = { from: "2026-06-19T09:00:00.000Z", to: "2026-06-19T10:00:00.000Z" };

const signal = (source: string, id: string, time: string, more: Partial<Signal> = {}): Signal => ({
	...{ id, source, kind: "log", time, severity: 9, resource: "web", body: id, attributes: {}, count: 1, redactions: 0 },
	...more,
});
const series = (source: string, id: string, points: [number, number][]): MetricSeries => ({
	...{ id, source, resource: "web", metric: "cpu", unit: "%" },
	times: Float64Array.from(points, (p) => p[0]),
	values: Float64Array.from(points, (p) => p[1]),
});
const harvest = (tool: string, more: Partial<ToolHarvest>): ToolHarvest => ({ ...emptyHarvest(tool), complete: true, pages: 1, ...more });
const from = (source: string, ...tools: ToolHarvest[]) => ({ source, tools, coverage: sourceCoverage(source, WINDOW, tools) });

describe("mergeEvidence", () => {
	it("orders by time to the nanosecond, whoever answered first", () => {
		const a = from(
			"a",
			harvest("logs", { signals: [signal("a", "2", "2026-06-19T09:00:00.000000002Z"), signal("a", "3", "2026-06-19T09:00:01Z")] }),
		);
		const b = from("b", harvest("logs", { signals: [signal("b", "1", "2026-06-19T09:00:00.000000001Z")] }));
		expect(mergeEvidence([a, b]).signals.map((s) => s.id)).toEqual(["1", "2", "3"]);
		expect(mergeEvidence([b, a])).toEqual(mergeEvidence([a, b]));
	});

	it("keeps one of a record that two pages hold, and both of two sources that use one id", () => {
		const twice = signal("a", "x", WINDOW.from);
		const merged = mergeEvidence([
			from("a", harvest("logs", { signals: [twice, twice] })),
			from("b", harvest("logs", { signals: [signal("b", "x", WINDOW.from)] })),
		]);
		expect(merged.signals.map((s) => s.id).sort()).toEqual(["b:x", "x"]);
	});

	it("makes one series of its pages, and keeps those of two sources apart", () => {
		const pages = [
			series("a", "m", [
				[2, 20],
				[3, Number.NaN],
			]),
			series("a", "m", [
				[1, 10],
				[2, 21],
			]),
		];
		const merged = mergeEvidence([
			from("a", harvest("metrics", { series: pages })),
			from("b", harvest("metrics", { series: [series("b", "m", [[1, 1]])] })),
		]);
		expect(merged.series.map((s) => [s.id, [...s.times], [...s.values]])).toEqual([
			["m", [1, 2, 3], [10, 21, Number.NaN]],
			["b:m", [1], [1]],
		]);
	});

	it("unites what the sources know of who calls whom", () => {
		const edge = { from: "web", to: "db", kind: "calls" as const, learnedFrom: "spans" };
		const one = { nodes: [{ id: "web", kind: "service" }], edges: [edge] };
		const two = { nodes: [{ id: "web", service: "web" }, { id: "db" }], edges: [edge, { ...edge, learnedFrom: "config" }] };
		const { topology } = mergeEvidence([from("a", harvest("t", { topologies: [one] })), from("b", harvest("t", { topologies: [two] }))]);
		expect(topology.nodes).toEqual([{ id: "web", kind: "service", service: "web" }, { id: "db" }]);
		expect(topology.edges).toHaveLength(2);
	});
});

describe("sourceCoverage", () => {
	const page = (more = {}) => ({ source: "a", status: "ok" as const, ...WINDOW, truncated: false, ...more });

	it("is ok only where every tool read to its end", () => {
		expect(sourceCoverage("a", WINDOW, [harvest("logs", { coverages: [page({ truncated: true }), page()] })])).toEqual({
			source: "a",
			status: "ok",
			...WINDOW,
			truncated: false,
		});
		expect(sourceCoverage("a", WINDOW, [harvest("logs", { coverages: [page()], complete: false, truncated: true })])).toMatchObject({
			status: "partial",
			truncated: true,
		});
		expect(sourceCoverage("a", WINDOW, [harvest("logs", { coverages: [page({ truncated: true })] })])).toMatchObject({
			status: "partial",
			truncated: true,
		});
	});

	it("passes on what the pages say: what was left out, and how far back the source reaches", () => {
		const partial = page({ status: "partial", skipped: ["pod web-1: 403"], oldestAvailable: "2026-06-19T09:30:00Z" });
		expect(sourceCoverage("a", WINDOW, [harvest("logs", { coverages: [partial] })])).toMatchObject({
			status: "partial",
			reason: "pod web-1: 403",
			oldestAvailable: "2026-06-19T09:30:00Z",
		});
	});

	it("tells one reason once where every tool failed by it", () => {
		const error = new AppError("UNAUTHORIZED", "the token was not accepted");
		const failed = ["logs", "events"].map((tool) => harvest(tool, { pages: 0, complete: false, error }));
		expect(sourceCoverage("a", WINDOW, failed)).toMatchObject({
			status: "failed",
			reason: "UNAUTHORIZED: the token was not accepted (every tool)",
			failedTools: ["logs", "events"],
		});
	});

	it("is skipped where all its tools say so", () => {
		expect(
			sourceCoverage("a", WINDOW, [harvest("logs", { coverages: [page({ status: "skipped", reason: "no log groups" })] })]),
		).toMatchObject({ status: "skipped", reason: "no log groups" });
	});
});

describe("planWindow", () => {
	const now = Date.parse("2026-06-19T12:00:00Z");
	const HALF_HOUR = 30 * 60_000;

	it("reads a lookback before a since, none before an exact window, and what is asked for", () => {
		expect(planWindow({ since: "1h" }, HALF_HOUR, now)).toEqual({
			asked: { from: "2026-06-19T11:00:00.000Z", to: "2026-06-19T12:00:00.000Z" },
			collected: { from: "2026-06-19T10:30:00.000Z", to: "2026-06-19T12:00:00.000Z" },
		});
		// The named last second belongs to the window.
		expect(planWindow(WINDOW, HALF_HOUR, now).collected).toEqual({ from: WINDOW.from, to: "2026-06-19T10:00:01.000Z" });
		expect(planWindow({ ...WINDOW, baseline: "1h" }, HALF_HOUR, now).collected.from).toBe("2026-06-19T08:00:00.000Z");
		expect(planWindow({ since: "1h", baseline: "0s" }, HALF_HOUR, now).collected.from).toBe("2026-06-19T11:00:00.000Z");
	});

	it.each([[{ since: "soon" }], [{ since: "0m" }], [{ since: "1h", from: "-1h" }], [{ from: "-1h", to: "-2h" }], [{ baseline: "x" }]])(
		"refuses %j",
		(time) => {
			expect(() => planWindow(time, HALF_HOUR, now)).toThrow(AppError);
		},
	);

	it("counts as baseline only what was recorded, and says so", () => {
		const planned = planWindow({ since: "1h" }, HALF_HOUR, now);
		const rollout = signal("a", "r", "2026-06-19T10:40:00Z", { kind: "change" });
		expect(coveredWindow(planned, { signals: [rollout], series: [] }).from).toBe(planned.asked.from);
		expect(baselineNote(planned, planned.asked)).toContain("no separate baseline");
		const log = signal("a", "l", "2026-06-19T10:45:00Z");
		const covered = coveredWindow(planned, { signals: [rollout, log], series: [] });
		expect(covered.from).toBe("2026-06-19T10:45:00.000Z");
		expect(baselineNote(planned, covered)).toMatch(/^15 min before/);
		expect(coveredWindow(planned, { signals: [], series: [series("a", "m", [[Date.parse(planned.collected.from), 1]])] }).from).toBe(
			planned.collected.from,
		);
	});
});
