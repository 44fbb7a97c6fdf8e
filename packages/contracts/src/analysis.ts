import type { Coverage, Window } from "./evidence.ts";
import type { Category, Confidence, Evidence, IncidentGraph, ReportChange, RootCause, Severity } from "./report.ts";

/** How a fault works, finer than its category: what a remediation is chosen by. */
export const MECHANISMS = [
	"memory-exhausted", // killed or refused for memory, or a limit nearly reached
	"cpu-saturated",
	"disk-full",
	"connections-exhausted", // of a server, or of a client's pool
	"rate-limited", // a quota or a throttle
	"unschedulable", // no node has room
	"image-unavailable",
	"probe-failing", // the platform kills what its probe cannot reach
	"crash-loop",
	"node-down",
	"storage-slow",
	"replication-lag",
	"failover", // a planned or unplanned change of the primary
	"certificate-expired",
	"name-resolution",
	"network-delay",
	"network-unreachable",
	"dependency-down", // something outside, or a provider
	"slow-queries",
	"lock-contention",
	"bad-input", // data that the code does not take
	"missing-configuration",
	"permission-denied",
	"deadline-too-short",
	"exceptions", // the code throws or answers errors
	"wrong-result", // the code takes another path, without an error
	"slow-code",
	"traffic-surge",
	"unknown",
] as const;
export type Mechanism = (typeof MECHANISMS)[number];

/** One abnormal thing at one resource: a series that left its baseline, a template that appeared, slower calls... */
export interface Anomaly {
	resource: string;
	service?: string;
	/** What was looked at: "metric", "log template", "call time", "network gap", "span errors", "event", "status", "alert". */
	kind:
		| "metric"
		| "template"
		| "self-time"
		| "network-gap"
		| "span-errors"
		| "call-volume"
		| "event"
		| "status"
		| "alert"
		| "error"
		| "performance";
	/** The metric, template, operation or reason concerned. */
	subject: string;
	direction: "up" | "down" | "new" | "gone" | "bad";
	/** 0 to 1: how sure this is abnormal. */
	strength: number;
	/** When it began and, where it ended inside the window, when. */
	onset: string | null;
	recovered: string | null;
	/** One sentence with its figures ("CPU 97 % against 12 % before"). */
	text: string;
	/** What each detector said. */
	votes: string[];
	/** Keys of `Analysis.evidence`. */
	evidence: string[];
}

/** A candidate cause, best first. `score` is in [0, 1] and comparable within one analysis only. */
export interface RankedCause extends RootCause {
	service?: string;
	/** "service", "pod", "node", "database", "dependency"... as far as it is known. */
	kind: string;
	/** What carried the score, strongest first, in words: one per kind of evidence. */
	because: string[];
	/** The resource that explains this one, where it is a victim. */
	victimOf: string | null;
	onset: string | null;
}

/** A change that was weighed, whether it was blamed or not. */
export interface WeighedChange extends ReportChange {
	type: string;
	score: number;
	/** blamed | too-late | too-early | other-service | content-cannot | outweighed. */
	verdict: "blamed" | "too-late" | "too-early" | "other-service" | "content-cannot" | "outweighed";
	/** Words of the fault that the change's content speaks of. */
	matches: string[];
}

/** Everything that was found by code. A model may word it; it may not add to it. */
export interface Analysis {
	id: string;
	title: string;
	window: Window;
	alertTime: string | null;
	focus: string | null;
	verdict: "incident" | "no-incident";
	confidence: Confidence;
	/** Why the confidence is no higher: one sentence each. */
	doubts: string[];
	severity: Severity;
	category: Category;
	mechanism: Mechanism;
	/** When the fault began; null where there is none or it cannot be told. */
	startedAt: string | null;
	/** Every candidate resource, ranked. */
	causes: RankedCause[];
	/** The fewest resources that explain everything abnormal; empty without an incident. */
	causeSet?: string[];
	change: WeighedChange | null;
	/** Strongest first, bounded; the blamed one included. */
	weighedChanges: WeighedChange[];
	/** Strongest first, bounded. */
	anomalies: Anomaly[];
	/** Templates that are new, gone, bursting or errors, with an example line each, strongest first, bounded: what a model may label. */
	clusters: {
		id: string;
		template: string;
		example: string;
		resource: string;
		count: number;
		baselineCount: number;
		severity: number;
		evidence: string[];
	}[];
	firstFailing: string | null;
	blastRadius: string[];
	impact: string;
	propagations: { from: string; to: string; evidence: string[] }[];
	timeline: { time: string; resource: string; text: string; evidence: string[] }[];
	alerts: { alert: string; time: string; evidence: string[]; explainedBy: string | null }[];
	ruledOut: { hypothesis: string; reason: string; evidence: string[] }[];
	/** For drawing. */
	graph: IncidentGraph;
	coverage: Coverage[];
	/** By evidence id: everything that is cited above, and nothing else. */
	evidence: Record<string, Evidence>;
	notes: string[];
}
