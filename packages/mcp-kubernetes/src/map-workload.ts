import type { Signal } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import { latest } from "./instant.ts";
import { resourceOf, serviceOf } from "./names.ts";
import type { Condition, ContainerStatus, Meta, Node, Pod, Workload } from "./wire.ts";

/** A status snapshot: the compact status, what of it is wrong in words (empty where all is well), and since when it is so. */
export interface Snapshot {
	kind: string;
	meta: Meta;
	status: Record<string, unknown>;
	problems: string[];
	since: string | undefined;
}

export function podSnapshot(pod: Pod): Snapshot {
	const status = pod.status ?? {};
	const containers = [...(status.initContainerStatuses ?? []).filter((c) => !isDone(c)), ...(status.containerStatuses ?? [])];
	const conditions = (status.conditions ?? []).map(compactCondition);
	const problems = [...containers.flatMap(containerProblems)];
	const finished = status.phase === "Succeeded";
	const unscheduled = status.conditions?.find((c) => c.type === "PodScheduled" && c.status === "False");
	if (unscheduled) problems.push(`${unscheduled.reason ?? "Unschedulable"}: ${unscheduled.message ?? ""}`.trim());
	if (status.phase === "Failed" || status.phase === "Unknown") problems.push(`${status.phase}${status.reason ? `: ${status.reason}` : ""}`);
	const unready = status.conditions?.find((c) => c.type === "Ready" && c.status !== "True");
	if (problems.length === 0 && unready && !finished) problems.push(`not ready${unready.reason ? `: ${unready.reason}` : ""}`);
	return {
		kind: "Pod",
		meta: pod.metadata,
		problems,
		since: latest(
			...(status.conditions ?? []).map((c) => c.lastTransitionTime),
			...containers.flatMap((c) => [c.state?.running?.startedAt, c.state?.terminated?.finishedAt, c.lastState?.terminated?.finishedAt]),
		),
		status: defined({
			name: pod.metadata.name,
			namespace: pod.metadata.namespace,
			phase: status.phase,
			reason: status.reason,
			message: status.message,
			node_name: pod.spec?.nodeName,
			start_time: status.startTime,
			containers: containers.map(compactContainer),
			conditions,
		}),
	};
}

const isDone = (c: ContainerStatus): boolean => c.state?.terminated?.exitCode === 0;

function compactContainer(c: ContainerStatus): Record<string, unknown> {
	const { waiting, running, terminated } = c.state ?? {};
	const last = c.lastState?.terminated;
	const exit = terminated?.exitCode ?? last?.exitCode;
	return {
		name: c.name,
		ready: c.ready ?? false,
		restart_count: c.restartCount ?? 0,
		state: defined({
			...(waiting ? { waiting: true, reason: waiting.reason ?? "", message: waiting.message ?? "" } : {}),
			...(running ? { running: true, started_at: running.startedAt } : {}),
			...(terminated
				? {
						terminated: true,
						reason: terminated.reason,
						message: terminated.message,
						started_at: terminated.startedAt,
						finished_at: terminated.finishedAt,
					}
				: {}),
			exit_code: exit,
			last_reason: last?.reason,
			last_finished_at: last?.finishedAt,
		}),
	};
}

/** Starting is no problem; waiting for anything else, ending badly and restarting are. */
function containerProblems(c: ContainerStatus): string[] {
	const { waiting, terminated } = c.state ?? {};
	const last = c.lastState?.terminated;
	const problems: string[] = [];
	if (waiting?.reason && waiting.reason !== "ContainerCreating" && waiting.reason !== "PodInitializing")
		problems.push(`${c.name} ${waiting.reason}`);
	if (terminated && terminated.exitCode !== 0)
		problems.push(`${c.name} ${terminated.reason ?? "Error"}, exit code ${terminated.exitCode ?? "unknown"}`);
	if ((c.restartCount ?? 0) > 0)
		problems.push(
			`${c.name} restarted ${c.restartCount} times${last ? ` (last: ${last.reason ?? "terminated"}, exit code ${last.exitCode ?? "unknown"})` : ""}`,
		);
	return problems;
}

const compactCondition = (c: Condition) => ({
	type: c.type,
	status: c.status,
	reason: c.reason ?? "",
	message: c.message ?? "",
	...(c.lastTransitionTime ? { last_transition: c.lastTransitionTime } : {}),
});

