import { describe, expect, it } from "vitest";
import { Evaluator, type LabelledSeries } from "./evaluate.ts";
import { QueryError } from "./lexer.ts";
import { parseQuery } from "./parser.ts";

const SECOND = 1_000;

/** Samples every 15 seconds from 0. */
function samples(labels: Record<string, string>, values: number[], stepS = 15): LabelledSeries {
	return { labels, times: Float64Array.from(values, (_, i) => i * stepS * SECOND), values: Float64Array.from(values) };
}

const SERIES = [
	samples({ __name__: "up", job: "api", instance: "a" }, [1, 1, 1, 0, 1]),
	samples({ __name__: "up", job: "api", instance: "b" }, [1, 1, 1, 1, 1]),
	samples({ __name__: "up", job: "db", instance: "c" }, [0, 0, 0, 0, 0]),
	samples({ __name__: "requests_total", job: "api" }, [0, 30, 60, 90, 120]),
	samples({ __name__: "resets_total", job: "api" }, [50, 80, 10, 40, 70]),
	samples({ __name__: "weird metric.name", "odd-label": "x" }, [1, 2, 3, 4, 5]),
	samples({ __name__: "limit", job: "api" }, [10, 10, 10, 10, 20]),
	samples({ __name__: "limit", job: "db" }, [5, 5, 5, 5, 5]),
];

/** "labels => value" per sample, at 60 seconds. */
function ask(query: string, seconds = 60): unknown {
	const value = new Evaluator(SERIES).at(parseQuery(query), seconds * SECOND);
	if (value.type === "vector")
		return value.samples.map(({ labels, value: v }) => [
			Object.entries(labels)
				.filter(([k]) => k !== "__name__")
				.map(([k, l]) => `${k}=${l}`)
				.sort()
				.join(","),
			v,
		]);
	return value.type === "matrix" ? value.series.map((s) => Array.from(s.values)) : value.value;
}

describe("PromQL", () => {
	it.each<[string, unknown]>([
		["1 + 2 * 3", 7],
		["-(2 ^ 3 ^ 2)", -512],
		["-2 ^ 2", -4],
		["7 % 4 - 1", 2],
		["0x10 + 1e1", 26],
		["2 > bool 1", 1],
		['"text"', "text"],
		["time()", 60],
		[
			"up",
			[
				["instance=a,job=api", 1],
				["instance=b,job=api", 1],
				["instance=c,job=db", 0],
			],
		],
		['up{job="api",instance!="a"}', [["instance=b,job=api", 1]]],
		[
			'up{instance=~"a|c"}',
			[
				["instance=a,job=api", 1],
				["instance=c,job=db", 0],
			],
		],
		['up{instance!~"a|c"}', [["instance=b,job=api", 1]]],
		['{"weird metric.name","odd-label"="x"}', [["odd-label=x", 5]]],
		["{__name__=~`requests.*`}", [["job=api", 120]]],
		[
			"up offset 15s",
			[
				["instance=a,job=api", 0],
				["instance=b,job=api", 1],
				["instance=c,job=db", 0],
			],
		],
		["requests_total[30s]", [[90, 120]]],
		["sum(up)", [["", 2]]],
		[
			"sum by (job) (up)",
			[
				["job=api", 2],
				["job=db", 0],
			],
		],
		[
			"sum without (instance) (up)",
			[
				["job=api", 2],
				["job=db", 0],
			],
		],
		[
			"avg(up) by (job)",
			[
				["job=api", 1],
				["job=db", 0],
			],
		],
		["count(up == 0)", [["", 1]]],
		["min(limit) + max(limit)", [["", 25]]],
		["topk(1, limit)", [["job=api", 20]]],
		["bottomk(1, limit)", [["job=db", 5]]],
		["limit > 10", [["job=api", 20]]],
		[
			"limit > bool 10",
			[
				["job=api", 1],
				["job=db", 0],
			],
		],
		[
			"100 / limit",
			[
				["job=api", 5],
				["job=db", 20],
			],
		],
		["requests_total / on(job) limit", [["job=api", 6]]],
		[
			"sum by (job) (up) / limit",
			[
				["job=api", 0.1],
				["job=db", 0],
			],
		],
		["irate(requests_total[1m])", [["job=api", 2]]],
		["irate(resets_total[1m])", [["job=api", 2]]],
		["max_over_time(up{instance='a'}[1m])", [["instance=a,job=api", 1]]],
		["min_over_time(up{instance='a'}[1m])", [["instance=a,job=api", 0]]],
		["avg_over_time(requests_total[30s])", [["job=api", 105]]],
		["sum_over_time(requests_total[30s])", [["job=api", 210]]],
		["count_over_time(requests_total[1m])", [["job=api", 4]]],
		["last_over_time(requests_total[1m])", [["job=api", 120]]],
		["clamp_max(requests_total, 100)", [["job=api", 100]]],
		[
			"clamp_min(limit, 7)",
			[
				["job=api", 20],
				["job=db", 7],
			],
		],
		[
			"round(limit / 7)",
			[
				["job=api", 3],
				["job=db", 1],
			],
		],
		[
			"abs(-limit)",
			[
				["job=api", 20],
				["job=db", 5],
			],
		],
		["vector(3)", [["", 3]]],
		["absent_metric", []],
	])("%s", (query, expected) => {
		expect(ask(query)).toEqual(expected);
	});

	it("extrapolates rates to the window, and counts resets", () => {
		expect((ask("rate(requests_total[1m])") as [string, number][])[0]?.[1]).toBeCloseTo(2, 10);
		expect((ask("increase(requests_total[1m])") as [string, number][])[0]?.[1]).toBeCloseTo(120, 10);
		// 80 -> 10 is a reset: 10 + 30 + 30 over 45 s of samples, stretched to the minute.
		expect((ask("increase(resets_total[1m])") as [string, number][])[0]?.[1]).toBeCloseTo((70 * 60) / 45, 10);
		expect((ask("delta(limit{job='api'}[1m])") as [string, number][])[0]?.[1]).toBeCloseTo((10 * 60) / 45, 10);
	});

	it("forgets a sample after five minutes", () => {
		expect(ask("limit{job='db'}", 359)).toEqual([["job=db", 5]]);
		expect(ask("limit{job='db'}", 360)).toEqual([]);
	});

	it.each([
		["sum(", "bad_data"],
		["{}", "bad_data"],
		['{job=~".*"}', "bad_data"],
		["up{job=api}", "bad_data"],
		['up{job=~"("}', "bad_data"],
		["1 > 2", "bad_data"],
		["rate(up)", "bad_data"],
		["sum(1)", "bad_data"],
		["(up + up)[5m]", "bad_data"],
		["up ! up", "bad_data"],
		["up up", "bad_data"],
		["up + on(job) up", "execution"],
		["histogram_quantile(0.9, up)", "execution"],
		["up and up", "execution"],
		["up[5m:1m]", "execution"],
		["up @ 1", "execution"],
		["quantile(0.5, up)", "execution"],
		["up / on(job) group_left limit", "execution"],
		["toString(up)", "execution"],
	])("refuses %s as %s", (query, kind) => {
		let error: unknown;
		try {
			ask(query);
		} catch (thrown) {
			error = thrown;
		}
		expect(error).toBeInstanceOf(QueryError);
		expect((error as QueryError).kind).toBe(kind);
	});
});
