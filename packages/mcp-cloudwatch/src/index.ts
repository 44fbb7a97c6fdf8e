import { checkAccessTool, type Source } from "@faultline/mcp";
import { createCloudWatchClient } from "./client.ts";
import { readConfig } from "./config.ts";
import { listLogGroups } from "./log-groups.ts";
import { listAlarms } from "./tools/list-alarms.ts";
import { queryMetrics } from "./tools/query-metrics.ts";
import { searchLogs } from "./tools/search-logs.ts";

const TITLE = "CloudWatch";

/** CloudWatch Logs, metrics and alarms of one account and region; only reads. */
export const source: Source = {
	name: "cloudwatch",
	title: TITLE,
	instructions:
		"Reads CloudWatch of one AWS account and region: alarms with their history, log events, metrics. Begin with list_alarms for the window of an incident, then search_logs (a filter pattern keeps it cheap), then query_metrics. Requests are kept to a share of the account's quotas, so that a wide window takes time; every record links to the console.",
	connect(env) {
		const config = readConfig(env);
		const api = createCloudWatchClient(config);
		const access = checkAccessTool(TITLE, [
			{
				name: "logs",
				async run({ signal, now }) {
					const groups = await listLogGroups(api, config, signal);
					const first = groups[0];
					if (first !== undefined) await api.filterLogEvents({ logGroupName: first, startTime: now() - 60_000, limit: 1 }, signal);
					return `${groups.length} log groups`;
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
		]);
		return {
			tools: [access, listAlarms(api), queryMetrics(api, config), searchLogs(api, config)],
			close: async () => api.close(),
		};
	},
};