/** Deployment, StatefulSet or DaemonSet. */
export function workloadSnapshot(kind: string, w: Workload): Snapshot {
	const s = w.status ?? {};
	const desired = kind === "DaemonSet" ? (s.desiredNumberScheduled ?? 0) : (w.spec?.replicas ?? s.replicas ?? 0);
	const ready = s.readyReplicas ?? s.numberReady ?? 0;
	const available = s.availableReplicas ?? s.numberAvailable ?? ready;
	const bad = (s.conditions ?? []).filter(
		(c) =>
			(c.type === "Available" && c.status === "False") ||
			(c.type === "Progressing" && c.status === "False") ||
			(c.type === "ReplicaFailure" && c.status === "True"),
	);
	return {
		kind,
		meta: w.metadata,
		problems: [...(ready < desired ? [`${ready} of ${desired} ready`] : []), ...bad.map((c) => `${c.type}: ${c.reason ?? c.status}`)],
		since: latest(...(s.conditions ?? []).map((c) => c.lastTransitionTime)),
		status: defined({
			name: w.metadata.name,
			namespace: w.metadata.namespace,
			desired,
			ready,
			available,
			unavailable: s.unavailableReplicas ?? s.numberUnavailable ?? Math.max(0, desired - available),
			conditions: bad.length > 0 ? bad.map(compactCondition) : undefined,
		}),
	};
}

export function jobSnapshot(w: Workload): Snapshot {
	const s = w.status ?? {};
	const failed = (s.conditions ?? []).find((c) => c.type === "Failed" && c.status === "True");
	return {
		kind: "Job",
		meta: w.metadata,
		problems: failed ? [`failed: ${failed.reason ?? ""}`] : [],
		since: latest(...(s.conditions ?? []).map((c) => c.lastTransitionTime)),
		status: {
			name: w.metadata.name,
			namespace: w.metadata.namespace,
			active: s.active ?? 0,
			succeeded: s.succeeded ?? 0,
			failed: s.failed ?? 0,
			conditions: (s.conditions ?? []).map(compactCondition),
		},
	};
}

export function nodeSnapshot(node: Node): Snapshot {
	const conditions = node.status?.conditions ?? [];
	const value = (type: string) => conditions.find((c) => c.type === type)?.status;
	const { capacity = {}, allocatable = {} } = node.status ?? {};
	const problems = [
		...(value("Ready") === "True" ? [] : ["not ready"]),
		...["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"].filter((t) => value(t) === "True"),
		...(node.spec?.unschedulable ? ["cordoned"] : []),
	];
	return {
		kind: "Node",
		meta: node.metadata,
		problems,
		since: latest(...conditions.map((c) => c.lastTransitionTime)),
		status: defined({
			name: node.metadata.name,
			internal_ip: node.status?.addresses?.find((a) => a.type === "InternalIP")?.address,
			ready: value("Ready"),
			memory_pressure: value("MemoryPressure"),
			disk_pressure: value("DiskPressure"),
			pid_pressure: value("PIDPressure"),
			unschedulable: node.spec?.unschedulable,
			capacity_cpu: capacity.cpu,
			capacity_memory: capacity.memory,
			allocatable_cpu: allocatable.cpu,
			allocatable_memory: allocatable.memory,
			instance_type: node.metadata.labels?.["node.kubernetes.io/instance-type"],
		}),
	};
}

const defined = (record: Record<string, unknown>): Record<string, unknown> =>
	Object.fromEntries(Object.entries(record).filter(([, v]) => v !== undefined));

/**
 * A snapshot as a Signal. Its time is when the state began, where that lies in the window, else the moment it was seen. Its severity
 * is unknown: what a state means is for the analysis to say.
 */
export function snapshotSignal(snapshot: Snapshot, seen: string, window: { from: string; to: string }, url: string | undefined): Signal {
	const { kind, meta, problems, since } = snapshot;
	const { value: status, count: inStatus } = redactDeep(snapshot.status);
	const body = redact(`${kind} ${resourceOf(meta)}: ${problems.join("; ") || "ok"}`);
	const began = since !== undefined && Date.parse(since) < Date.parse(window.to) && Date.parse(since) >= Date.parse(window.from);
	const resource = resourceOf(meta);
	const service = kind === "Node" ? undefined : serviceOf(meta);
	return {
		id: `kubernetes:status:${kind}/${meta.namespace ?? ""}/${meta.name}`,
		source: "kubernetes",
		kind: "event",
		time: began ? since : seen,
		observedTime: seen,
		severity: 0,
		...(service === undefined ? {} : { service }),
		resource,
		body: body.text,
		attributes: {},
		count: 1,
		...(url === undefined ? {} : { url }),
		redactions: inStatus + body.count,
		event: {
			reporter: "status",
			reason: "StatusSnapshot",
			object: { kind, ...(meta.namespace === undefined ? {} : { namespace: meta.namespace }), name: resource },
			status,
		},
	};
}
