import { EvidencePage, type Signal } from "@faultline/contracts";
import { connectInProcess, type McpConnection, openSource } from "@faultline/mcp";
import { describeSource } from "@faultline/mcp/testing";
import { at, createGrafanaApi, type Listener, SAMPLE_WINDOW, sampleEvidence, series, startApi } from "@faultline/sandbox/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { source } from "./index.ts";

const TOKEN = "glsa_reader_4711";

describeSource({
	source,
	module: new URL("./index.ts", import.meta.url),
	env: (url) => ({ GRAFANA_URL: url, GRAFANA_SERVICE_ACCOUNT_TOKEN: TOKEN }),
	secrets: [TOKEN],
	tokens: 3_343,
	badEnv: { env: { GRAFANA_URL: "grafana" }, mentions: ["GRAFANA_URL", "GRAFANA_SERVICE_ACCOUNT_TOKEN"] },
});

/** Calls a tool page by page, as the pipeline does. */
async function readAll(connection: McpConnection, tool: string, input: Record<string, unknown>) {
	const pages: EvidencePage[] = [];
	let cursor: string | undefined;
	do {
		const page = EvidencePage.parse((await connection.callTool(tool, { ...input, ...(cursor ? { cursor } : {}) })).data);
		pages.push(page);
		cursor = page.nextCursor;
	} while (cursor !== undefined && pages.length < 50);
	return { pages, signals: pages.flatMap((p) => p.signals), series: pages.flatMap((p) => p.series), coverage: pages.at(-1)?.coverage };
}

async function connectTo(url: string, env: Record<string, string> = {}) {
	const servers = openSource(source, { GRAFANA_URL: url, GRAFANA_SERVICE_ACCOUNT_TOKEN: TOKEN, ...env });
	const connection = await connectInProcess(servers.factory);
	return {
		connection,
		close: async () => {
			await connection.close();
			await servers.close();
		},
	};
}

