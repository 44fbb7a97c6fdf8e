export const NODE_KINDS = ["gateway", "service", "worker", "database", "cache", "queue", "provider"] as const;
export type NodeKind = (typeof NODE_KINDS)[number];
export const LANGUAGES = ["java", "go", "python", "node"] as const;
export type Language = (typeof LANGUAGES)[number];

/** One thing of a system that serves calls. */
export interface SystemNode {
	index: number;
	name: string;
	kind: NodeKind;
	/** Names of its pods; empty where it runs outside the cluster. */
	pods: string[];
	language: Language;
	/** The manner of its log lines, an index into the dialects. */
	dialect: number;
	/** What runs it ("postgresql", "redis"...); undefined for services. */
	engine: string | undefined;
	/** Whether the cloud runs it: its metrics and logs come from CloudWatch. */
	managed: boolean;
	operations: Operation[];
	entity: string;
	/** Bytes. */
	memoryLimit: number;
	/** Share of its CPU and memory in use at ordinary load. */
	cpuBase: number;
	memoryBase: number;
	/** Connections that it takes (databases), or that its pool holds (services). */
	connections: number;
	/** Multiple of its ordinary calls in flight at which it is full. */
	headroom: number;
}

export interface Operation {
	name: string;
	method: "GET" | "POST" | "PUT" | "CALL" | "CONSUME";
	/** Median of its own time in milliseconds, and the deviation of its logarithm. */
	ownMs: number;
	sigma: number;
	/** Share of its runs that fail for reasons of their own, in health. */
	errorBase: number;
	calls: CallPlan[];
}

export interface CallPlan {
	to: number;
	operation: number;
	probability: number;
	/** Whether the caller fails when this does. */
	critical: boolean;
	timeoutMs: number;
	retries: number;
	/** Hands over to a queue: the caller does not wait for the worker. */
	asynchronous: boolean;
}

export interface System {
	nodes: SystemNode[];
	/** Nodes that users call. */
	entries: number[];
	/** Who calls each node. */
	callers: number[][];
}
