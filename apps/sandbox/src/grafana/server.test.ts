import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Listener, listen } from "../listener.ts";
import { at, runClient, SAMPLE_WINDOW, sampleEvidence } from "../testing/index.ts";
import { createWorld } from "../world.ts";
import { createGrafanaApi } from "./server.ts";

let api: Listener;
beforeAll(async () => {
	api = await listen(createGrafanaApi(createWorld(sampleEvidence())), "127.0.0.1", 0);
});
afterAll(async () => await api.close());

/** promtool, which shares no code with us. */
async function promtool(...args: string[]): Promise<string> {
	const result = await runClient("promtool", ["query", ...args], {}, "apt-get install prometheus");
	expect(result.stderr).toBe("");
	expect(result.code).toBe(0);
	return result.stdout;
}

async function grafana(path: string, init: RequestInit = {}) {
	const response = await fetch(`${api.url}${path}`, { ...init, headers: { authorization: "Bearer sandbox", ...init.headers } });
	return { status: response.status, body: JSON.parse(await response.text()) };
}

describe("promtool", () => {
	it("asks for an instant", async () => {
		const out = await promtool("instant", "--time", at(25), api.url, 'max by (service) ({__name__="error.ratio"})');
		expect(out).toBe(`{service="orders"} => 0.4 @[${Date.parse(at(25)) / 1000}]\n`);
	});

	it("asks for a range", async () => {
		const out = await promtool(
			"range",
			"--start",
			SAMPLE_WINDOW.from,
			"--end",
			at(29),
			"--step",
			"10m",
			api.url,
			"rate(http_requests_total[5m])",
		);
		expect(out).toContain('{resource="orders", service="orders"} =>');
		expect(out.match(/10 @\[/g)).toHaveLength(2);
	});

	it("asks for series", async () => {
		const out = await promtool(
			"series",
			"--start",
			SAMPLE_WINDOW.from,
			"--end",
			SAMPLE_WINDOW.to,
			"--match",
			'{resource=~".+-x2x7q"}',
			api.url,
		);
		expect(out).toBe('{__name__="cpu_usage", pod="orders-7d4b9c6f58-x2x7q", resource="orders-7d4b9c6f58-x2x7q", service="orders"}\n');
	});

	it("shows an error as Prometheus words it", async () => {
		const result = await runClient("promtool", ["query", "instant", api.url, "sum("], {}, "apt-get install prometheus");
		expect(result.code).not.toBe(0);
		expect(result.stderr).toContain("parse error");
	});
});

describe("Grafana", () => {
	it("wants a token, but for its health", async () => {
		expect((await fetch(`${api.url}/api/datasources`)).status).toBe(401);
		expect((await fetch(`${api.url}/api/health`)).status).toBe(200);
	});

	it("has one Prometheus data source, behind its proxy and its query endpoint", async () => {
		const { body } = await grafana("/api/datasources");
		const uid = body[0].uid;
		expect(body).toMatchObject([{ type: "prometheus" }]);
		const names = await grafana(`/api/datasources/proxy/uid/${uid}/api/v1/label/__name__/values`);
		expect(names.body.data).toEqual(["Database Connections", "cpu_usage", "error.ratio", "http_requests_total"]);
		const metadata = await grafana(`/api/datasources/proxy/uid/${uid}/api/v1/metadata`);
		expect(metadata.body.data).toMatchObject({
			http_requests_total: [{ type: "counter", unit: "requests" }],
			cpu_usage: [{ type: "gauge", unit: "percent" }],
		});
		const query = {
			from: String(Date.parse(SAMPLE_WINDOW.from)),
			to: String(Date.parse(at(29))),
			queries: [{ refId: "A", expr: "cpu_usage", intervalMs: 60_000, datasource: { uid } }],
		};
		const frames = await grafana("/api/ds/query", {
			method: "POST",
			body: JSON.stringify(query),
			headers: { "content-type": "application/json" },
		});
		expect(frames.body.results.A.frames[0].data.values[1].slice(0, 5)).toEqual([20, 21, 22, 23, 24]);
		const wrong = { ...query, queries: [{ refId: "A", expr: "cpu_usage{" }] };
		expect(
			(await grafana("/api/ds/query", { method: "POST", body: JSON.stringify(wrong), headers: { "content-type": "application/json" } }))
				.status,
		).toBe(400);
	});

	it("tells alerts as rules, as firing alerts and as state history", async () => {
		const rules = await grafana("/api/prometheus/grafana/api/v1/rules");
		expect(rules.body.data.groups[0].rules).toMatchObject([
			{
				name: "OrdersFailing",
				state: "firing",
				query: '{__name__="error.ratio",resource="orders"} > 0.05',
				alerts: [{ state: "Alerting", activeAt: at(22) }],
			},
		]);
		expect((await grafana("/api/v1/provisioning/alert-rules")).body).toMatchObject([{ title: "OrdersFailing", condition: "A" }]);
		expect((await grafana("/api/alertmanager/grafana/api/v2/alerts")).body).toMatchObject([
			{ startsAt: at(22), labels: { service: "orders", severity: "critical" } },
		]);
		expect((await grafana("/api/annotations?type=alert")).body).toMatchObject([{ newState: "Alerting", alertName: "OrdersFailing" }]);
	});

	it("tells changes as annotations, filtered by time, tags and limit", async () => {
		const all = await grafana("/api/annotations?type=annotation");
		expect(all.body.map((a: { text: string }) => a.text)).toEqual(["stock-db is degraded", "enable gift wrap"]);
		expect(all.body[1].tags).toEqual([
			"flag",
			"id:gift-wrap",
			"service:orders",
			"commit:0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
			"author:mia",
		]);
		expect((await grafana(`/api/annotations?from=${Date.parse(at(9))}&to=${Date.parse(at(11))}`)).body).toHaveLength(1);
		expect((await grafana("/api/annotations?tags=flag&tags=service:orders")).body).toHaveLength(1);
		expect((await grafana("/api/annotations?tags=flag&tags=status&matchAny=true&limit=1")).body).toHaveLength(1);
		expect((await grafana("/api/annotations/tags")).body.result.tags).toContainEqual({ tag: "status", count: 1 });
	});

	it.each(["/api/search", "/api/folders", "/api/org", "/api/frontend/settings", "/api/datasources/uid/prometheus"])(
		"answers %s",
		async (path) => {
			expect((await grafana(path)).status).toBe(200);
		},
	);
});