describe("grafana over the sandbox", () => {
	let api: Listener;
	let grafana: Awaited<ReturnType<typeof connectTo>>;
	beforeAll(async () => {
		api = await startApi(createGrafanaApi, sampleEvidence());
		grafana = await connectTo(api.url);
	});
	afterAll(async () => {
		await grafana.close();
		await api.close();
	});

	it("brings gauges back as they were recorded, with their resource, service and unit", async () => {
		const { series: found, coverage } = await readAll(grafana.connection, "query_metrics", SAMPLE_WINDOW);
		const original = sampleEvidence().series;
		expect(found.map((s) => `${s.resource} ${s.metric}`).sort()).toEqual(original.map((s) => `${s.resource} ${s.metric}`).sort());
		for (const gauge of original.filter((s) => s.metric !== "http_requests_total")) {
			const back = found.find((s) => s.metric === gauge.metric);
			expect(back).toMatchObject({
				source: "grafana",
				resource: gauge.resource,
				unit: gauge.unit,
				times: Array.from(gauge.times),
				values: Array.from(gauge.values),
			});
		}
		expect(found.find((s) => s.metric === "cpu_usage")).toMatchObject({ service: "orders" });
		expect(coverage).toMatchObject({ status: "ok", truncated: false, ...SAMPLE_WINDOW });
	});

	it("turns a counter into its rate per second", async () => {
		const { series: found } = await readAll(grafana.connection, "query_metrics", { ...SAMPLE_WINDOW, metric: "requests_total" });
		expect(found).toHaveLength(1);
		expect(found[0]).toMatchObject({ unit: "requests/s", values: Array.from({ length: 29 }, () => 10) });
		expect(new URL(found[0]?.url ?? "").searchParams.get("panes")).toContain("rate({");
	});

	it("keeps to the window, whose end is exclusive", async () => {
		const { series: found } = await readAll(grafana.connection, "query_metrics", { from: at(10), to: at(12), metric: "cpu" });
		expect(found[0]?.times).toEqual([Date.parse(at(10)), Date.parse(at(11))]);
	});

	it("gives the first rate of a window from the sample before it", async () => {
		const { series: found } = await readAll(grafana.connection, "query_metrics", { from: at(10), to: at(12), metric: "requests" });
		expect(found[0]?.times).toEqual([Date.parse(at(10)), Date.parse(at(11))]);
	});

	it("answers PromQL", async () => {
		const { series: found } = await readAll(grafana.connection, "query_metrics", {
			...SAMPLE_WINDOW,
			query: "sum by (service) (rate(http_requests_total[5m])) * 60",
		});
		expect(found).toHaveLength(1);
		expect(found[0]?.values.at(-1)).toBeCloseTo(600, 6);
	});

	it("tells a wrong query as the caller's to mend", async () => {
		await expect(grafana.connection.callTool("query_metrics", { ...SAMPLE_WINDOW, query: "sum(" })).rejects.toMatchObject({
			code: "BAD_INPUT",
		});
	});

	it("pages to the end", async () => {
		const { pages, series: found } = await readAll(grafana.connection, "query_metrics", { ...SAMPLE_WINDOW, limit: 1 });
		expect([pages.length, found.length, new Set(found.map((s) => s.id)).size]).toEqual([4, 4, 4]);
	});

	it("brings alerts back with what they say", async () => {
		const { signals } = await readAll(grafana.connection, "list_alerts", SAMPLE_WINDOW);
		const [original] = sampleEvidence().signals.filter((s) => s.kind === "alert");
		expect(signals).toHaveLength(1);
		expect(signals[0]).toMatchObject({
			kind: "alert",
			time: original?.time,
			service: "orders",
			resource: "orders",
			severity: 21,
			body: "orders fail",
			url: `${api.url}/alerting/grafana/ordersfailing/view`,
		});
		expect(signals[0]?.alert).toMatchObject({
			name: "OrdersFailing",
			metric: "error.ratio",
			threshold: 0.05,
			value: 0.4,
			summary: "orders fail",
			description: "More than 5 % of orders fail.",
			state: "Alerting",
		});
	});

	it("does not put the words of one firing into another's mouth", async () => {
		const [fired] = sampleEvidence().signals.filter((s) => s.kind === "alert");
		if (!fired?.alert) throw new Error("the sample has an alert");
		const again = (id: string, minutes: number, state: string, summary: string): Signal => ({
			...fired,
			id,
			time: at(minutes),
			severity: state === "firing" ? 21 : 9,
			body: summary,
			alert: { name: fired.alert?.name ?? "", summary, state },
		});
		const signals = [
			fired,
			again("alert:2", 24, "resolved", "over"),
			again("alert:3", 26, "firing", "orders fail again"),
			again("alert:4", 28, "resolved", "over"),
		];
		const other = await startApi(createGrafanaApi, { ...sampleEvidence(), signals });
		const { connection, close } = await connectTo(other.url);
		const found = (await readAll(connection, "list_alerts", SAMPLE_WINDOW)).signals;
		expect(found.map((s) => [s.time, s.severity, s.body])).toEqual([
			[at(28), 9, "OrdersFailing of orders is over"],
			[at(26), 21, "orders fail again"],
			[at(24), 9, "OrdersFailing of orders is over"],
			[at(22), 21, "orders fail again"],
		]);
		await close();
		await other.close();
	});

	it("tells an alert that fires since before the window", async () => {
		const { signals } = await readAll(grafana.connection, "list_alerts", { from: at(26), to: at(30) });
		expect(signals.map((s) => s.time)).toEqual([at(22)]);
		expect((await readAll(grafana.connection, "list_alerts", { from: at(1), to: at(5) })).signals).toEqual([]);
	});

	it("brings changes back with type, service, commit and author", async () => {
		const { signals } = await readAll(grafana.connection, "list_changes", SAMPLE_WINDOW);
		const originals = sampleEvidence()
			.signals.filter((s) => s.kind === "change" && s.change?.type !== "deploy")
			.reverse();
		expect(signals.map((s) => [s.time, s.service, s.change])).toEqual(originals.map((s) => [s.time, s.service, s.change]));
	});

	it("says so where nothing is found", async () => {
		const reply = await grafana.connection.callTool("list_changes", { from: "2020-01-01T00:00:00Z", to: "2020-01-01T01:00:00Z" });
		expect(EvidencePage.parse(reply.data)).toMatchObject({ signals: [], coverage: { status: "ok" } });
		expect(reply.text).toContain("No annotation");
		const metrics = await grafana.connection.callTool("query_metrics", { from: "2020-01-01T00:00:00Z", to: "2020-01-01T01:00:00Z" });
		expect(EvidencePage.parse(metrics.data).series).toEqual([]);
	});

	it("checks its access", async () => {
		expect((await grafana.connection.callTool("check_access")).data).toMatchObject({
			ok: true,
			checks: [
				{ name: "metrics" },
				{ name: "logs", detail: "no Loki data source is visible" },
				{ name: "alerts", detail: "1 alert rules" },
				{ name: "changes" },
				{ name: "silences" },
				{ name: "dashboards" },
			],
		});
	});

	it("reads only the data sources and queries that are configured", async () => {
		const other = await connectTo(api.url, { FAULTLINE_GRAFANA_DATASOURCES: "nowhere" });
		await expect(other.connection.callTool("query_metrics", SAMPLE_WINDOW)).rejects.toMatchObject({ code: "BAD_CONFIG" });
		await other.close();
		const asked = await connectTo(api.url, { FAULTLINE_GRAFANA_QUERIES: 'cpu_usage; max({__name__="error.ratio"})' });
		const { series: found } = await readAll(asked.connection, "query_metrics", SAMPLE_WINDOW);
		expect(found.map((s) => s.metric)).toEqual(["cpu_usage", 'max({__name__="error.ratio"})']);
		await asked.close();
	});
});

