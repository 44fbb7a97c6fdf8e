import { EvidencePage, type Signal } from "@faultline/contracts";
import { AfterRecord, createGaps, defineTool, EvidenceInput, pageRequest, READS, type Tool } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { jobTransitions, nodeTransitions, scalings, terminationsOf } from "../map-timeline.ts";
import { recordPage } from "../record-page.ts";
import { Autoscaler, Node, Pod, Workload } from "../wire.ts";
import { readChanges } from "./list-changes.ts";

const Input = EvidenceInput.extend({
	namespace: z.string().max(63).optional().describe("Only this namespace (nodes are always included)."),
});

export function listTimeline(connection: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "list_timeline",
		title: "What happened when",
		description:
			"One timeline of a window, oldest first: rollouts and scaling, containers that ended (exit code, reason, how long they ran), nodes whose conditions changed, Jobs and CronJobs that failed, autoscalers that scaled or hit their limit. From the objects' own states, so it holds where events are forgotten; of each container only its last two ends are known.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		async run(input, context) {
			const request = pageRequest("list_timeline", input, context.now(), AfterRecord);
			const { signal } = context;
			const found = await readTimeline(connection, request.window, signal);
			const signals = found.signals.filter((s) => input.namespace === undefined || [undefined, input.namespace].includes(namespaceOf(s)));
			const whenEmpty = "Nothing was rolled out, scaled or restarted in this window, and no node or Job changed. Try a wider window.";
			return recordPage(connection, request, { ...found, signals }, input, { title: "Timeline", of: "events", whenEmpty, signal });
		},
	});
}

const namespaceOf = (s: Signal): string | undefined =>
	s.event?.object.namespace ?? (typeof s.attributes.namespace === "string" ? s.attributes.namespace : undefined);

async function readTimeline(
	connection: Connection,
	window: { from: string; to: string },
	signal: AbortSignal,
): Promise<{ signals: Signal[]; skipped: string[]; truncated: boolean }> {
	const { client } = connection;
	const gaps = createGaps(signal);
	const [pods, changes, nodes, jobs, scalers] = await Promise.all([
		client.list("/api/v1", "pods", Pod, { signal }),
		gaps.read("rollouts", readChanges(connection, window, signal)),
		gaps.read("nodes", client.listClusterWide("/api/v1", "nodes", Node, { signal })),
		gaps.read("jobs", client.list("/apis/batch/v1", "jobs", Workload, { signal })),
		gaps.read("horizontalpodautoscalers", client.list("/apis/autoscaling/v2", "horizontalpodautoscalers", Autoscaler, { signal })),
	]);
	return {
		signals: [
			...(changes?.signals ?? []),
			...pods.items.flatMap((p) => terminationsOf(p, window)),
			...(nodes?.items ?? []).flatMap((n) => nodeTransitions(n, window)),
			...(jobs?.items ?? []).flatMap((j) => jobTransitions(j, window)),
			...(scalers?.items ?? []).flatMap((h) => scalings(h, window)),
		],
		skipped: [...(changes?.skipped ?? []), ...gaps.skipped],
		truncated: [pods, changes, nodes, jobs, scalers].some((l) => l?.truncated),
	};
}
