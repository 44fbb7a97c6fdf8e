import { describe, expect, it } from "vitest";
import { alertFromHistory, alertFromRule, readExpression } from "./map-alerts.ts";
import { changeFromAnnotation } from "./map-changes.ts";
import { kindOf, mapSeries } from "./map-series.ts";
import { stepFor } from "./tools/query-metrics.ts";
import { type Annotation, Annotations, alertingRules } from "./wire.ts";

const annotation = (more: object): Annotation => Annotations.parse([{ id: 7, time: 1_000, text: "", ...more }])[0] as Annotation;
const context = { grafanaUrl: "https://g", datasource: "p", window: { from: 0, to: 100_000 } };

describe("a change", () => {
	it.each([
		[["deploy", "service:web", "commit:abc"], "v2", "deploy", "web", "abc"],
		[["release", "app=web"], "v2", "deploy", "web", undefined],
		[["feature-flag", "flag:dark"], "on", "flag", undefined, undefined],
		[["configuration"], "x", "config", undefined, undefined],
		[["type:deployment"], "x", "deploy", undefined, undefined],
		[["autoscaling"], "x", "scale", undefined, undefined],
		[[], "Deployed web 2.1", "deploy", undefined, undefined],
		[[], "lunch", "other", undefined, undefined],
	])("tagged %j and saying %s is a %s", (tags, text, type, service, commitId) => {
		const change = changeFromAnnotation(annotation({ tags, text }), "https://g");
		expect([change.change?.type, change.service, change.change?.commitId]).toEqual([type, service, commitId]);
	});

	it("reads HTML as text, hides secrets, and links to its dashboard", () => {
		const change = changeFromAnnotation(
			annotation({
				tags: null,
				text: "<b>rolled out</b> web<br>token=Zm9vYmFyMTIzNDU2Nzg5MA &amp; more",
				dashboardUID: "d1",
				panelId: 4,
				timeEnd: 5_000,
			}),
			"https://g",
		);
		expect(change).toMatchObject({
			change: { type: "deploy", title: "rolled out web" },
			redactions: 1,
			url: "https://g/d/d1?from=-899000&to=901000&viewPanel=4",
			attributes: { until: "1970-01-01T00:00:05.000Z" },
		});
		expect(change.body).not.toContain("Zm9vYmFy");
	});
});

describe("an alert", () => {
	it("of the history stands alone where its rule is gone", () => {
		const alert = alertFromHistory(
			annotation({ alertId: 3, newState: "Normal", text: "Old rule {alertname=Old rule, instance=db-1} - B=3" }),
			[],
			"https://g",
		);
		expect(alert).toMatchObject({
			severity: 9,
			resource: "db-1",
			alert: { name: "Old rule", state: "Normal" },
			url: "https://g/alerting/list",
		});
	});

	it("of a rule takes its labels, its value and its threshold", () => {
		const [rule] = alertingRules({
			status: "success",
			data: {
				groups: [
					{
						name: "g",
						file: "f",
						rules: [
							{ type: "recording", name: "r" },
							{ nonsense: 1 },
							{
								uid: "u",
								name: "Slow",
								query: 'latency{x="1"} > 2.5',
								state: "firing",
								labels: { severity: "warning" },
								annotations: { summary: "too slow" },
								alerts: [
									{
										labels: { pod: "web-1", app: "web" },
										state: "Alerting",
										activeAt: "2026-06-19T09:00:00Z",
										value: "[ var='A' labels={} value=3.5 ]",
									},
								],
							},
						],
					},
				],
			},
		});
		const [alert] = rule?.alerts ?? [];
		if (!rule || !alert) throw new Error("the rule is there");
		expect(alertFromRule(rule, alert, "https://g")).toMatchObject({
			severity: 13,
			service: "web",
			resource: "web-1",
			body: "too slow",
			alert: { metric: "latency", threshold: 2.5, value: 3.5 },
			url: "https://g/alerting/grafana/u/view",
		});
		expect(alertFromRule(rule, { ...alert, activeAt: null }, "https://g")).toBeUndefined();
	});

	it.each([
		["up == 0", { metric: "up" }],
		["sum(rate(x[5m])) > 1e3", { threshold: 1000 }],
		["vector(1)", {}],
	])("reads the expression %s", (query, expected) => {
		expect(readExpression(query)).toEqual(expected);
	});
});

describe("a series", () => {
	it("is a counter by its metadata, else by its name", () => {
		expect(kindOf("x_total", {})).toEqual({ counter: true, unit: "" });
		expect(kindOf("x_total", { x_total: [{ type: "gauge", unit: "" }] })).toEqual({ counter: false, unit: "" });
		expect(kindOf("x_total", { x: [{ type: "counter", unit: "" }] }).counter).toBe(true);
		expect(kindOf("h_seconds_sum", { h_seconds: [{ type: "histogram", unit: "" }] })).toEqual({ counter: true, unit: "seconds" });
		expect(kindOf("memory_bytes", {})).toEqual({ counter: false, unit: "bytes" });
		expect(
			kindOf("x", {
				x: [
					{ type: "gauge", unit: "a" },
					{ type: "gauge", unit: "b" },
				],
			}).unit,
		).toBe("");
	});

	it("names its resource by the first label that does, and keeps what else it measures in its name", () => {
		const row = (metric: Record<string, string>) =>
			mapSeries(
				{
					metric,
					values: [
						[1, "2"],
						[2, "NaN"],
						[3, "+Inf"],
					],
				},
				{ ...context, kind: { counter: false, unit: "" } },
			)?.series;
		expect(row({ __name__: "m", job: "j", instance: "i:9", code: "500" })).toMatchObject({
			resource: "i:9",
			service: "j",
			metric: 'm{code="500"}',
			values: [2, null, null],
		});
		expect(row({ __name__: "m", app: "shop", pod: "shop-1" })).toMatchObject({ resource: "shop-1", service: "shop" });
		expect(row({ __name__: "m", resource: "user@db.internal" })).toMatchObject({ resource: "user@db.internal" });
		expect(row({ __name__: "m", resource: "postgres://u:pw123456@db" })?.resource).not.toContain("pw123456");
		expect(row({})).toMatchObject({ resource: "unknown", metric: "value" });
	});

	it("that counts begins again after a reset", () => {
		const mapped = mapSeries(
			{
				metric: { __name__: "c_total" },
				values: [
					[0, "100"],
					[10, "200"],
					[20, "50"],
					[20, "60"],
				],
			},
			{ ...context, kind: { counter: true, unit: "" } },
		);
		expect(mapped?.series).toMatchObject({ times: [10_000, 20_000], values: [10, 5], unit: "/s" });
		expect(mapSeries({ metric: {}, values: [[500, "1"]] }, { ...context, kind: { counter: false, unit: "" } })).toBeUndefined();
	});

	it("has at most 11,000 points", () => {
		expect(stepFor(3_600_000, 15)).toBe(15);
		const month = 30 * 86_400_000;
		expect(month / 1000 / stepFor(month, 15)).toBeLessThan(11_000);
	});
});
