import type { Fault } from "../faults/fault.ts";
import type { Random } from "../random.ts";
import type { System, SystemNode } from "../system/model.ts";
import type { Collector } from "./collector.ts";

export interface Cluster {
	random: Random;
	namespace: string;
	collect: Collector;
	window: { from: number; to: number };
}

const iso = (t: number) => new Date(Math.round(t)).toISOString();
const deploymentOf = (pod: string) => pod.replace(/-[0-9a-f]{10}-[a-z0-9]{5}$/, "");

export function tellEvent(
	{ collect, namespace }: Cluster,
	at: number,
	node: SystemNode,
	name: string,
	kind: string,
	type: "Normal" | "Warning",
	reason: string,
	message: string,
	count = 1,
	lastAt?: number,
): void {
	collect.add("kubernetes", {
		kind: "event",
		time: iso(at),
		severity: type === "Normal" ? 9 : 13,
		service: node.name,
		resource: name,
		body: message,
		count,
		event: {
			reporter: "kubernetes",
			type,
			reason,
			object: { kind, namespace, name },
			...(lastAt === undefined ? {} : { lastTime: iso(lastAt) }),
		},
	});
}

/** A rollout, as the cluster tells it: the new set scales up, its pods start, the old ones are killed. */
export function tellRollout(cluster: Cluster, node: SystemNode, at: number): void {
	const { random } = cluster;
	const pod = node.pods[0];
	if (pod === undefined) return;
	const deployment = deploymentOf(pod);
	const old = `${deployment}-${random.hex(10)}`;
	tellEvent(
		cluster,
		at,
		node,
		deployment,
		"Deployment",
		"Normal",
		"ScalingReplicaSet",
		`Scaled up replica set ${pod.slice(0, -6)} to ${node.pods.length}`,
	);
	for (const [i, name] of node.pods.entries()) {
		const t = at + 4_000 + i * random.between(5_000, 15_000);
		tellEvent(
			cluster,
			t,
			node,
			name,
			"Pod",
			"Normal",
			"Pulled",
			`Container image "registry.example/${deployment}:${random.hex(7)}" already present on machine`,
		);
		tellEvent(cluster, t + 800, node, name, "Pod", "Normal", "Started", `Started container ${deployment}`);
		tellEvent(cluster, t + 9_000, node, `${old}-${random.slug(5)}`, "Pod", "Normal", "Killing", `Stopping container ${deployment}`);
	}
}

