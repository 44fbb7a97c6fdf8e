import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EvidencePage } from "@faultline/contracts";
import { connectInProcess, type McpConnection, openSource } from "@faultline/mcp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { source } from "./index.ts";
import { GRAFANA, LOKI, startGrafana, startLoki, startPrometheus } from "./testing/real-servers.ts";

const MINUTE = 60_000;
/** A whole half hour some hours ago: blocks must lie behind the head that Prometheus keeps in memory. */
const START = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 6 * 3_600_000;
const END = START + 30 * MINUTE;
const WINDOW = { from: new Date(START).toISOString(), to: new Date(END).toISOString() };
/** Lines are pushed near the present, which Loki takes. */
const LINES_FROM = Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE;

const OPEN_METRICS = [
	"# TYPE memory_bytes gauge",
	...Array.from({ length: 30 }, (_, m) => `memory_bytes{pod="web-1"} ${100 + m} ${START / 1000 + m * 60}`),
	"# EOF",
	"",
].join("\n");

const HISTORY_IN_LOKI = "alertStateHistoryLokiSecondary,alertStateHistoryLokiPrimary,alertStateHistoryLokiOnly";

describe.skipIf(!existsSync(GRAFANA) || !existsSync(LOKI))(
	"over a real Grafana with a real Prometheus and a real Loki (skipped where scripts/grafana.mjs and scripts/loki.mjs have not built them)",
	() => {
		const folder = mkdtempSync(join(tmpdir(), "faultline-grafana-"));
		const stops: (() => Promise<unknown>)[] = [];
		let url: string;
		let connection: McpConnection;

		/** As Grafana's administrator: what our server never does. */
		async function admin<T>(path: string, body: object): Promise<T> {
			const headers = { authorization: `Basic ${btoa("admin:admin")}`, "content-type": "application/json" };
			const answer = await fetch(`${url}/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
			if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
			return (await answer.json()) as T;
		}

		beforeAll(async () => {
			const part = (name: string) => {
				mkdirSync(join(folder, name));
				return join(folder, name);
			};
			const [prometheus, loki] = await Promise.all([startPrometheus(part("prometheus"), OPEN_METRICS), startLoki(part("loki"))]);
			stops.push(prometheus.stop, loki.stop);
			const grafana = await startGrafana(part("grafana"), {
				GF_UNIFIED_ALERTING_STATE_HISTORY_ENABLED: "true",
				GF_UNIFIED_ALERTING_STATE_HISTORY_BACKEND: "loki",
				GF_UNIFIED_ALERTING_STATE_HISTORY_LOKI_REMOTE_URL: loki.url,
				GF_FEATURE_TOGGLES_ENABLE: HISTORY_IN_LOKI,
			});
			stops.push(grafana.stop);
			url = grafana.url;
			await admin("datasources", { name: "Metrics", uid: "prom", type: "prometheus", access: "proxy", url: prometheus.url });
			await admin("datasources", { name: "Lines", uid: "loki", type: "loki", access: "proxy", url: loki.url });
			const values = Array.from({ length: 20 }, (_, i) => [`${LINES_FROM + i * 1_000}000042`, `level=error msg="refused ${i}"`]);
			const pushed = await fetch(`${loki.url}/loki/api/v1/push`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ streams: [{ stream: { service_name: "db" }, values }] }),
			});
			expect(pushed.ok).toBe(true);
			await admin("annotations", { time: START + MINUTE, text: "deployed web 1.2.3", tags: ["deploy", "service:web", "commit:abc1234"] });
			const panel = {
				id: 1,
				type: "timeseries",
				title: "Memory",
				datasource: { uid: "prom" },
				targets: [{ refId: "A", expr: "memory_bytes" }],
			};
			await admin("dashboards/db", { dashboard: { uid: "shop", title: "Shop overview", panels: [panel] }, overwrite: true });
			await admin("folders", { uid: "f", title: "Alerts" });
			const model = { refId: "A", type: "math", expression: "1 > 0", datasource: { type: "__expr__", uid: "__expr__" } };
			await admin("v1/provisioning/alert-rules", {
				...{ title: "Checkout is slow", uid: "slow", folderUID: "f", ruleGroup: "g", orgID: 1, condition: "A", for: "0s" },
				...{ noDataState: "OK", execErrState: "Error", labels: { severity: "critical", service: "checkout" } },
				annotations: { summary: "checkout takes too long" },
				data: [{ refId: "A", datasourceUid: "__expr__", relativeTimeRange: { from: 600, to: 0 }, model }],
			});
			const account = await admin<{ id: number }>("serviceaccounts", { name: "faultline", role: "Viewer" });
			const { key } = await admin<{ key: string }>(`serviceaccounts/${account.id}/tokens`, { name: "t" });
			const servers = openSource(source, { GRAFANA_URL: url, GRAFANA_SERVICE_ACCOUNT_TOKEN: key });
			connection = await connectInProcess(servers.factory);
			stops.push(
				() => servers.close(),
				() => connection.close(),
			);
		}, 300_000);
		afterAll(async () => {
			for (const stop of stops.reverse()) await stop();
			rmSync(folder, { recursive: true, force: true });
		});

		const page = async (tool: string, input: object = {}) =>
			EvidencePage.parse((await connection.callTool(tool, { ...WINDOW, ...input })).data);

		it("a service account with the Viewer role sees every kind of evidence", async () => {
			const { data, text } = await connection.callTool("check_access");
			expect(data, text).toMatchObject({ ok: true });
		});

		it("metrics come through its proxy and through its query API", async () => {
			const { series } = await page("query_metrics");
			expect(series.find((s) => s.metric === "memory_bytes")).toMatchObject({
				resource: "web-1",
				values: Array.from({ length: 30 }, (_, m) => 100 + m),
			});
			const asked = await connection.callTool("query_datasource", { ...WINDOW, datasource: "prom", query: "max(memory_bytes)" });
			expect(asked.data).toMatchObject({ stats: [{ max: 129 }] });
			const run = await connection.callTool("query_datasource", { ...WINDOW, dashboard: "shop", panel: 1 });
			expect(run.data).toMatchObject({ stats: [{ last: 129 }] });
		});

		it("lines come to the nanosecond, once each", async () => {
			const window = { from: new Date(LINES_FROM).toISOString(), to: new Date(LINES_FROM + MINUTE).toISOString() };
			const first = await page("search_logs", { ...window, query: '{service_name="db"}', limit: 15 });
			const second = await page("search_logs", { ...window, query: '{service_name="db"}', limit: 15, cursor: first.nextCursor });
			const told = [...first.signals, ...second.signals];
			expect(told.map((s) => s.body)).toEqual(Array.from({ length: 20 }, (_, i) => expect.stringContaining(`refused ${i}"`)));
			expect(told[0]).toMatchObject({ severity: 17, service: "db", time: expect.stringMatching(/\.000000042Z$/) });
		});

		it("annotations are changes, dashboards are found with their queries", async () => {
			const { signals } = await page("list_changes");
			expect(signals).toEqual([
				expect.objectContaining({ service: "web", change: expect.objectContaining({ type: "deploy", commitId: "abc1234" }) }),
			]);
			expect((await connection.callTool("list_dashboards", { query: "shop" })).data).toMatchObject({
				dashboards: [{ uid: "shop", title: "Shop overview" }],
			});
			expect((await connection.callTool("get_dashboard", { uid: "shop", ...WINDOW })).data).toMatchObject({
				panels: [{ title: "Memory", queries: ["memory_bytes"] }],
			});
		});

		it("an alert that fires is told with its rule, and its change of state comes from the history in Loki", {
			timeout: 120_000,
		}, async () => {
			const since = new Date(Date.now() - 30 * MINUTE).toISOString();
			const alerts = async () => (await page("list_alerts", { from: since, to: new Date(Date.now() + MINUTE).toISOString() })).signals;
			// rules are evaluated once a minute
			const found = await vi.waitFor(
				async () => {
					const signals = await alerts();
					expect(signals).toContainEqual(expect.objectContaining({ alert: expect.objectContaining({ state: "Alerting" }) }));
					return signals;
				},
				{ timeout: 100_000, interval: 2_000 },
			);
			expect(found).toHaveLength(1);
			expect(found[0]).toMatchObject({
				severity: 21,
				service: "checkout",
				body: "checkout takes too long",
				url: `${url}/alerting/grafana/slow/view`,
				alert: { name: "Checkout is slow", state: "Alerting" },
			});
			expect((await connection.callTool("list_alert_rules", WINDOW)).text).toContain("Checkout is slow");
		});

		it("a query that it refuses is the caller's to mend, and a token that it does not know is said", async () => {
			await expect(page("query_metrics", { query: "sum(" })).rejects.toMatchObject({ code: "BAD_INPUT" });
			const servers = openSource(source, { GRAFANA_URL: url, GRAFANA_SERVICE_ACCOUNT_TOKEN: "glsa_unknown" });
			const stranger = await connectInProcess(servers.factory);
			await expect(stranger.callTool("list_alerts", WINDOW)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
			await stranger.close();
			await servers.close();
		});
	},
);
