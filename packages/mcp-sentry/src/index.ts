import type { AnyTool, Source } from "@faultline/mcp";
import { acrossTargets } from "@faultline/mcp";
import { createSentryClient } from "./client.ts";
import { readConfig } from "./config.ts";
import type { Connection } from "./connection.ts";
import { analyzeBursts } from "./tools/analyze-bursts.ts";
import { analyzeTrend } from "./tools/analyze-trend.ts";
import { checkAccess } from "./tools/check-access.ts";
import { getIssue } from "./tools/get-issue.ts";
import { getTrace } from "./tools/get-trace.ts";
import { listChanges } from "./tools/list-changes.ts";
import { listErrors } from "./tools/list-errors.ts";
import { listIssues } from "./tools/list-issues.ts";
import { listSpans } from "./tools/list-spans.ts";
import { queryEvents } from "./tools/query-events.ts";
import { searchLogs } from "./tools/search-logs.ts";

const TOOLS: ReadonlyArray<(connection: Connection) => AnyTool> = [
	listErrors,
	listIssues,
	getIssue,
	listSpans,
	getTrace,
	searchLogs,
	listChanges,
	queryEvents,
	analyzeBursts,
	analyzeTrend,
	checkAccess,
];

export const source: Source = {
	name: "sentry",
	title: "Sentry",
	instructions:
		"Reads Sentry organizations: issues (list_issues, get_issue), errors with their exceptions (list_errors), spans and whole traces (list_spans, get_trace), logs (search_logs), releases, deploys and commits (list_changes), aggregates (query_events), counts per minute against the window before (analyze_bursts) and any metric before and after a moment or deploy (analyze_trend). Every tool takes an absolute or relative window, answers one page at a time and says what it could not cover. Start with analyze_bursts and list_issues; a suspect file and the files of a commit in list_changes point at each other. Read-only; users and requests are left out.",
	connect(env) {
		const config = readConfig(env);
		const connections = config.organizations.map((organization) => ({
			name: organization,
			connection: { client: createSentryClient({ ...config, organization }) },
		}));
		return {
			tools: TOOLS.map((create) =>
				acrossTargets(
					"organization",
					connections.map(({ name, connection }) => ({ name, tool: create(connection) })),
				),
			),
			close: () => Promise.resolve(),
		};
	},
};