/** What the cluster itself sees of a fault. */
export function tellFault(cluster: Cluster, fault: Fault): void {
	const { random, window } = cluster;
	const { node } = fault;
	const end = Math.min(fault.to, window.to);
	const pods = fault.pod === undefined ? node.pods : node.pods.slice(fault.pod, fault.pod + 1);
	const pod = pods[0];
	if (pod === undefined) return;
	const container = deploymentOf(pod);
	const late = fault.from + 0.9 * fault.rampMs;
	const warn = (at: number, name: string, reason: string, message: string, count = 1, kind = "Pod") => {
		if (at < end) tellEvent(cluster, at, node, name, kind, "Warning", reason, message, count, count > 1 ? end - 5_000 : undefined);
	};
	switch (fault.name) {
		case "memory-leak":
		case "deploy-memory":
			for (const name of pods)
				for (let t = late + random.between(0, 60_000); t < end; t += random.between(90_000, 240_000)) {
					warn(t, name, "OOMKilling", `Memory cgroup out of memory: Killed process ${random.int(1000, 30_000)} (${container})`);
					warn(t + 3_000, name, "BackOff", `Back-off restarting failed container ${container} in pod ${name}`, 2);
				}
			break;
		case "crash-loop":
			for (const name of pods)
				warn(
					fault.from + random.between(5_000, 40_000),
					name,
					"BackOff",
					`Back-off restarting failed container ${container} in pod ${name}`,
					random.int(4, 20),
				);
			break;
		case "image-unavailable": {
			const fresh = `${pod.slice(0, -5)}${random.slug(5)}`;
			warn(
				fault.from + 6_000,
				fresh,
				"Failed",
				`Failed to pull image "registry.example/${container}:${random.hex(7)}": manifest unknown`,
				random.int(3, 9),
			);
			warn(fault.from + 9_000, fresh, "BackOff", `Back-off pulling image "registry.example/${container}"`, random.int(5, 25));
			break;
		}
		case "probe-failing":
			for (const name of pods) {
				warn(
					fault.from + random.between(5_000, 50_000),
					name,
					"Unhealthy",
					`Liveness probe failed: Get "http://10.0.${random.int(0, 99)}.${random.int(1, 250)}:8080/healthz": context deadline exceeded`,
					random.int(6, 30),
				);
				tellEvent(
					cluster,
					fault.from + random.between(50_000, 90_000),
					node,
					name,
					"Pod",
					"Normal",
					"Killing",
					`Container ${container} failed liveness probe, will be restarted`,
					random.int(2, 8),
					end - 5_000,
				);
			}
			break;
		case "datastore-down":
			if (random.chance(0.7))
				warn(
					fault.from + random.between(2_000, 30_000),
					pod,
					"BackOff",
					`Back-off restarting failed container ${container} in pod ${pod}`,
					random.int(2, 12),
				);
			break;
		case "network-partition":
		case "cpu":
			if (random.chance(0.4))
				warn(
					fault.from + random.between(20_000, 120_000),
					pod,
					"Unhealthy",
					`Readiness probe failed: Get "http://10.0.3.${random.int(1, 250)}:8080/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
					random.int(1, 6),
				);
			break;
		default:
			break;
	}
}

/** What a cluster says on any day: probes that blink, autoscaling, jobs. */
export function tellOrdinary(cluster: Cluster, system: System): void {
	const { random, window } = cluster;
	const nodes = system.nodes.filter((n) => n.pods.length > 0);
	for (let n = random.poisson(3); n > 0 && nodes.length > 0; n--) {
		const node = random.pick(nodes);
		const pod = random.pick(node.pods);
		const at = random.between(window.from, window.to);
		const says = random.pick<() => void>([
			() =>
				tellEvent(cluster, at, node, pod, "Pod", "Warning", "Unhealthy", `Readiness probe failed: HTTP probe failed with statuscode: 503`),
			() =>
				tellEvent(
					cluster,
					at,
					node,
					deploymentOf(pod),
					"HorizontalPodAutoscaler",
					"Normal",
					"SuccessfulRescale",
					`New size: ${node.pods.length}; reason: All metrics below target`,
				),
			() =>
				tellEvent(cluster, at, node, `${deploymentOf(pod)}-nightly-${random.int(1e7, 9e7)}`, "Job", "Normal", "Completed", "Job completed"),
			() => tellEvent(cluster, at, node, pod, "Pod", "Normal", "Pulled", "Successfully pulled image in 1.8s"),
		]);
		says();
	}
}

/** The status of pods at the end of the window. */
export function tellStatus(cluster: Cluster, system: System, faults: readonly Fault[]): void {
	const { random, collect, namespace, window } = cluster;
	for (const node of system.nodes)
		for (const [i, name] of node.pods.entries()) {
			const fault = faults.find((f) => f.node.index === node.index && f.to >= window.to && (f.pod === undefined || f.pod === i));
			const waiting = fault === undefined ? undefined : WAITING[fault.name];
			const restarts = waiting === undefined ? (random.chance(0.1) ? random.int(1, 3) : 0) : random.int(3, 9);
			const state =
				waiting === undefined
					? { running: true, started_at: iso(window.from - random.between(0, 5e8)) }
					: { waiting: { reason: waiting.reason } };
			const last = waiting?.last === undefined ? {} : { last_state: { terminated: waiting.last } };
			collect.add("kubernetes", {
				kind: "event",
				time: iso(window.to - 1_000),
				severity: 0,
				service: node.name,
				resource: name,
				body: `Pod ${name}: status`,
				event: {
					reporter: "status",
					reason: "StatusSnapshot",
					object: { kind: "Pod", namespace, name },
					status: {
						phase: "Running",
						node_name: `ip-10-0-${i}-${random.int(10, 250)}`,
						containers: [{ name: deploymentOf(name), ready: waiting === undefined, restart_count: restarts, state, ...last }],
						conditions: [
							{
								type: "Ready",
								status: waiting === undefined ? "True" : "False",
								reason: waiting === undefined ? "" : "ContainersNotReady",
							},
						],
					},
				},
			});
		}
}

const OOM = { exit_code: 137, reason: "OOMKilled" };
const WAITING: Partial<Record<string, { reason: string; last?: { exit_code: number; reason: string } }>> = {
	"memory-leak": { reason: "CrashLoopBackOff", last: OOM },
	"deploy-memory": { reason: "CrashLoopBackOff", last: OOM },
	"crash-loop": { reason: "CrashLoopBackOff", last: { exit_code: 1, reason: "Error" } },
	"probe-failing": { reason: "CrashLoopBackOff", last: { exit_code: 0, reason: "Completed" } },
	"datastore-down": { reason: "CrashLoopBackOff", last: { exit_code: 1, reason: "Error" } },
};
