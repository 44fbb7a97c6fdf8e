import type { AnyTool, Source } from "@faultline/mcp";
import { acrossTargets } from "@faultline/mcp";
import { createKubeClient } from "./client.ts";
import { type KubernetesConfig, readConfig } from "./config.ts";
import type { Connection } from "./connection.ts";
import { analyzeBursts } from "./tools/analyze-bursts.ts";
import { checkAccess } from "./tools/check-access.ts";
import { getUsage } from "./tools/get-usage.ts";
import { getWorkloads } from "./tools/get-workloads.ts";
import { listChanges } from "./tools/list-changes.ts";
import { listEvents } from "./tools/list-events.ts";
import { listTimeline } from "./tools/list-timeline.ts";
import { searchLogs } from "./tools/search-logs.ts";

const TOOLS: ReadonlyArray<(connection: Connection) => AnyTool> = [
	searchLogs,
	listEvents,
	listChanges,
	getWorkloads,
	listTimeline,
	analyzeBursts,
	getUsage,
	checkAccess,
];

export const source: Source = {
	name: "kubernetes",
	title: "Kubernetes",
	instructions:
		"Reads Kubernetes clusters: pod logs (search_logs), events (list_events), rollouts and scaling (list_changes), restarts, node and Job changes on one timeline (list_timeline), the present state of workloads and nodes (get_workloads) and their use of CPU and memory (get_usage), counts per minute and new kinds of lines against the window before (analyze_bursts). Every tool takes an absolute or relative window, answers one page at a time and says what it could not cover. Start with get_workloads and list_timeline, count with analyze_bursts, then search_logs of the pods they name. Read-only; Secrets and ConfigMaps are never read.",
	connect(env) {
		const config = readConfig(env);
		const clusters = connectionsOf(config);
		return {
			tools: TOOLS.map((create) =>
				acrossTargets(
					"cluster",
					clusters.map(({ name, connection }) => ({ name, tool: create(connection) })),
				),
			),
			close: async () => {
				await Promise.all(clusters.map(async ({ connection }) => await connection.client.close()));
			},
		};
	},
};

/** One connection per allowed context, each with a client and a rate of its own. */
function connectionsOf(config: KubernetesConfig): { name: string; connection: Connection }[] {
	const contexts = config.contexts.length > 0 ? config.contexts : [undefined];
	return contexts.map((context) => {
		const own = { ...config, context };
		return { name: context ?? "current", connection: { client: createKubeClient(own), config: own } };
	});
}
