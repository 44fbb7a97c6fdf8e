import type { EventSignal } from "@faultline/contracts";
import { clusterName } from "./event-objects.ts";
import { KINDS } from "./kinds.ts";
import { type KubeObject, metaOf, originalNames, seconds } from "./object.ts";
import { listOf, textOf } from "./pod-objects.ts";

/** A node from the capture's snapshot. */
export function nodeObject(snapshot: EventSignal, created: number): KubeObject {
	const original = snapshot.event.object.name;
	const name = clusterName(original);
	const status = snapshot.event.status ?? {};
	const seen = Date.parse(snapshot.time);
	const condition = (type: string, value: unknown, healthy: string) => {
		const now = textOf(value) ?? healthy;
		return {
			type,
			status: now,
			lastTransitionTime: seconds(now === healthy ? created : seen),
			reason:
				now === healthy
					? `Kubelet${type === "Ready" ? "Ready" : `HasNo${type}`}`
					: `Kubelet${type === "Ready" ? "NotReady" : `Has${type}`}`,
		};
	};
	const sizes = (prefix: string) =>
		Object.fromEntries(["cpu", "memory", "pods"].flatMap((k) => (textOf(status[`${prefix}_${k}`]) ? [[k, status[`${prefix}_${k}`]]] : [])));
	const type = textOf(status.instance_type);
	return {
		apiVersion: "v1",
		kind: "Node",
		metadata: metaOf("Node", {
			name,
			created,
			labels: { "kubernetes.io/hostname": name.slice(0, 63), ...(type ? { "node.kubernetes.io/instance-type": type } : {}) },
			annotations: originalNames(original, name, undefined),
		}),
		spec: { ...(status.unschedulable === true ? { unschedulable: true } : {}) },
		status: {
			capacity: sizes("capacity"),
			allocatable: sizes("allocatable"),
			addresses: [
				...(textOf(status.internal_ip) ? [{ type: "InternalIP", address: status.internal_ip }] : []),
				{ type: "Hostname", address: name },
			],
			conditions: [
				condition("MemoryPressure", status.memory_pressure, "False"),
				condition("DiskPressure", status.disk_pressure, "False"),
				condition("PIDPressure", status.pid_pressure, "False"),
				condition("Ready", status.ready, "True"),
			],
			nodeInfo: {
				kubeletVersion: "v1.32.0",
				osImage: "Linux",
				containerRuntimeVersion: "containerd://2.0.0",
				kernelVersion: "6.6.0",
				architecture: "amd64",
				operatingSystem: "linux",
			},
		},
	};
}

const COUNTS = [
	["desired", "replicas"],
	["ready", "readyReplicas"],
	["available", "availableReplicas"],
	["current", "currentReplicas"],
	["updated", "updatedReplicas"],
	["active", "active"],
	["succeeded", "succeeded"],
	["failed", "failed"],
] as const;

/** Any other object of a snapshot: the counts in Kubernetes' own names, the rest of its status as it is. */
export function otherObject(snapshot: EventSignal, namespace: string, created: number): KubeObject {
	const { object, status = {} } = snapshot.event;
	const kind = KINDS.find((k) => k.kind === object.kind);
	const name = clusterName(object.name);
	const { name: _name, namespace: _namespace, conditions, ...rest } = status;
	const counts = Object.fromEntries(COUNTS.flatMap(([from, to]) => (typeof rest[from] === "number" ? [[to, rest[from]]] : [])));
	const daemon =
		object.kind === "DaemonSet"
			? { desiredNumberScheduled: rest.desired ?? 0, numberReady: rest.ready ?? 0, numberAvailable: rest.available ?? rest.ready ?? 0 }
			: {};
	return {
		apiVersion: kind ? (kind.group === "" ? kind.version : `${kind.group}/${kind.version}`) : "v1",
		kind: object.kind,
		metadata: metaOf(object.kind, {
			name,
			...(kind?.namespaced === false ? {} : { namespace }),
			created,
			annotations: originalNames(object.name, name, undefined),
		}),
		spec: typeof rest.desired === "number" ? { replicas: rest.desired } : {},
		status: {
			...rest,
			...counts,
			...daemon,
			conditions: listOf(conditions).map((c) => ({ ...c, lastTransitionTime: seconds(Date.parse(snapshot.time)) })),
		},
	};
}
