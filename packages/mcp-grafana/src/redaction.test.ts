import { connectInProcess, openSource } from "@faultline/mcp";
import { plantedSecrets, startUpstream } from "@faultline/mcp/testing";
import { at, SAMPLE_WINDOW } from "@faultline/sandbox/testing";
import { expect, it } from "vitest";
import { source } from "./index.ts";

it("lets none of 200 secrets of 30 kinds out, wherever they were planted", { timeout: 120_000 }, async () => {
	const planted = plantedSecrets();
	expect(planted.length).toBeGreaterThanOrEqual(200);
	const texts = planted.map((p) => p.text);
	const ms = (i: number) => Date.parse(at(1)) + i * 1000;
	const annotation = (text: string, i: number, more: object) => ({ id: i + 1, time: ms(i), timeEnd: ms(i), tags: [text], text, ...more });
	const rules = texts.map((text, i) => ({
		uid: `r${i}`,
		name: `rule ${i}`,
		state: "firing",
		health: "ok",
		type: "alerting",
		query: text,
		labels: { owner: text },
		annotations: { summary: text, description: text },
		alerts: [
			{
				state: "Alerting",
				activeAt: new Date(ms(i)).toISOString(),
				labels: { service: "web", note: text },
				annotations: { summary: text },
			},
		],
	}));
	const silences = texts.map((text, i) => ({
		id: `s${i}`,
		status: { state: "active" },
		startsAt: at(2),
		endsAt: at(20),
		createdBy: text,
		comment: text,
		matchers: [{ name: "service", value: text, isRegex: false, isEqual: true }],
	}));
	const lines = texts.flatMap((text, i) => [
		[`${ms(i)}000001`, text],
		[`${ms(i)}000002`, JSON.stringify({ level: "error", msg: text, context: { text } })],
	]);
	const frame = {
		schema: { fields: [{ name: "note", type: "string" }] },
		data: { values: [texts] },
	};
	const upstream = await startUpstream((request, response) => {
		request.resume();
		const url = new URL(request.url ?? "", "http://grafana");
		const answer = () => {
			if (url.pathname === "/api/datasources")
				return [
					{ uid: "loki", name: "Loki", type: "loki" },
					{ uid: "pg", name: "Shop", type: "grafana-postgresql-datasource" },
				];
			if (url.pathname === "/api/annotations")
				return url.searchParams.get("type") === "alert"
					? texts.map((text, i) => annotation(text, i, { alertName: `rule ${i}`, newState: "Alerting", prevState: "Normal" }))
					: texts.map((text, i) => annotation(text, i, { login: "jo", email: text }));
			if (url.pathname.endsWith("/rules")) return { status: "success", data: { groups: [{ name: "g", rules }] } };
			if (url.pathname.endsWith("/silences")) return silences;
			if (url.pathname.endsWith("/labels")) return { status: "success", data: ["app"] };
			if (url.pathname.endsWith("/index/stats")) return { streams: 1, chunks: 1, bytes: 1000, entries: lines.length };
			if (url.pathname.endsWith("/loki/api/v1/query_range"))
				return { status: "success", data: { resultType: "streams", result: [{ stream: { app: "web" }, values: lines }] } };
			if (url.pathname === "/api/ds/query") return { results: { A: { status: 200, frames: [frame] } } };
			return undefined;
		};
		const body = answer();
		response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
	});
	const servers = openSource(source, { GRAFANA_URL: upstream.url, GRAFANA_SERVICE_ACCOUNT_TOKEN: "reader" });
	const connection = await connectInProcess(servers.factory);
	try {
		for (const [tool, input, least] of [
			["search_logs", { limit: 1000, detail: "full" }, 200],
			["list_changes", { limit: 1000, detail: "full" }, 200],
			["list_alerts", { limit: 1000, detail: "full" }, 200],
			["list_alert_rules", {}, 1],
			["query_datasource", { datasource: "Shop", query: "SELECT note FROM logins" }, 1],
		] as const) {
			const reply = await connection.callTool(tool, { ...SAMPLE_WINDOW, ...input });
			const shown = JSON.stringify([reply.text, reply.data]);
			expect(
				planted.filter((p) => shown.includes(p.secret)).map((p) => `${tool}: ${p.kind}`),
				tool,
			).toEqual([]);
			expect((reply.data as { redactions: number }).redactions, tool).toBeGreaterThanOrEqual(least);
		}
	} finally {
		await connection.close();
		await servers.close();
		await upstream.close();
	}
});
