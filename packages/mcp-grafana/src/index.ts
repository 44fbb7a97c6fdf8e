import { type AccessCheck, type AnyTool, acrossTargets, checkAccessTool, type Source } from "@faultline/mcp";
import { allowedDatasources, createGrafanaClient, type GrafanaClient } from "./client.ts";
import { type GrafanaConfig, readConfig } from "./config.ts";
import { analyzeLogs } from "./tools/analyze-logs.ts";
import { getDashboard } from "./tools/get-dashboard.ts";
import { listAlertRules } from "./tools/list-alert-rules.ts";
import { listAlerts } from "./tools/list-alerts.ts";
import { listChanges } from "./tools/list-changes.ts";
import { listDashboards } from "./tools/list-dashboards.ts";
import { listDatasources } from "./tools/list-datasources.ts";
import { queryDatasource } from "./tools/query-datasource.ts";
import { queryMetrics } from "./tools/query-metrics.ts";
import { searchLogs } from "./tools/search-logs.ts";

const TITLE = "Grafana";

/** Metrics, logs, alerts, annotations and dashboards of the Grafanas that are configured; only reads. */
export const source: Source = {
	name: "grafana",
	title: TITLE,
	instructions:
		"Reads Grafana: metrics of its Prometheus data sources, logs of its Loki ones, any other data source, alerts with their history and silences, annotations (deploys, flags, configuration), dashboards. Begin with list_alerts and list_changes for the window of an incident, then query_metrics and analyze_logs (bursts, new kinds of lines), then search_logs. Every answer links to Grafana's own page.",
	connect(env) {
		const instances = readConfig(env).map((config) => ({ name: config.name, config, client: createGrafanaClient(config) }));
		const across = (make: (client: GrafanaClient, config: GrafanaConfig) => AnyTool) =>
			acrossTargets(
				"instance",
				instances.map(({ name, client, config }) => ({ name, tool: make(client, config) })),
			);
		const checks = instances.flatMap(({ name, client, config }) =>
			accessChecks(client, config).map((check) => (instances.length === 1 ? check : { ...check, name: `${name}: ${check.name}` })),
		);
		return {
			tools: [
				across(analyzeLogs),
				checkAccessTool(TITLE, checks),
				across(getDashboard),
				across(listAlertRules),
				across(listAlerts),
				across(listChanges),
				across(listDashboards),
				across(listDatasources),
				across(queryDatasource),
				across(queryMetrics),
				across(searchLogs),
			],
			close: async () => undefined,
		};
	},
};

/** One check per kind of evidence, with what of it can be seen. */
function accessChecks(client: GrafanaClient, config: GrafanaConfig): AccessCheck[] {
	return [
		{
			name: "metrics",
			async run({ signal, now }) {
				const sources = await allowedDatasources(client, config, signal);
				const counts = await Promise.all(
					sources.map(
						async ({ uid }) =>
							`${uid}: ${(await client.metricNames(uid, now() - 3_600_000, now(), signal)).length} metrics in the last hour`,
					),
				);
				return counts.join("; ") || "no Prometheus data source is visible";
			},
		},
		{
			name: "logs",
			async run({ signal, now }) {
				const sources = await allowedDatasources(client, config, signal, "loki");
				const counts = await Promise.all(
					sources.map(
						async ({ uid }) => `${uid}: ${(await client.logLabels(uid, now() - 3_600_000, now(), signal)).length} labels in the last hour`,
					),
				);
				return counts.join("; ") || "no Loki data source is visible";
			},
		},
		{ name: "alerts", run: async ({ signal }) => `${(await client.rules(signal)).length} alert rules` },
		{
			name: "changes",
			run: async ({ signal, now }) =>
				`${(await client.annotations({ type: "annotation", from: now() - 86_400_000, to: now(), limit: 100 }, signal)).length} annotations in the last day (up to 100)`,
		},
		{ name: "silences", run: async ({ signal }) => `${(await client.silences(signal)).length} silences` },
		{
			name: "dashboards",
			run: async ({ signal }) => `${(await client.dashboards({ limit: 100, page: 1 }, signal)).length} dashboards (up to 100)`,
		},
	];
}
