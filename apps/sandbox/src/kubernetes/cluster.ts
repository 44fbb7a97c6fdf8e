import type { EventSignal } from "@faultline/contracts";
import type { World } from "../world.ts";
import { clusterName, eventObjects } from "./event-objects.ts";
import { type KubeObject, metaOf } from "./object.ts";
import { nodeObject, otherObject } from "./other-objects.ts";
import { podObject } from "./pod-objects.ts";
import { isRollout, rolloutOf } from "./rollouts.ts";

export const DEFAULT_NAMESPACE = "default";
const DAY = 86_400_000;

/** The cluster of a capture: its objects by kind, in the order in which a list gives them. */
export type Cluster = ReadonlyMap<string, readonly KubeObject[]>;

/** Builds the cluster: a Deployment with its ReplicaSets and pods per service, the capture's events, nodes and other objects. */
export function buildCluster(world: World): Cluster {
	const snapshots = latestSnapshots(world);
	const namespaceOf = namespaces(world, snapshots);
	const created = Date.parse(world.evidence.window.from) - DAY;
	const nodes = [...snapshots.values()].filter((s) => s.event.object.kind === "Node").map((s) => nodeObject(s, created));
	const deployments: KubeObject[] = [];
	const replicaSets: KubeObject[] = [];
	const pods: KubeObject[] = [];
	for (const service of world.services) {
		const namespace = namespaceOf(
			"Deployment",
			service.name,
			service.pods.map((p) => snapshots.get(keyOf("Pod", p.resource))?.event.object.namespace).find((n) => n !== undefined),
		);
		const changes = world.changes.filter((c) => isRollout(c) && c.service === service.name);
		const rollout = rolloutOf({ service, namespace, changes, snapshot: snapshots.get(keyOf("Deployment", service.name)), created });
		deployments.push(rollout.deployment);
		replicaSets.push(...rollout.replicaSets);
		const owner = rollout.replicaSets.at(-1) as KubeObject;
		for (const pod of service.pods) {
			const snapshot = snapshots.get(keyOf("Pod", pod.resource));
			pods.push(podObject({ pod, service, namespace, image: rollout.image, owner, snapshot, started: created }));
		}
	}
	const events = eventObjects(world, namespaceOf);
	const others = [...snapshots.values()]
		.filter((s) => !["Pod", "Deployment", "Node"].includes(s.event.object.kind))
		.map((s) => otherObject(s, namespaceOf("", "", s.event.object.namespace), created));
	const byKind = new Map<string, KubeObject[]>();
	for (const object of [...nodes, ...deployments, ...replicaSets, ...pods, ...events, ...others]) {
		const list = byKind.get(object.kind);
		if (list) list.push(object);
		else byKind.set(object.kind, [object]);
	}
	// as etcd keeps them: by namespace, then name
	for (const list of byKind.values()) list.sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
	byKind.set("Namespace", namespaceObjects([...byKind.values()].flat(), created));
	return byKind;
}

const pathOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;
const keyOf = (kind: string, name: string): string => `${kind}/${name}`;

/** A cluster shows its present state: of several snapshots of one object, the last. */
function latestSnapshots(world: World): Map<string, EventSignal> {
	return new Map(world.objects.map((s) => [keyOf(s.event.object.kind, s.event.object.name), s]));
}

/** Finds an object's namespace: its own, what the capture says elsewhere, or the default. */
function namespaces(world: World, snapshots: ReadonlyMap<string, EventSignal>) {
	const ofPod = new Map<string, string>();
	for (const e of world.events)
		if (e.event.object.namespace) ofPod.set(keyOf(e.event.object.kind, e.event.object.name), clusterName(e.event.object.namespace));
	return (kind: string, name: string, stated?: string): string => {
		const found = stated ?? snapshots.get(keyOf(kind, name))?.event.object.namespace ?? ofPod.get(keyOf(kind, name));
		return found === undefined ? DEFAULT_NAMESPACE : clusterName(found);
	};
}

function namespaceObjects(objects: readonly KubeObject[], created: number): KubeObject[] {
	const names = new Set([DEFAULT_NAMESPACE, ...objects.map((o) => o.metadata.namespace).filter((n) => n !== undefined)]);
	return [...names].sort().map((name) => ({
		apiVersion: "v1",
		kind: "Namespace",
		metadata: metaOf("Namespace", { name, created, labels: { "kubernetes.io/metadata.name": name } }),
		spec: {},
		status: { phase: "Active" },
	}));
}
