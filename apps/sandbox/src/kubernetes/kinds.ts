import type { KubeObject } from "./object.ts";
import { fieldsOf, listOf, textOf } from "./pod-objects.ts";

export interface Column {
	name: string;
	/** 0 is always shown, 1 with `-o wide`. */
	priority: number;
	/** `now`: the cluster's clock, in milliseconds since the epoch. */
	cell(object: KubeObject, now: number): string | number;
}

/** A resource that the API serves. */
export interface Kind {
	group: string;
	version: string;
	kind: string;
	plural: string;
	singular: string;
	shortNames: string[];
	namespaced: boolean;
	columns: Column[];
}

const column = (name: string, cell: Column["cell"], priority = 0): Column => ({ name, priority, cell });
const NAME = column("Name", (o) => o.metadata.name);
const AGE = column("Age", (o, now) => since(o.metadata.creationTimestamp, now));
const spec = (o: KubeObject) => fieldsOf(o.spec);
const status = (o: KubeObject) => fieldsOf(o.status);
const count = (value: unknown): number => (typeof value === "number" ? value : 0);

const POD: Column[] = [
	NAME,
	column(
		"Ready",
		(o) => `${listOf(status(o).containerStatuses).filter((c) => c.ready === true).length}/${listOf(spec(o).containers).length}`,
	),
	column("Status", podStatus),
	column("Restarts", (o) => listOf(status(o).containerStatuses).reduce((sum, c) => sum + count(c.restartCount), 0)),
	AGE,
	column("Node", (o) => textOf(spec(o).nodeName) ?? "<none>", 1),
];
const EVENT: Column[] = [
	column("Last Seen", (o, now) => since(textOf(o.lastTimestamp) ?? textOf(o.deprecatedLastTimestamp) ?? o.metadata.creationTimestamp, now)),
	column("Type", (o) => textOf(o.type) ?? ""),
	column("Reason", (o) => textOf(o.reason) ?? ""),
	column("Object", (o) => {
		const about = fieldsOf(o.involvedObject ?? o.regarding);
		return `${String(about.kind).toLowerCase()}/${about.name}`;
	}),
	column("Count", (o) => count(o.count ?? o.deprecatedCount), 1),
	column("Message", (o) => (textOf(o.message) ?? textOf(o.note) ?? "").trim()),
];
const DEPLOYMENT: Column[] = [
	NAME,
	column("Ready", (o) => `${count(status(o).readyReplicas)}/${count(spec(o).replicas)}`),
	column("Up-to-date", (o) => count(status(o).updatedReplicas)),
	column("Available", (o) => count(status(o).availableReplicas)),
	AGE,
];
const REPLICA_SET: Column[] = [
	NAME,
	column("Desired", (o) => count(spec(o).replicas)),
	column("Current", (o) => count(status(o).replicas)),
	column("Ready", (o) => count(status(o).readyReplicas)),
	AGE,
];
const READY_OF: Column[] = [
	NAME,
	column(
		"Ready",
		(o) => `${count(status(o).readyReplicas ?? status(o).numberReady)}/${count(status(o).replicas ?? status(o).desiredNumberScheduled)}`,
	),
	AGE,
];
const NODE: Column[] = [
	NAME,
	column(
		"Status",
		(o) =>
			`${listOf(status(o).conditions).some((c) => c.type === "Ready" && c.status === "True") ? "Ready" : "NotReady"}${spec(o).unschedulable === true ? ",SchedulingDisabled" : ""}`,
	),
	column("Roles", () => "<none>"),
	AGE,
	column("Version", (o) => textOf(fieldsOf(status(o).nodeInfo).kubeletVersion) ?? ""),
];
const PHASE: Column[] = [NAME, column("Status", (o) => textOf(status(o).phase) ?? ""), AGE];

function kind(group: string, name: string, shortNames: string[], columns: Column[], namespaced = true): Kind {
	const singular = name.toLowerCase();
	return { group, version: "v1", kind: name, plural: `${singular}s`, singular, shortNames, namespaced, columns };
}

/** Every resource that the sandbox serves, with the columns that the API server prints for it. */
export const KINDS: readonly Kind[] = [
	kind("", "Namespace", ["ns"], PHASE, false),
	kind("", "Node", ["no"], NODE, false),
	kind("", "Pod", ["po"], POD),
	kind("", "Event", ["ev"], EVENT),
	kind("", "PersistentVolumeClaim", ["pvc"], PHASE),
	kind("apps", "Deployment", ["deploy"], DEPLOYMENT),
	kind("apps", "ReplicaSet", ["rs"], REPLICA_SET),
	kind("apps", "StatefulSet", ["sts"], READY_OF),
	kind("apps", "DaemonSet", ["ds"], READY_OF),
	kind("apps", "ControllerRevision", [], [NAME, AGE]),
	kind(
		"batch",
		"Job",
		[],
		[NAME, column("Failed", (o) => count(status(o).failed)), column("Succeeded", (o) => count(status(o).succeeded)), AGE],
	),
	kind("events.k8s.io", "Event", ["ev"], EVENT),
];

/** What `kubectl get pods` shows: the first container's trouble, else the pod's own reason or phase. */
function podStatus(pod: KubeObject): string {
	for (const c of listOf(status(pod).containerStatuses)) {
		const { waiting, terminated } = fieldsOf(c.state);
		const why = textOf(fieldsOf(waiting).reason) ?? textOf(fieldsOf(terminated).reason);
		if (why) return why;
	}
	return textOf(status(pod).reason) ?? textOf(status(pod).phase) ?? "Unknown";
}

/** How long ago, as kubectl abbreviates it. */
function since(iso: string, now: number): string {
	const s = Math.max(0, Math.floor((now - Date.parse(iso)) / 1000));
	if (!Number.isFinite(s)) return "<unknown>";
	if (s < 120) return `${s}s`;
	if (s < 7200) return `${Math.floor(s / 60)}m`;
	return s < 172_800 ? `${Math.floor(s / 3600)}h` : `${Math.floor(s / 86_400)}d`;
}
