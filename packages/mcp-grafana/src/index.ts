import { checkAccessTool, type Source } from "@faultline/mcp";
import { allowedDatasources, createGrafanaClient } from "./client.ts";
import { readConfig } from "./config.ts";
import { listAlerts } from "./tools/list-alerts.ts";
import { listChanges } from "./tools/list-changes.ts";
import { queryMetrics } from "./tools/query-metrics.ts";

const TITLE = "Grafana";

/** Metrics, alerts and annotations of a Grafana; only reads. */
export const source: Source = {
	name: "grafana",
	title: TITLE,
	instructions:
		"Reads a Grafana: metrics of its Prometheus data sources, alerts with their history, and annotations (deploys, flags, configuration). Begin with list_alerts for the window of an incident, then list_changes, then query_metrics. Every record links to Grafana's own page.",
	connect(env) {
		const config = readConfig(env);
		const client = createGrafanaClient(config);
		const access = checkAccessTool(TITLE, [
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
			{ name: "alerts", run: async ({ signal }) => `${(await client.rules(signal)).length} alert rules` },
			{
				name: "changes",
				run: async ({ signal, now }) =>
					`${(await client.annotations({ type: "annotation", from: now() - 86_400_000, to: now(), limit: 100 }, signal)).length} annotations in the last day (up to 100)`,
			},
		]);
		return {
			tools: [access, listAlerts(client, config), listChanges(client, config), queryMetrics(client, config)],
			close: async () => undefined,
		};
	},
};
