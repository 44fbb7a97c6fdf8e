import type { Mechanism } from "@faultline/contracts";
import { wordsOf } from "../graph/names.ts";

/** What a metric measures, read from the words of its name. */
export type MetricRole =
	/** How callers feel it: latency, errors, availability. Explained by an abnormal callee. */
	| "symptom"
	/** A resource that runs out: CPU, memory, disk, connections, queues. Not explained by callees. */
	| "saturation"
	/** How much is asked of it. Explained by callers. */
	| "load"
	/** A setting or a limit: it moves only when someone changes it. */
	| "limit"
	/** Something else. */
	| "other";

export interface MetricMeaning {
	role: MetricRole;
	mechanism: Mechanism | undefined;
	/** Which direction is bad; "both" where either may be. */
	bad: "up" | "down" | "both";
	kind: string;
}

interface Rule {
	role: MetricRole;
	kind: string;
	mechanism?: Mechanism;
	bad: MetricMeaning["bad"];
	/** All groups must be met; within a group one word is enough. */
	all: string[][];
	none?: string[];
}

/** First rule that fits wins. Words are matched whole, singular or plural. */
const RULES: readonly Rule[] = [
	rule(
		"saturation",
		"certificate",
		"down",
		[
			["cert", "certificate", "tls"],
			["expiry", "expire", "expiration", "until", "valid"],
		],
		"certificate-expired",
	),
	rule("limit", "limit", "both", [["limit", "max", "maximum", "quota", "capacity", "desired", "allocatable", "configured"]], undefined, [
		"average",
		"sum",
		"minimum",
		"p99",
		"latency",
		"duration",
		"used",
		"maximum",
		"exceeded",
		"reached",
	]),
	rule("saturation", "oom", "up", [["oom", "oomkilled", "oomkill"]], "memory-exhausted"),
	rule("symptom", "crash", "up", [["panic", "crash", "restart", "exception", "fatal"]], "exceptions"),
	rule(
		"saturation",
		"replication",
		"up",
		[
			["replica", "replication", "replay"],
			["lag", "delay", "behind"],
		],
		"replication-lag",
	),
	rule("saturation", "lag", "up", [["lag", "backlog"]], undefined),
	rule(
		"saturation",
		"rejected connections",
		"up",
		[
			["rejected", "refused"],
			["connection", "client"],
		],
		"connections-exhausted",
	),
	rule("saturation", "evictions", "up", [["evicted", "eviction"]], "memory-exhausted"),
	rule(
		"saturation",
		"connections",
		"up",
		[
			["connection", "conn", "pool", "client", "session", "backend"],
			[
				"wait",
				"pending",
				"use",
				"used",
				"active",
				"open",
				"count",
				"database",
				"total",
				"connected",
				"number",
				"num",
				"idle",
				"connection",
				"backend",
			],
		],
		"connections-exhausted",
		["rate", "requests", "latency", "error", "p90", "p95", "p99"],
	),
	rule("saturation", "connections", "up", [["pool", "conn", "connection"]], "connections-exhausted", [
		"latency",
		"error",
		"errors",
		"p90",
		"p95",
		"p99",
	]),
	rule(
		"saturation",
		"disk",
		"down",
		[
			["free", "available", "freeable"],
			["storage", "disk", "space", "filesystem", "inode", "volume"],
		],
		"disk-full",
	),
	rule(
		"saturation",
		"memory",
		"down",
		[
			["free", "available", "freeable"],
			["memory", "mem", "ram"],
		],
		"memory-exhausted",
	),
	rule(
		"saturation",
		"disk",
		"up",
		[
			["disk", "storage", "filesystem", "volume", "inode"],
			["usage", "used", "utilization", "utilisation", "percent", "full"],
		],
		"disk-full",
		["binlog", "bin"],
	),
	// By Little's law the rate times the time each takes: what is in flight piles up where answers are slow.
	rule(
		"symptom",
		"concurrency",
		"up",
		[
			["active", "flight", "inflight", "concurrent", "outstanding"],
			["request", "requests", "call", "calls", "rpc"],
		],
		undefined,
		["latency", "duration", "rate"],
	),
	rule("saturation", "throttling", "up", [["throttle", "throttled", "throttling", "throttles", "429", "ratelimited"]], "rate-limited"),
	rule("saturation", "lock", "up", [["lock", "deadlock", "blocked"]], "lock-contention"),
	rule("saturation", "cpu", "up", [["cpu", "processor"]], "cpu-saturated", ["credit"]),
	rule(
		"saturation",
		"database load",
		"up",
		[
			["dbload", "load"],
			["average", "db", "1", "5", "dbload"],
		],
		"slow-queries",
		["request", "requests"],
	),
	rule("saturation", "memory", "up", [["memory", "mem", "rss", "heap", "swap"]], "memory-exhausted"),
	rule("saturation", "queries per request", "up", [["query", "queries"], ["per"], ["request", "call"]], "slow-queries"),
	rule("saturation", "queue", "up", [["queue", "pending", "inflight", "thread", "goroutine", "worker"]], undefined, ["latency"]),
	rule("symptom", "availability", "down", [["availability", "success", "apdex", "uptime", "up"]], undefined),
	// A cache that misses is empty or asked for other things: what it calls has no part in that.
	rule("saturation", "hits", "down", [["hit", "hits"]], undefined),
	rule(
		"symptom",
		"errors",
		"up",
		[
			[
				"error",
				"errors",
				"5xx",
				"4xx",
				"401",
				"403",
				"404",
				"500",
				"502",
				"503",
				"504",
				"fault",
				"faults",
				"failure",
				"failures",
				"failed",
				"fail",
				"rejected",
				"cancelled",
				"canceled",
				"timeout",
				"timeouts",
				"retry",
				"retries",
				"unauthorized",
				"dropped",
				"misses",
				"miss",
				"abandoned",
			],
		],
		undefined,
	),
	rule(
		"symptom",
		"latency",
		"up",
		[["latency", "duration", "p50", "p90", "p95", "p99", "time", "wait", "seconds", "ms", "milliseconds", "elapsed"]],
		undefined,
		["until", "uptime", "since", "expiry"],
	),
	rule(
		"load",
		"load",
		"up",
		[
			[
				"request",
				"requests",
				"rps",
				"qps",
				"ops",
				"workload",
				"throughput",
				"calls",
				"hits",
				"invocations",
				"traffic",
				"network",
				"bytes",
				"iops",
				"received",
				"transmit",
				"commands",
				"transactions",
				"commit",
				"rate",
				"messages",
			],
		],
		undefined,
	),
];

function rule(
	role: MetricRole,
	kind: string,
	bad: MetricMeaning["bad"],
	all: string[][],
	mechanism: Mechanism | undefined,
	none?: string[],
): Rule {
	return { role, kind, bad, all, ...(mechanism === undefined ? {} : { mechanism }), ...(none === undefined ? {} : { none }) };
}

const UNKNOWN: MetricMeaning = { role: "other", mechanism: undefined, bad: "both", kind: "other" };
const cache = new Map<string, MetricMeaning>();

/** What a metric means by its name and unit. */
export function meaningOfMetric(name: string): MetricMeaning {
	let meaning = cache.get(name);
	if (meaning === undefined) {
		if (cache.size > 5000) cache.clear();
		const words = new Set(wordsOf(name).flatMap((w) => (w.length > 3 && w.endsWith("s") ? [w, w.slice(0, -1)] : [w])));
		const has = (word: string): boolean => words.has(word);
		const found = RULES.find((r) => r.all.every((group) => group.some(has)) && !(r.none?.some(has) ?? false));
		meaning = found === undefined ? UNKNOWN : { role: found.role, mechanism: found.mechanism, bad: found.bad, kind: found.kind };
		cache.set(name, meaning);
	}
	return meaning;
}
