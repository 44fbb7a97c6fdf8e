import { EvidencePage, type Signal, toAppError, type Window } from "@faultline/contracts";
import { AfterRecord, createGaps, defineTool, EvidenceInput, pageRequest, READS, type Tool } from "@faultline/mcp";
import type { Connection } from "../connection.ts";
import { ControllerRevision, revisionsAsSets } from "../controller-revisions.ts";
import { within } from "../instant.ts";
import { changeOfEvent, revisionOf, rolloutSignal } from "../map-change.ts";
import { linkOf } from "../names.ts";
import { recordPage } from "../record-page.ts";
import { Workload } from "../wire.ts";
import { readEvents } from "./list-events.ts";

/** A ReplicaSet scaled this long after it was made is scaled for itself, and not as part of its rollout. */
const ROLLOUT_MS = 10 * 60_000;
const ROLLED_OUT = ["Deployment", "StatefulSet", "DaemonSet"];

export function listChanges(connection: Connection): Tool<typeof EvidenceInput, typeof EvidencePage> {
	return defineTool({
		name: "list_changes",
		title: "Rollouts and scaling",
		description:
			"What changed in the cluster in a window, oldest first: rollouts and rollbacks of Deployments, StatefulSets and DaemonSets (images before and after, names of environment variables added, changed or removed, limits, probes, the change cause, and the commit, version and author where annotations tell them), scaling, and nodes taken out of service. Values of variables, ConfigMaps and Secrets are never read out. Old revisions that the cluster has pruned (revisionHistoryLimit) are not seen.",
		inputSchema: EvidenceInput,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["change"],
		async run(input, context) {
			const request = pageRequest("list_changes", input, context.now(), AfterRecord);
			const { signal } = context;
			const found = await readChanges(connection, request.window, signal);
			const told = {
				title: "Rollouts and scaling",
				of: "deployments",
				whenEmpty: "No rollout or scaling in this window.",
				signal,
			} as const;
			return recordPage(connection, request, found, input, told);
		},
	});
}

/** Rollouts, scaling and nodes taken out of service in a window. */
export async function readChanges(
	connection: Connection,
	window: Window,
	signal: AbortSignal,
): Promise<{ signals: Signal[]; skipped: string[]; truncated: boolean }> {
	const { client } = connection;
	const gaps = createGaps(signal);
	const [deployments, replicaSets, revisions] = await Promise.all([
		client.list("/apis/apps/v1", "deployments", Workload, { signal }),
		client.list("/apis/apps/v1", "replicasets", Workload, { signal }),
		gaps.read(
			"controllerrevisions (rollouts of StatefulSets and DaemonSets)",
			client.list("/apis/apps/v1", "controllerrevisions", ControllerRevision, { signal }),
		),
	]);
	const { skipped } = gaps;
	const sets = [...replicaSets.items, ...revisionsAsSets(revisions?.items ?? [])];
	const signals = rollouts(connection, deployments.items, sets, window);
	try {
		const made = new Map(replicaSets.items.map((r) => [r.metadata.name, Date.parse(r.metadata.creationTimestamp ?? "")]));
		const events = await readEvents(connection, window, signal);
		for (const event of events.signals) {
			if (event.event?.reason === "ScalingReplicaSet" && isPartOfRollout(event, made)) continue;
			const change = within(event.time, window) ? changeOfEvent(event) : undefined;
			if (change) signals.push(change);
		}
	} catch (thrown) {
		if (signal.aborted) throw thrown;
		const error = toAppError(thrown);
		skipped.push(`scaling (told by events): ${error.code}, ${error.message}`);
	}
	return { signals, skipped, truncated: deployments.truncated || replicaSets.truncated };
}

function rollouts({ config }: Connection, deployments: readonly Workload[], replicaSets: readonly Workload[], window: Window): Signal[] {
	const byOwner = new Map<string, Workload[]>();
	for (const set of replicaSets) {
		const owner = set.metadata.ownerReferences?.find((o) => ROLLED_OUT.includes(o.kind));
		if (!owner) continue;
		const key = `${owner.kind}/${set.metadata.namespace}/${owner.name}`;
		byOwner.set(key, [...(byOwner.get(key) ?? []), set]);
	}
	return [...byOwner].flatMap(([key, sets]) => {
		const deployment = deployments.find((d) => `Deployment/${d.metadata.namespace}/${d.metadata.name}` === key);
		const ordered = sets.sort((a, b) => revisionOf(a) - revisionOf(b));
		const url = deployment ? linkOf(config, "Deployment", deployment.metadata) : undefined;
		return ordered.flatMap((after, i) => {
			const time = rolledOutAt(after, deployment, i === ordered.length - 1);
			return time !== undefined && within(time, window) ? [rolloutSignal({ deployment, before: ordered[i - 1], after, time, url })] : [];
		});
	});
}

/**
 * When a revision was rolled out. A rollback takes an old ReplicaSet again, whose creation says nothing: for the live one
 * the Deployment's Progressing condition does; of earlier rollbacks the time is lost.
 */
function rolledOutAt(set: Workload, deployment: Workload | undefined, live: boolean): string | undefined {
	const reused = set.metadata.annotations?.["deployment.kubernetes.io/revision-history"] !== undefined;
	if (!reused) return set.metadata.creationTimestamp;
	const progressing = deployment?.status?.conditions?.find((c) => c.type === "Progressing");
	return live ? (progressing?.lastUpdateTime ?? progressing?.lastTransitionTime) : undefined;
}

function isPartOfRollout(event: Signal, made: ReadonlyMap<string, number>): boolean {
	const name = /replica set (\S+)/i.exec(event.body)?.[1];
	const created = name === undefined ? undefined : made.get(name);
	// of a set that is gone already nothing is known: most such events belong to a rollout
	return (
		created === undefined ||
		Date.parse(event.time) - created < ROLLOUT_MS ||
		[...made].some(([other, at]) => other !== name && sharesOwner(other, name ?? "") && Math.abs(Date.parse(event.time) - at) < ROLLOUT_MS)
	);
}

const sharesOwner = (a: string, b: string): boolean => a.slice(0, a.lastIndexOf("-")) === b.slice(0, b.lastIndexOf("-"));
