import { EvidencePage, type Topology, type Window } from "@faultline/contracts";
import {
	coverageOf,
	createGaps,
	defineTool,
	EvidenceInput,
	evidenceReply,
	fence,
	pageRequest,
	READS,
	redactionsOf,
	type Tool,
} from "@faultline/mcp";
import { redact } from "@faultline/platform";
import { z } from "zod";
import type { Listing } from "../client.ts";
import type { Connection } from "../connection.ts";
import { jobSnapshot, nodeSnapshot, podSnapshot, type Snapshot, snapshotSignal, workloadSnapshot } from "../map-workload.ts";
import { linkOf, resourceOf, serviceOf, workloadOf } from "../names.ts";
import { Node, Pod, Workload } from "../wire.ts";

const Input = EvidenceInput.extend({
	namespace: z.string().max(63).optional().describe("Only this namespace (nodes are always included)."),
	unhealthy: z.boolean().default(false).describe("Only what is not well."),
});
const Position = z.int().nonnegative();
/** Bytes of the text; the data has everything. */
const TEXT_BYTES = 1900;

export function getWorkloads(connection: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "get_workloads",
		title: "State of workloads and nodes",
		description:
			"The present state of pods, Deployments, StatefulSets, DaemonSets, Jobs and nodes, what is not well first: readiness, restart counts, waiting and termination reasons, exit codes, conditions, node pressure; and who owns whom (topology). This is a snapshot of now, whatever the window: a state's time is when it began, where that lies in the window. Use list_events for how it came about.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["event"],
		async run(input, context) {
			const request = pageRequest("get_workloads", input, context.now(), Position);
			const { window, position: start = 0 } = request;
			const found = await readState(connection, context.signal);
			const wanted = found.snapshots.filter(
				(s) =>
					(input.namespace === undefined || s.meta.namespace === undefined || s.meta.namespace === input.namespace) &&
					(!input.unhealthy || s.problems.length > 0),
			);
			const ordered = wanted.sort(
				(a, b) => Number(b.problems.length > 0) - Number(a.problems.length > 0) || (keyOf(a) < keyOf(b) ? -1 : 1),
			);
			const seen = seenAt(context.now(), window);
			const signals = ordered
				.slice(start, start + input.limit)
				.map((s) => snapshotSignal(s, seen, window, linkOf(connection.config, s.kind, s.meta)));
			const next = start + input.limit < ordered.length ? start + input.limit : undefined;
			const url = linkOf(connection.config, "workloads", { name: "" });
			const page = {
				signals,
				...(start === 0 ? { topology: topologyOf(found.pods) } : {}),
				coverage: coverageOf("kubernetes", window, { ...found, waitedMs: connection.client.waitedMs(context.signal) }),
				redactions: redactionsOf(signals),
				...(url === undefined ? {} : { url }),
				...(next === undefined ? {} : { nextCursor: request.next(next) }),
			};
			return { ...evidenceReply(page, "Workloads"), text: textOf(ordered, page.coverage.skipped ?? [], next !== undefined) };
		},
	});
}

const keyOf = (s: Snapshot): string => `${s.kind}/${s.meta.namespace ?? ""}/${s.meta.name}`;

/** A snapshot of now belongs at the end of a window that is past. */
function seenAt(now: number, window: Window): string {
	return new Date(Math.min(now, Date.parse(window.to) - 1)).toISOString();
}

interface State {
	snapshots: Snapshot[];
	pods: Pod[];
	skipped: string[];
	truncated: boolean;
}

