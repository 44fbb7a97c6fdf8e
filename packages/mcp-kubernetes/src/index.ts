import type { Source } from "@faultline/mcp";
import { createKubeClient } from "./client.ts";
import { readConfig } from "./config.ts";
import { checkAccess } from "./tools/check-access.ts";
import { getWorkloads } from "./tools/get-workloads.ts";
import { listChanges } from "./tools/list-changes.ts";
import { listEvents } from "./tools/list-events.ts";
import { searchLogs } from "./tools/search-logs.ts";

export const source: Source = {
	name: "kubernetes",
	title: "Kubernetes",
	instructions:
		"Reads a Kubernetes cluster: pod logs (search_logs), events (list_events), rollouts and scaling (list_changes) and the present state of workloads and nodes (get_workloads). Every tool takes an absolute or relative window, answers one page at a time and says what it could not cover. Start with get_workloads and list_events, then search_logs of the pods they name. Read-only; Secrets are never read.",
	connect(env) {
		const config = readConfig(env);
		const client = createKubeClient(config);
		const connection = { client, config };
		return {
			tools: [searchLogs(connection), listEvents(connection), listChanges(connection), getWorkloads(connection), checkAccess(connection)],
			close: () => client.close(),
		};
	},
};