describe("grafana with much to page", () => {
	it("loses no annotation where many share a time", async () => {
		const change = (i: number): Signal => ({
			id: `c${i}`,
			source: "capture",
			kind: "change",
			time: at(i < 25 ? 5 : 6),
			severity: 9,
			resource: "web",
			service: "web",
			body: `change ${i}`,
			attributes: {},
			count: 1,
			redactions: 0,
			change: { type: "config", id: `c${i}`, title: `change ${i}` },
		});
		const api = await startApi(createGrafanaApi, { ...sampleEvidence(), signals: Array.from({ length: 40 }, (_, i) => change(i)) });
		const { connection, close } = await connectTo(api.url);
		const { signals, pages } = await readAll(connection, "list_changes", { ...SAMPLE_WINDOW, limit: 10 });
		expect(new Set(signals.map((s) => s.change?.id)).size).toBe(40);
		expect(signals).toHaveLength(40);
		expect(pages.length).toBeGreaterThanOrEqual(4);
		await close();
		await api.close();
	});

	it("reads many metrics in few requests and says what it left out", async () => {
		const many = Array.from({ length: 1_050 }, (_, i) => series("web", `metric_${String(i).padStart(4, "0")}`, "", (m) => m));
		const api = await startApi(createGrafanaApi, { ...sampleEvidence(), series: [...many, series("web", "go_threads", "", () => 1)] });
		const { connection, close } = await connectTo(api.url);
		const { series: found, pages, coverage } = await readAll(connection, "query_metrics", { ...SAMPLE_WINDOW, limit: 1000 });
		expect(found).toHaveLength(1_000);
		expect(found.some((s) => s.metric === "go_threads")).toBe(false);
		expect(coverage).toMatchObject({ status: "partial", truncated: true });
		expect(coverage?.reason).toContain("51 of 1051 metrics");
		expect(pages.length).toBeLessThanOrEqual(2);
		await close();
		await api.close();
	});

	it.each([
		["refuse", "UNAVAILABLE"],
		["401", "UNAUTHORIZED"],
		["500", "UNAVAILABLE"],
		["garbage", "BAD_RESPONSE"],
	] as const)("tells a source that breaks in between (%s) as %s", async (mode, code) => {
		const api = await startApi(createGrafanaApi, sampleEvidence());
		const { connection, close } = await connectTo(api.url);
		const first = EvidencePage.parse((await connection.callTool("query_metrics", { ...SAMPLE_WINDOW, limit: 1 })).data);
		await api.fail(mode);
		await expect(connection.callTool("query_metrics", { ...SAMPLE_WINDOW, limit: 1, cursor: first.nextCursor })).rejects.toMatchObject({
			code,
		});
		await api.fail("ok");
		expect(
			EvidencePage.parse((await connection.callTool("query_metrics", { ...SAMPLE_WINDOW, limit: 1, cursor: first.nextCursor })).data)
				.series,
		).toHaveLength(1);
		await close();
		await api.close();
	});
});
