import type { EventSignal } from "@faultline/contracts";
import type { Pod, Service } from "../world.ts";
import { type KubeObject, labelValue, metaOf, originalNames, seconds } from "./object.ts";

export interface PodInput {
	pod: Pod;
	service: Service;
	namespace: string;
	image: string;
	owner: KubeObject;
	/** The capture's last snapshot of it, if it has one. */
	snapshot: EventSignal | undefined;
	/** When it started where the snapshot does not say; milliseconds since the epoch. */
	started: number;
}

type Fields = Record<string, unknown>;

/** A pod, running and ready unless the capture's snapshot says otherwise. */
export function podObject(input: PodInput): KubeObject {
	const { pod, service, namespace, image, owner, snapshot, started } = input;
	const status = snapshot?.event.status ?? {};
	const since = instantOf(status.start_time) ?? started;
	const seen = snapshot === undefined ? started : Date.parse(snapshot.time);
	const listed = listOf(status.containers);
	const containers =
		listed.length > 0
			? listed
			: [{ name: service.slug, ready: true, restart_count: 0, state: { running: true, started_at: seconds(since) } }];
	const nodeName = textOf(status.node_name);
	const scheduled = !listOf(status.conditions).some((c) => c.type === "PodScheduled" && c.status === "False");
	return {
		apiVersion: "v1",
		kind: "Pod",
		metadata: metaOf("Pod", {
			name: pod.name,
			namespace,
			created: since,
			labels: {
				"app.kubernetes.io/name": labelValue(service.name) ?? service.slug,
				"pod-template-hash": owner.metadata.labels?.["pod-template-hash"] ?? "",
			},
			annotations: originalNames(pod.resource, pod.name, service.name),
			owner,
		}),
		spec: {
			...(scheduled && nodeName ? { nodeName } : {}),
			containers: containers.map((c, i) => ({ name: textOf(c.name) ?? `container-${i + 1}`, image, env: [] })),
			restartPolicy: "Always",
		},
		status: {
			phase: textOf(status.phase) ?? "Running",
			...(textOf(status.reason) === undefined ? {} : { reason: status.reason }),
			...(textOf(status.message) === undefined ? {} : { message: status.message }),
			startTime: seconds(since),
			conditions: conditionsOf(status, since, seen),
			containerStatuses: containers.map((c, i) => containerStatus(c, i, image, seen)),
		},
	};
}

function conditionsOf(status: Fields, since: number, seen: number): Fields[] {
	const listed = listOf(status.conditions);
	const all =
		listed.length > 0 ? listed : ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({ type, status: "True" }));
	return all.map((c) => {
		const at = instantOf((c as Fields).last_transition) ?? (c.status === "True" ? since : seen);
		const { type, status: value, reason, message } = c as Fields;
		return {
			type,
			status: value,
			lastProbeTime: null,
			lastTransitionTime: seconds(at),
			...(reason ? { reason } : {}),
			...(message ? { message } : {}),
		};
	});
}

function containerStatus(c: Fields, i: number, image: string, seen: number): Fields {
	const state = fieldsOf(c.state);
	const startedAt = instantOf(state.started_at);
	const restarts = typeof c.restart_count === "number" ? c.restart_count : 0;
	const exit = typeof state.exit_code === "number" ? state.exit_code : undefined;
	const last =
		exit !== undefined && !state.terminated ? { terminated: terminatedState(state, exit, Math.min(startedAt ?? seen, seen)) } : {};
	return {
		name: textOf(c.name) ?? `container-${i + 1}`,
		ready: c.ready === true,
		restartCount: restarts,
		started: c.ready === true,
		image,
		imageID: "",
		state: currentState(state, startedAt, seen),
		lastState: last,
	};
}

function currentState(state: Fields, startedAt: number | undefined, seen: number): Fields {
	const why = {
		...(textOf(state.reason) === undefined ? {} : { reason: state.reason }),
		...(textOf(state.message) === undefined ? {} : { message: state.message }),
	};
	if (state.waiting) return { waiting: why };
	if (state.terminated)
		return {
			terminated: {
				exitCode: typeof state.exit_code === "number" ? state.exit_code : 0,
				...why,
				startedAt: seconds(startedAt ?? seen),
				finishedAt: seconds(instantOf(state.finished_at) ?? seen),
			},
		};
	return { running: { startedAt: seconds(startedAt ?? seen) } };
}

/** The reason of the last termination: the snapshot's own, or what its message says, or what the exit code means. */
function terminatedState(state: Fields, exitCode: number, finished: number): Fields {
	const told = textOf(state.last_reason) ?? /reason[=:]\s*(\w+)/.exec(textOf(state.message) ?? "")?.[1];
	const at = instantOf(state.last_finished_at) ?? finished;
	return { exitCode, reason: told ?? (exitCode === 0 ? "Completed" : "Error"), startedAt: seconds(at), finishedAt: seconds(at) };
}

export const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
export const fieldsOf = (value: unknown): Fields =>
	typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

function instantOf(value: unknown): number | undefined {
	const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
	return Number.isFinite(ms) ? ms : undefined;
}
