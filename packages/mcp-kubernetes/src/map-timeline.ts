import type { Signal } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import { within } from "./instant.ts";
import { ownersOf, resourceOf, serviceOf } from "./names.ts";
import type { Autoscaler, Condition, ContainerState, Meta, Node, Pod, Workload } from "./wire.ts";

type Window = { from: string; to: string };

interface Entry {
	kind: string;
	meta: Meta;
	time: string;
	reason: string;
	text: string;
	severity: number;
	attributes?: Record<string, unknown>;
}

/** A change of state as an event Signal, with its time and its owners. */
function entrySignal({ kind, meta, time, reason, text, severity, attributes = {} }: Entry): Signal {
	const body = redact(text);
	const resource = resourceOf(meta);
	const service = kind === "Node" ? undefined : serviceOf(meta);
	const owners = ownersOf(kind, meta.name, meta);
	return {
		id: `kubernetes:state:${kind}/${meta.namespace ?? ""}/${meta.name}:${reason}:${time}`,
		source: "kubernetes",
		kind: "event",
		time,
		severity,
		...(service === undefined ? {} : { service }),
		resource,
		body: body.text,
		attributes: { ...attributes, ...(owners.length > 0 ? { owners } : {}) },
		count: 1,
		redactions: body.count,
		event: {
			reporter: "status",
			reason,
			object: { kind, ...(meta.namespace === undefined ? {} : { namespace: meta.namespace }), name: resource },
		},
	};
}

/** Containers of a pod that ended in a window: kubelets keep the last end of each, with its exit code and how long it ran. */
export function terminationsOf(pod: Pod, window: Window): Signal[] {
	const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
	return statuses.flatMap((c) =>
		[c.lastState?.terminated, c.state?.terminated].flatMap((end) => {
			if (end === undefined || !within(end.finishedAt, window)) return [];
			const bad = end.exitCode !== 0;
			const restarts = c.restartCount ?? 0;
			const text = `${c.name} of ${pod.metadata.name} ended: ${end.reason ?? "terminated"}, exit code ${end.exitCode ?? "unknown"}${signalOf(end)}, ran ${ranFor(end)}${restarts > 0 ? `; restarted ${restarts} times so far` : ""}`;
			return [
				entrySignal({
					kind: "Pod",
					meta: pod.metadata,
					time: end.finishedAt as string,
					reason: `Terminated:${c.name}`,
					text,
					severity: bad ? 17 : 9,
					attributes: {
						container: c.name,
						exitCode: end.exitCode,
						terminationReason: end.reason,
						startedAt: end.startedAt,
						restartCount: restarts,
					},
				}),
			];
		}),
	);
}

type Termination = NonNullable<ContainerState["terminated"]>;

/** Exit codes above 128 are a signal's number and 128 (POSIX shells' convention, kept by container runtimes). */
function signalOf({ exitCode, signal }: Termination): string {
	const number = signal ?? (exitCode !== undefined && exitCode > 128 && exitCode < 160 ? exitCode - 128 : undefined);
	return number === undefined || number === 0 ? "" : ` (signal ${number})`;
}

function ranFor({ startedAt, finishedAt }: Termination): string {
	const seconds = Math.round((Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "")) / 1000);
	return Number.isFinite(seconds) && seconds >= 0 ? `${seconds} s` : "an unknown time";
}

/** Conditions of a node that changed in a window: not ready, pressure, and well again. */
export function nodeTransitions(node: Node, window: Window): Signal[] {
	return (node.status?.conditions ?? []).flatMap((c) => {
		if (!within(c.lastTransitionTime, window)) return [];
		const bad = c.type === "Ready" ? c.status !== "True" : c.status === "True";
		return [conditionEntry("Node", node.metadata, c, bad)];
	});
}

/** Jobs that failed or completed in a window, and the CronJob that each is of. */
export function jobTransitions(job: Workload, window: Window): Signal[] {
	return (job.status?.conditions ?? []).flatMap((c) =>
		within(c.lastTransitionTime, window) && c.status === "True" && (c.type === "Failed" || c.type === "Complete")
			? [conditionEntry("Job", job.metadata, c, c.type === "Failed")]
			: [],
	);
}

/** When an autoscaler last changed the size of its target, and whether it is at its limit. */
export function scalings(hpa: Autoscaler, window: Window): Signal[] {
	const { lastScaleTime, currentReplicas, desiredReplicas, conditions = [] } = hpa.status ?? {};
	const target = hpa.spec?.scaleTargetRef;
	const atLimit = conditions.filter((c) => c.type === "ScalingLimited" && c.status === "True" && within(c.lastTransitionTime, window));
	const scaled = within(lastScaleTime, window)
		? [
				entrySignal({
					kind: "HorizontalPodAutoscaler",
					meta: hpa.metadata,
					time: lastScaleTime as string,
					reason: "Scaled",
					text: `${hpa.metadata.name} scaled ${target?.kind ?? "its target"} ${target?.name ?? ""} to ${desiredReplicas ?? "?"} (now ${currentReplicas ?? "?"}, allowed ${hpa.spec?.minReplicas ?? 1} to ${hpa.spec?.maxReplicas ?? "?"})`,
					severity: 9,
					attributes: { desiredReplicas, currentReplicas, maxReplicas: hpa.spec?.maxReplicas, target: `${target?.kind}/${target?.name}` },
				}),
			]
		: [];
	return [...scaled, ...atLimit.map((c) => conditionEntry("HorizontalPodAutoscaler", hpa.metadata, c, true))];
}

function conditionEntry(kind: string, meta: Meta, c: Condition, bad: boolean): Signal {
	return entrySignal({
		kind,
		meta,
		time: c.lastTransitionTime as string,
		reason: `${c.type}=${c.status}`,
		text: `${kind} ${meta.name}: ${c.type} is ${c.status}${c.reason ? `, ${c.reason}` : ""}${c.message ? `: ${c.message}` : ""}`,
		severity: bad ? 17 : 9,
		attributes: { condition: c.type, status: c.status, reason: c.reason },
	});
}
