import { describe, expect, it } from "vitest";
import { mapMetric, statisticFor } from "./map-metrics.ts";
import { periodFor } from "./periods.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-06-19T12:00:00Z");

describe("the period", () => {
	it.each([
		["half an hour, now", 0, HOUR / 2, 60],
		["a day, now", 0, DAY, 60],
		["three days, now", 0, 3 * DAY, 180],
		["an hour, a month ago", 30 * DAY, HOUR, 300],
		["an hour, half a year ago", 180 * DAY, HOUR, 3_600],
	])("of %s", (_, ago, length, period) => {
		expect(periodFor({ from: NOW - ago - length, to: NOW - ago }, NOW, false)).toBe(period);
	});

	it("is finer where a private endpoint keeps what it was given", () => {
		expect(periodFor({ from: NOW - 900 * DAY, to: NOW - 900 * DAY + HOUR }, NOW, true)).toBe(1);
		expect(periodFor({ from: NOW - 10 * HOUR, to: NOW }, NOW, true)).toBe(5);
		expect(periodFor({ from: NOW - 20 * HOUR, to: NOW }, NOW, true)).toBe(60);
	});
});

describe("a metric", () => {
	it.each([
		["CPUUtilization", "Average"],
		["DatabaseConnections", "Average"],
		["RequestCount", "Sum"],
		["HTTPCode_Target_5XX_Count", "Sum"],
		["Errors", "Sum"],
	])("%s is asked for its %s", (name, statistic) => {
		expect(statisticFor(name)).toBe(statistic);
	});

	it("names its resource and service, and keeps what else it measures in its name", () => {
		const metric = {
			Namespace: "ECS/Insights",
			MetricName: "Latency",
			Dimensions: [
				{ Name: "Operation", Value: "GET /" },
				{ Name: "ServiceName", Value: "web" },
				{ Name: "ClusterName", Value: "prod" },
			],
		};
		const mapped = mapMetric(
			{
				metric,
				points: [
					[2, 5],
					[1, 4],
					[9, 6],
				],
				unit: "Milliseconds",
			},
			"cn-north-1",
			{ from: 0, to: 9 },
		);
		expect(mapped?.series).toMatchObject({
			resource: "web",
			service: "web",
			metric: 'Latency{Operation="GET /"}',
			unit: "ms",
			times: [1, 2],
			values: [4, 5],
			url: expect.stringContaining("console.amazonaws.cn"),
		});
		expect(mapMetric({ metric, points: [], unit: undefined }, "us-gov-west-1", { from: 0, to: 9 })).toBeUndefined();
		expect(
			mapMetric({ metric: { Namespace: "Custom", MetricName: "x" }, points: [[1, 1]], unit: undefined }, "us-gov-west-1", {
				from: 0,
				to: 9,
			})?.series,
		).toMatchObject({ resource: "Custom", unit: "", url: expect.stringContaining("amazonaws-us-gov.com") });
	});
});
