import { describe, expect, it } from "vitest";
import { createSituation } from "../situation.ts";
import { alert, at, evidence, level, series, templatesOf } from "../testing/evidence.ts";
import { isAddress, sameMetricScores, targetSeries } from "./same-metric.ts";

const SPIKE = [10, 12, 40, 80, 75, 90];

/** Each of these shows the spike with its own noise, after a day without one. */
function scoresOf(shows: Record<string, number[]>, calls: [string, string][]) {
	const named = Object.entries(shows);
	const set = evidence({
		window: { from: at(0), to: at(6) },
		focus: "site",
		signals: [alert(5, "site", "latency high", { alert: { name: "latency high", metric: "latency", summary: "slow" } })],
		series: named.map(([name, noise]) =>
			series(
				name,
				"latency",
				SPIKE.map((v, i) => v + (noise[i] ?? 0)),
				0,
			),
		),
		baselineSeries: named.map(([name]) => ({ ...series(name, "latency", level(60, 10), -600), id: `b:${name}` })),
		topology: {
			nodes: named.map(([id]) => ({ id })),
			edges: calls.map(([from, to]) => ({ from, to, kind: "calls" as const, learnedFrom: "test" })),
		},
	});
	return sameMetricScores(createSituation(set, templatesOf(set)));
}

describe("sameMetricScores", () => {
	it("blames the deepest that moves with the target", () => {
		const scores = scoresOf({ site: [], search: [1, -1, 2, 0, 1, -2], store: [2, 1, -1, 3, -2, 1] }, [
			["site", "search"],
			["search", "store"],
		]);
		expect(scores[0]?.candidate).toBe("store");
		expect(scores.find((s) => s.candidate === "search")?.explainedBy).toBe("store");
	});

	it("puts a load balancer, known by its address alone, down to what it may pass on to", () => {
		const balancer = "search-1.eu-west-1.elb.example.com";
		const calls: [string, string][] = [
			["site", "search"],
			["site", balancer],
		];
		const scores = scoresOf({ site: [], search: [1, -1, 2, 0, 1, -2], [balancer]: [1, -1, 1.6, 0, 1, -1.7] }, calls);
		expect(scores.map((s) => s.candidate)).toEqual(["search", balancer]);
		expect(scores[1]?.explainedBy).toBe("search");
		// The same under a name of its own is a service that fails.
		const named = scoresOf({ site: [], search: [1, -1, 2, 0, 1, -2], prices: [1, -1, 1.6, 0, 1, -1.7] }, [
			["site", "search"],
			["site", "prices"],
		]);
		expect(named[0]?.candidate).toBe("prices");
	});
});

describe("isAddress", () => {
	it.each([
		["a.b.elb.amazonaws.com", true],
		["https://queue.example.com/orders", true],
		["10.0.0.7", true],
		["http://10.0.0.7:80", true],
		["checkout", false],
		["AWS::Lambda", false],
		["orders.v2", false],
	])("%s: %s", (name, is) => expect(isAddress(name)).toBe(is));
});

describe("targetSeries", () => {
	it("is what the users of the resource that is asked about feel most, where there is no alert", () => {
		const set = evidence({
			window: { from: at(0), to: at(6) },
			focus: "site",
			series: [series("site", "latency", SPIKE, 0), series("site", "error_ratio", level(6, 0.2), 0), series("site", "cpu", SPIKE, 0)],
			baselineSeries: [series("site", "latency", level(60, 10), -600), series("site", "error_ratio", level(60, 0.2), -600)],
		});
		const ask = (focus: string) => targetSeries(createSituation({ ...set, focus }, templatesOf(set)))?.series.metric;
		expect([ask("site"), ask("nobody")]).toEqual(["latency", undefined]);
	});
});