/** Pods must be readable; of the other kinds each that is not is told in `skipped`. */
async function readState({ client }: Connection, signal: AbortSignal): Promise<State> {
	const gaps = createGaps(signal);
	const optional = async <T>(kind: string, work: Promise<Listing<T>>): Promise<Listing<T>> =>
		(await gaps.read(kind, work)) ?? { items: [], truncated: false, unreadable: 0 };
	const workloads = (plural: string, api = "/apis/apps/v1") => optional(plural, client.list(api, plural, Workload, { signal }));
	const [pods, deployments, statefulSets, daemonSets, jobs, nodes] = await Promise.all([
		client.list("/api/v1", "pods", Pod, { signal }),
		workloads("deployments"),
		workloads("statefulsets"),
		workloads("daemonsets"),
		workloads("jobs", "/apis/batch/v1"),
		optional("nodes", client.listClusterWide("/api/v1", "nodes", Node, { signal })),
	]);
	return {
		snapshots: [
			...pods.items.map(podSnapshot),
			...deployments.items.map((w) => workloadSnapshot("Deployment", w)),
			...statefulSets.items.map((w) => workloadSnapshot("StatefulSet", w)),
			...daemonSets.items.map((w) => workloadSnapshot("DaemonSet", w)),
			...jobs.items.map(jobSnapshot),
			...nodes.items.map(nodeSnapshot),
		],
		pods: pods.items,
		skipped: gaps.skipped,
		truncated: [pods, deployments, statefulSets, daemonSets, jobs, nodes].some((l) => l.truncated),
	};
}

/** Workload owns pod (a ReplicaSet between them is the same thing again), pod runs on node. */
function topologyOf(pods: readonly Pod[]): Topology {
	const nodes = new Map<string, Topology["nodes"][number]>();
	const edges: Topology["edges"] = [];
	for (const pod of pods) {
		const id = resourceOf(pod.metadata);
		const service = serviceOf(pod.metadata);
		const owner = workloadOf(pod.metadata);
		const workload = owner && service !== undefined && owner.kind === "Deployment" ? service : owner?.name;
		const kindOfOwner = owner?.kind.toLowerCase() ?? "workload";
		// a pod that goes by its service's name is that service
		nodes.set(id, { id, kind: workload === id ? kindOfOwner : "pod", ...(service === undefined ? {} : { service }) });
		if (workload !== undefined && workload !== id) {
			if (!nodes.has(workload)) nodes.set(workload, { id: workload, kind: kindOfOwner, ...(service === undefined ? {} : { service }) });
			edges.push({ from: workload, to: id, kind: "owns", learnedFrom: "kubernetes" });
		}
		const node = pod.spec?.nodeName;
		if (node !== undefined) {
			nodes.set(node, { id: node, kind: "node" });
			edges.push({ from: id, to: node, kind: "runs-on", learnedFrom: "kubernetes" });
		}
	}
	return { nodes: [...nodes.values()], edges };
}

function textOf(snapshots: readonly Snapshot[], skipped: readonly string[], more: boolean): string {
	const counts = new Map<string, [total: number, bad: number]>();
	for (const s of snapshots) {
		const [total, bad] = counts.get(s.kind) ?? [0, 0];
		counts.set(s.kind, [total + 1, bad + (s.problems.length > 0 ? 1 : 0)]);
	}
	const head = [...counts].map(([kind, [total, bad]]) => `${total} ${kind}${bad > 0 ? ` (${bad} not well)` : ""}`).join(", ");
	const tail = [
		...(skipped.length > 0 ? [`Left out: ${skipped.slice(0, 3).join("; ").slice(0, 300)}`] : []),
		...(more ? ["There is more: repeat the call with cursor = nextCursor."] : []),
	];
	const bad = snapshots.filter((s) => s.problems.length > 0);
	const rows: string[] = [];
	let size = Buffer.byteLength([head, ...tail].join("\n")) + 260;
	for (const s of bad) {
		const row = redact(
			`${s.kind} ${s.meta.namespace ? `${s.meta.namespace}/` : ""}${s.meta.name}: ${s.problems.join("; ").replace(/\s+/g, " ").slice(0, 200)}`,
		).text;
		size += Buffer.byteLength(row) + 1;
		if (size > TEXT_BYTES) break;
		rows.push(row);
	}
	if (rows.length < bad.length) tail.unshift(`Shown ${rows.length} of ${bad.length}; the structured data has all.`);
	return [
		`${head || "No workloads."}${bad.length === 0 && head ? "; all well." : ""}`,
		...(rows.length > 0 ? [fence(rows.join("\n")).text] : []),
		...tail,
	].join("\n");
}
