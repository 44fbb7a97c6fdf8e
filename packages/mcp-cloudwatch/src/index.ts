import { type AccessCheck, type AnyTool, acrossTargets, checkAccessTool, type Source } from "@faultline/mcp";
import { type CloudWatchApi, createCloudWatchClient } from "./client.ts";
import { type CloudWatchConfig, readConfig } from "./config.ts";
import { listLogGroups } from "./log-groups.ts";
import { analyzeLogs } from "./tools/analyze-logs.ts";
import { listAlarms } from "./tools/list-alarms.ts";
import { listChanges } from "./tools/list-changes.ts";
import { listLogGroupsTool } from "./tools/list-log-groups.ts";
import { queryLogs } from "./tools/query-logs.ts";
import { queryMetrics } from "./tools/query-metrics.ts";
import { searchLogs } from "./tools/search-logs.ts";

const TITLE = "CloudWatch";

/** CloudWatch Logs, metrics, alarms, and CloudTrail's changes, of the accounts and regions that are configured; only reads. */
export const source: Source = {
	name: "cloudwatch",
	title: TITLE,
	instructions:
		"Reads CloudWatch of AWS accounts and regions that are configured: alarms with their history, changes (CloudTrail), log events, metrics. Begin with list_alarms and list_changes for the window of an incident, then analyze_logs (bursts, new kinds of lines), search_logs, query_metrics. Requests are kept to a share of the account's quotas, so that a wide window takes time; every record links to the console.",
	connect(env) {
		const accounts = readConfig(env).map((config) => ({ name: config.name, config, api: createCloudWatchClient(config) }));
		const across = (make: (api: CloudWatchApi, config: CloudWatchConfig) => AnyTool) =>
			acrossTargets(
				"account",
				accounts.map(({ name, api, config }) => ({ name, tool: make(api, config) })),
			);
		const checks = accounts.flatMap(({ name, api, config }) =>
			accessChecks(api, config).map((check) => (accounts.length === 1 ? check : { ...check, name: `${name}: ${check.name}` })),
		);
		return {
			tools: [
				across(analyzeLogs),
				checkAccessTool(TITLE, checks),
				across(listAlarms),
				across(listChanges),
				across(listLogGroupsTool),
				across(queryLogs),
				across(queryMetrics),
				across(searchLogs),
			],
			close: async () => {
				for (const { api } of accounts) api.close();
			},
		};
	},
};

/** One check per kind of evidence, with what of it can be seen. */
function accessChecks(api: CloudWatchApi, config: CloudWatchConfig): AccessCheck[] {
	return [
		{
			name: "logs",
			async run({ signal, now }) {
				const groups = await listLogGroups(api, config, signal);
				const first = groups[0];
				if (first !== undefined) await api.filterLogEvents({ logGroupName: first.name, startTime: now() - 60_000, limit: 1 }, signal);
				return `${groups.length} log groups`;
			},
		},
		{
			name: "insights",
			async run({ signal, now }) {
				const first = (await listLogGroups(api, config, signal))[0];
				if (first === undefined) return "no log group to try it on";
				const at = Math.floor(now() / 1000);
				// One second of one group: it scans next to nothing.
				const { queryId } = await api.startQuery(
					{ logGroupName: first.name, startTime: at - 1, endTime: at, queryString: "limit 1" },
					signal,
				);
				await api.getQueryResults({ queryId: queryId ?? "" }, signal);
				return "queries can be run";
			},
		},
		{
			name: "metrics",
			async run({ signal }) {
				const namespace = config.namespaces[0];
				const page = await api.listMetrics(namespace === undefined ? {} : { Namespace: namespace }, signal);
				return `${page.Metrics?.length ?? 0}${page.NextToken ? " or more" : ""} metrics`;
			},
		},
		{
			name: "alarms",
			async run({ signal }) {
				const page = await api.describeAlarms({ MaxRecords: 100 }, signal);
				await api.describeAlarmHistory({ MaxRecords: 1 }, signal);
				return `${page.MetricAlarms?.length ?? 0}${page.NextToken ? " or more" : ""} alarms`;
			},
		},
		{
			name: "changes",
			async run({ signal, now }) {
				const page = await api.lookupEvents({ StartTime: new Date(now() - 3_600_000), EndTime: new Date(now()), MaxResults: 1 }, signal);
				return page.Events?.length ? "CloudTrail's events can be read" : "CloudTrail can be read; it holds no event of the last hour";
			},
		},
	];
}
