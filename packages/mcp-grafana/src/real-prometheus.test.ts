import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EvidencePage } from "@faultline/contracts";
import { connectInProcess, type McpConnection, openSource } from "@faultline/mcp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { source } from "./index.ts";
import { startPrometheus } from "./testing/real-servers.ts";

/** Half an hour, ending some hours ago: blocks must lie behind the head that Prometheus keeps in memory. */
const START_S = Math.floor(Date.now() / 3_600_000) * 3_600 - 6 * 3_600;
const MINUTES = 30;
const WINDOW = { from: new Date(START_S * 1000).toISOString(), to: new Date((START_S + MINUTES * 60) * 1000).toISOString() };

function openMetrics(): string {
	const lines = (name: string, labels: string, valueAt: (m: number) => number) =>
		Array.from({ length: MINUTES + 5 }, (_, i) => `${name}{${labels}} ${valueAt(i - 5)} ${START_S + (i - 5) * 60}`);
	return [
		"# TYPE http_requests counter",
		...lines("http_requests_total", 'service="web",code="200"', (m) => 6_000 + 600 * m),
		...lines("http_requests_total", 'service="web",code="500"', (m) => 1_000 + 60 * m),
		"# TYPE memory_bytes gauge",
		...lines("memory_bytes", 'pod="web-1"', (m) => 100 + m),
		"# EOF",
		"",
	].join("\n");
}

/** What Grafana does with /api/datasources/proxy/uid/<uid>/: hand the request on. */
async function proxyTo(prometheus: string): Promise<Server> {
	const server = createServer(async (request, response) => {
		const path = /^\/api\/datasources\/proxy\/uid\/real(\/.*)$/.exec(request.url ?? "")?.[1];
		if (path === undefined)
			return response
				.writeHead(200, { "content-type": "application/json" })
				.end(JSON.stringify([{ uid: "real", name: "Real", type: "prometheus" }]));
		const answer = await fetch(`${prometheus}${path}`);
		return response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return server;
}

describe("query_metrics over a real Prometheus", () => {
	const folder = mkdtempSync(join(tmpdir(), "faultline-prometheus-"));
	const stops: (() => Promise<unknown>)[] = [];
	let connection: McpConnection;

	beforeAll(async () => {
		const { url, stop } = await startPrometheus(folder, openMetrics());
		stops.push(stop);
		const grafana = await proxyTo(url);
		stops.push(async () => {
			grafana.closeAllConnections();
			await new Promise((resolve) => grafana.close(resolve));
		});
		const servers = openSource(source, {
			GRAFANA_URL: `http://127.0.0.1:${(grafana.address() as AddressInfo).port}`,
			GRAFANA_SERVICE_ACCOUNT_TOKEN: "reader",
		});
		connection = await connectInProcess(servers.factory);
		stops.push(
			() => servers.close(),
			() => connection.close(),
		);
	}, 60_000);
	afterAll(async () => {
		for (const stop of stops.reverse()) await stop();
		rmSync(folder, { recursive: true, force: true });
	});

	const read = async (input: object) => EvidencePage.parse((await connection.callTool("query_metrics", { ...WINDOW, ...input })).data);

	it("brings gauges back sample by sample, and counters as rates", async () => {
		const { series, coverage } = await read({});
		expect(coverage.status).toBe("ok");
		const gauge = series.find((s) => s.metric === "memory_bytes");
		expect(gauge).toMatchObject({ resource: "web-1", unit: "bytes", values: Array.from({ length: MINUTES }, (_, m) => 100 + m) });
		expect(gauge?.times[0]).toBe(START_S * 1000);
		const counters = series.filter((s) => s.metric.startsWith("http_requests_total"));
		expect(counters.map((s) => s.metric).sort()).toEqual(['http_requests_total{code="200"}', 'http_requests_total{code="500"}']);
		for (const counter of counters)
			expect(counter).toMatchObject({
				resource: "web",
				service: "web",
				unit: "/s",
				values: Array.from({ length: MINUTES }, () => (counter.metric.includes("200") ? 10 : 1)),
			});
	});

	it("answers PromQL at the same points", async () => {
		const { series } = await read({ query: "sum by (service) (rate(http_requests_total[5m]))" });
		expect(series).toHaveLength(1);
		expect(series[0]?.values.at(-1)).toBeCloseTo(11, 6);
	});

	it("tells a wrong query as the caller's to mend", async () => {
		await expect(read({ query: "sum(" })).rejects.toMatchObject({ code: "BAD_INPUT" });
	});
});
