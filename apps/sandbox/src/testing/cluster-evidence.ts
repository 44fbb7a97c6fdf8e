import type { EventDetail, EvidenceSet, Signal } from "@faultline/contracts";
import { at, SAMPLE_WINDOW, sampleEvidence } from "./sample-evidence.ts";

function signal(kind: Signal["kind"], id: string, minutes: number, more: Partial<Signal>): Signal {
	return {
		id,
		source: "capture",
		kind,
		time: at(minutes),
		severity: 0,
		resource: "unknown",
		body: "",
		attributes: {},
		count: 1,
		redactions: 0,
		...more,
	};
}

function event(
	id: string,
	minutes: number,
	name: string,
	reason: string,
	body: string,
	more: Partial<Signal> = {},
	detail: Partial<EventDetail> = {},
): Signal {
	const object = { kind: "Pod", namespace: "shop", name };
	return signal("event", id, minutes, {
		resource: name,
		body,
		severity: 13,
		...more,
		event: { reporter: "kubernetes", type: "Warning", reason, object, ...detail },
	});
}

function snapshot(kind: string, name: string, status: Record<string, unknown>, minutes = 25): Signal {
	const namespace = kind === "Node" ? {} : { namespace: "shop" };
	return signal("event", `object:${kind}/${name}`, minutes, {
		resource: name,
		body: `${kind} ${name}: status`,
		event: {
			reporter: "status",
			reason: "StatusSnapshot",
			object: { kind, ...namespace, name },
			status: { name, ...namespace, ...status },
		},
	});
}

/** The pod of the sample that crashes, and the one that is well. */
export const CRASHING = "orders-7d4b9c6f58-x2x7q";
export const WELL = "orders-7d4b9c6f58-m9k2p";

const ready = (value: "True" | "False") => [
	{ type: "Ready", status: value, reason: value === "True" ? "" : "ContainersNotReady", message: "" },
	{ type: "PodScheduled", status: "True", reason: "", message: "" },
];

/** The sample incident with what a cluster and Sentry know of it: pod states, events, commits, spans. */
export function clusterEvidence(): EvidenceSet {
	const sample = sampleEvidence();
	const trace = "0af7651916cd43dd8448eb211c80319c";
	const added: Signal[] = [
		snapshot("Pod", CRASHING, {
			phase: "Running",
			node_name: "node-a",
			start_time: at(1),
			containers: [
				{
					name: "orders",
					ready: false,
					restart_count: 4,
					state: { waiting: true, reason: "CrashLoopBackOff", message: "back-off 40s; last terminated: reason=OOMKilled", exit_code: 137 },
				},
			],
			conditions: ready("False"),
		}),
		snapshot("Pod", WELL, {
			phase: "Running",
			node_name: "node-a",
			start_time: at(1),
			containers: [{ name: "orders", ready: true, restart_count: 0, state: { running: true, started_at: at(1) } }],
			conditions: ready("True"),
		}),
		snapshot("Deployment", "orders", { desired: 2, ready: 1, available: 1, unavailable: 1 }),
		snapshot("Node", "node-a", {
			internal_ip: "10.0.0.7",
			ready: "True",
			memory_pressure: "True",
			disk_pressure: "False",
			pid_pressure: "False",
			capacity_cpu: "4",
			capacity_memory: "16Gi",
			allocatable_cpu: "3900m",
			allocatable_memory: "15Gi",
			instance_type: "m6i.xlarge",
		}),
		event("event:backoff", 22, CRASHING, "BackOff", "Back-off restarting failed container orders", { count: 8 }, { lastTime: at(28) }),
		event("event:pulled", 1, WELL, "Pulled", "Container image already present", { severity: 9 }, { type: "Normal" }),
		event("event:old", -300, WELL, "FailedMount", "it was slow to mount"),
		signal("change", "change:commit", 15, {
			severity: 9,
			body: "stock: shrink the pool",
			change: {
				type: "commit",
				id: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
				title: "stock: shrink the pool",
				author: "mia",
				files: ["stock/pool.ts", "stock/pool.test.ts"],
				diff: "@@ stock/pool.ts @@\n-\tsize: 100,\n+\tsize: 10,",
			},
		}),
		signal("change", "change:decoy", 16, {
			severity: 9,
			body: "docs: typo",
			change: { type: "commit", id: "ffee2c3d4e5f60718293a4b5c6d7e8f901234567", title: "docs: typo", author: "jo", files: ["README.md"] },
		}),
		signal("change", "change:config", 12, {
			service: "orders",
			resource: "orders",
			severity: 9,
			body: "raise the timeout",
			change: { type: "config", id: "timeout-2", title: "raise the timeout", author: "jo" },
		}),
		signal("span", "span:1", 21, {
			service: "orders",
			resource: CRASHING,
			severity: 17,
			traceId: trace,
			spanId: "00f067aa0ba902b7",
			body: "POST /orders",
			span: { name: "POST /orders", durationMs: 120.5, status: "ERROR" },
		}),
		signal("span", "span:2", 21.01, {
			service: "stock",
			resource: "stock",
			severity: 9,
			traceId: trace,
			spanId: "53995c3f42cd8ad8",
			body: "reserve",
			attributes: { "error.message": "pool exhausted" },
			span: { name: "reserve", durationMs: 80, parentId: "00f067aa0ba902b7", status: "ok" },
		}),
	];
	return {
		...sample,
		window: SAMPLE_WINDOW,
		signals: [...sample.signals, ...added].sort((a, b) => Date.parse(a.time) - Date.parse(b.time)),
	};
}
