import type { Random } from "../random.ts";
import type { SystemNode } from "../system/model.ts";

export type MetricRole =
	| "rate"
	| "p50"
	| "p95"
	| "errors"
	| "outgoingErrors"
	| "cpu"
	| "memory"
	| "disk"
	| "connections"
	| "inUse"
	| "waiting"
	| "inFlight"
	| "hits"
	| "depth"
	| "age"
	| "max"
	| "heap"
	| "received"
	| "sent"
	| "threads"
	| "restarts"
	| "limit";

/** How one system names its metrics. */
export interface MetricStyle {
	/** OpenTelemetry's names, Prometheus', or short ones of a vendor's agent. */
	family: "otel" | "prometheus" | "agent";
	byPod: boolean;
	/** Seconds or milliseconds. */
	seconds: boolean;
	percent: boolean;
	/** Which quantile stands for slow requests. */
	tail: "p90" | "p95" | "p99";
	/** Steps that rates and quantiles look back over. */
	window: number;
}

export interface MetricName {
	name: string;
	unit: string;
	/** From the role's own unit to this one. */
	factor: number;
	offset?: number;
}

export function drawMetricStyle(random: Random): MetricStyle {
	return {
		family: random.pick(["otel", "prometheus", "agent"]),
		byPod: random.chance(0.35),
		seconds: random.chance(0.4),
		percent: random.chance(0.5),
		tail: random.pick(["p90", "p95", "p99"]),
		window: random.weighted([
			[1, 3],
			[2, 2],
			[4, 2],
		]),
	};
}

const one =
	(family: Record<MetricStyle["family"], string>, unit = "", factor = 1) =>
	(style: MetricStyle): MetricName => ({ name: family[style.family], unit, factor });

const time =
	(otel: string, prometheus: string, agent: string, quantile: (s: MetricStyle) => string) =>
	(style: MetricStyle): MetricName => {
		const q = quantile(style);
		if (style.family === "otel") return { name: `${otel}.${q}`, unit: "ms", factor: 1 };
		if (style.family === "prometheus")
			return style.seconds
				? { name: `${prometheus}_seconds_${q}`, unit: "s", factor: 0.001 }
				: { name: `${prometheus}_${q}_ms`, unit: "ms", factor: 1 };
		return { name: `${agent}${q.toUpperCase()}`, unit: style.seconds ? "s" : "ms", factor: style.seconds ? 0.001 : 1 };
	};

const share =
	(otel: string, prometheus: string, agent: string) =>
	(style: MetricStyle): MetricName =>
		style.family === "otel"
			? { name: otel, unit: "1", factor: 1 }
			: style.family === "agent" || style.percent
				? { name: style.family === "agent" ? agent : `${prometheus}_percent`, unit: "%", factor: 100 }
				: { name: `${prometheus}_ratio`, unit: "", factor: 1 };

const isStore = (node: SystemNode) => node.kind === "database" || node.kind === "cache" || node.kind === "queue";

/** The name that a role has at a node: CloudWatch's own where the cloud runs it, else the system's style. */
export const METRIC_NAMES: Readonly<Record<MetricRole, (style: MetricStyle, node: SystemNode) => MetricName>> = {
	rate: (s, n) => {
		if (n.managed)
			return {
				name: n.kind === "queue" ? "NumberOfMessagesSent" : n.kind === "cache" ? "GetTypeCmds" : "ReadIOPS",
				unit: "Count/Second",
				factor: 1,
			};
		if (isStore(n))
			return one({ otel: `${n.engine}.operations`, prometheus: `${n.engine}_commands_per_second`, agent: "OperationsRate" }, "1/s")(s);
		return one({ otel: "http.server.request.rate", prometheus: "http_requests_per_second", agent: "RequestRate" }, "1/s")(s);
	},
	p50: time("http.server.duration", "http_server_request_duration", "RequestLatency", () => "p50"),
	p95: (s, n) => {
		if (n.managed) return { name: n.kind === "database" ? "ReadLatency" : "SuccessfulReadRequestLatency", unit: "Seconds", factor: 0.001 };
		if (isStore(n)) return time(`${n.engine}.operation.duration`, `${n.engine}_query_duration`, "OperationLatency", (x) => x.tail)(s);
		return time("http.server.duration", "http_server_request_duration", "RequestLatency", (x) => x.tail)(s);
	},
	errors: share("http.server.error.ratio", "http_server_error", "ErrorRate"),
	outgoingErrors: share("http.client.error.ratio", "upstream_call_error", "UpstreamErrorRate"),
	cpu: (s, n) =>
		n.managed
			? { name: "CPUUtilization", unit: "Percent", factor: 100 }
			: share("process.cpu.utilization", "container_cpu_usage", "CpuUsageRate")(s),
	memory: (s, n) => {
		if (n.managed)
			return n.kind === "database"
				? { name: "FreeableMemory", unit: "Bytes", factor: -n.memoryLimit, offset: n.memoryLimit }
				: { name: "DatabaseMemoryUsagePercentage", unit: "Percent", factor: 100 };
		if (s.percent) return share("container.memory.utilization", "container_memory_usage", "MemoryUsageRate")(s);
		return {
			...one({ otel: "process.memory.usage", prometheus: "container_memory_working_set_bytes", agent: "MemoryUsage" }, "By")(s),
			factor: n.memoryLimit,
		};
	},
	disk: (s, n) =>
		n.managed
			? { name: "FreeStorageSpace", unit: "Bytes", factor: -1e11, offset: 1e11 }
			: share("system.filesystem.utilization", "node_filesystem_usage", "DiskUsageRate")(s),
	connections: (s, n) =>
		n.managed
			? { name: "DatabaseConnections", unit: "Count", factor: 1 }
			: one({ otel: `${n.engine}.connections`, prometheus: `${n.engine}_connections_active`, agent: "Connections" }, "{count}")(s),
	inUse: one({ otel: "db.client.connections.in_use", prometheus: "db_pool_active_connections", agent: "PoolActive" }, "{count}"),
	waiting: one({ otel: "db.client.connections.pending", prometheus: "db_pool_pending_threads", agent: "PoolWaiting" }, "{count}"),
	inFlight: one({ otel: "http.server.active_requests", prometheus: "http_requests_in_flight", agent: "ActiveRequests" }, "{count}"),
	hits: (s, n) =>
		n.managed ? { name: "CacheHitRate", unit: "Percent", factor: 100 } : share(`${n.engine}.hit_ratio`, `${n.engine}_hit`, "HitRate")(s),
	depth: (s, n) =>
		n.managed
			? { name: "ApproximateNumberOfMessagesVisible", unit: "Count", factor: 1 }
			: one({ otel: "messaging.queue.depth", prometheus: "queue_messages_ready", agent: "QueueDepth" }, "{count}")(s),
	age: (s, n) =>
		n.managed
			? { name: "ApproximateAgeOfOldestMessage", unit: "Seconds", factor: 1 }
			: one({ otel: "messaging.oldest_message.age", prometheus: "queue_oldest_message_age_seconds", agent: "OldestMessageAge" }, "s")(s),
	max: time("http.server.duration", "http_server_request_duration", "RequestLatency", () => "max"),
	heap: one({ otel: "process.runtime.heap.used", prometheus: "runtime_heap_used_bytes", agent: "HeapUsed" }, "By"),
	received: (s, n) =>
		n.managed
			? { name: "NetworkReceiveThroughput", unit: "Bytes/Second", factor: 1 }
			: one(
					{ otel: "container.network.received", prometheus: "container_network_receive_bytes_per_second", agent: "NetworkReceiveBytes" },
					"By/s",
				)(s),
	sent: (s, n) =>
		n.managed
			? { name: "NetworkTransmitThroughput", unit: "Bytes/Second", factor: 1 }
			: one(
					{ otel: "container.network.sent", prometheus: "container_network_transmit_bytes_per_second", agent: "NetworkTransmitBytes" },
					"By/s",
				)(s),
	threads: one({ otel: "process.threads", prometheus: "process_threads", agent: "Threads" }, "{count}"),
	restarts: one({ otel: "k8s.container.restarts", prometheus: "kube_pod_container_status_restarts_total", agent: "Restarts" }, "{count}"),
	limit: (s, n) => ({
		...one({ otel: "container.memory.limit", prometheus: "container_memory_limit_bytes", agent: "MemoryLimit" }, "By")(s),
		factor: n.memoryLimit,
	}),
};
