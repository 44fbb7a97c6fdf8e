import { z } from "zod";
import { Coverage, Window } from "./evidence.ts";
import { instant, SeenBy, SIGNAL_KINDS } from "./signal.ts";

export const CATEGORIES = [
	"resource_exhaustion",
	"code_defect",
	"configuration_error",
	"dependency_failure",
	"infrastructure",
	"network",
	"data_quality",
	"traffic",
	"healthy",
	"unknown",
] as const;
export type Category = (typeof CATEGORIES)[number];

export const Severity = z.enum(["critical", "high", "medium", "low", "none"]);
export type Severity = z.infer<typeof Severity>;

export const Confidence = z.enum(["confirmed", "likely", "inconclusive"]);
export type Confidence = z.infer<typeof Confidence>;

/** One piece of evidence that a finding cites. `kind` "metric" is a series. */
export const Evidence = z.object({
	source: z.string(),
	kind: z.enum([...SIGNAL_KINDS, "metric"]),
	resource: z.string(),
	time: instant,
	text: z.string(),
	url: z.string().optional(),
	/** What each detector said of it, in words. */
	votes: z.array(z.string()).optional(),
	/** Where else the same event was seen, how sure that is, and why. */
	seenBy: z.array(SeenBy).optional(),
});
export type Evidence = z.infer<typeof Evidence>;

const evidenceIds = z.array(z.string());

export const RootCause = z.object({ resource: z.string(), score: z.number(), signals: evidenceIds, reason: z.string() });
export type RootCause = z.infer<typeof RootCause>;

export const ReportChange = z.object({
	id: z.string(),
	commitId: z.string().optional(),
	service: z.string().optional(),
	title: z.string(),
	time: instant.optional(),
	confidence: Confidence,
	reason: z.string(),
	evidence: evidenceIds.default([]),
});
export type ReportChange = z.infer<typeof ReportChange>;

export const Finding = z.object({ claim: z.string(), evidence: evidenceIds.min(1), validated: z.boolean() });
export type Finding = z.infer<typeof Finding>;

export const Remediation = z.object({
	/** Id of the action in the catalogue ("rollback-deployment"). */
	action: z.string(),
	target: z.string(),
	title: z.string(),
	/** Why this, in one sentence, and the evidence for it. */
	reason: z.string(),
	evidence: evidenceIds,
	risk: z.enum(["low", "medium", "high"]),
	/** What to check first; read-only. */
	precheck: z.array(z.string()),
	/** What a person would run; Faultline runs nothing. */
	steps: z.array(z.string()),
	undo: z.string(),
	/** What shows that it worked. */
	success: z.array(z.string()).optional(),
});
export type Remediation = z.infer<typeof Remediation>;

/** Calls along an edge in one stretch of time; null where there were none. */
export const EdgeCalls = z.object({ count: z.int().nonnegative(), errorShare: z.number().nullable(), medianMs: z.number().nullable() });
export type EdgeCalls = z.infer<typeof EdgeCalls>;

/** What the ranking went over, for drawing. An edge leads from what depends to what it depends on. */
export const IncidentGraph = z.object({
	nodes: z.array(
		z.object({
			resource: z.string(),
			kind: z.string(),
			role: z.enum(["cause", "victim", "abnormal", "healthy"]),
			/** As a cause, in [0, 1]. */
			score: z.number(),
			/** The same by the ranking that learns nothing; absent where nothing learned changed the order. */
			untrainedScore: z.number().optional(),
			/** Whoever's fault it is, in [0, 1]. */
			abnormal: z.number(),
			/** The resource that explains this one. */
			victimOf: z.string().nullable(),
			reasons: z.array(z.string()),
		}),
	),
	edges: z.array(
		z.object({
			from: z.string(),
			to: z.string(),
			kind: z.string(),
			/** Where it was learned: "spans", "capture", "log text"... */
			learnedFrom: z.array(z.string()),
			/** Calls seen, or mentions. */
			weight: z.number(),
			/** Whether the fault travelled along it. */
			carried: z.boolean(),
			/** From the trouble of `to` to that of `from`, in milliseconds. */
			lagMs: z.number().nullable(),
			before: EdgeCalls.optional(),
			during: EdgeCalls.optional(),
			/** How much of the first cause's learned score came over this edge, in [0, 1]; only where confirmed incidents were learned from. */
			attention: z.number().optional(),
		}),
	),
	/**
	 * What was abnormal, in order of onset, as [index into nodes, "metric up i3 cpu-saturated"]: kind, direction, role (i intrinsic,
	 * s symptom, l load) with strength (1 to 3) and, where one is told, mechanism; no names. A ranker learns from it once the cause is confirmed. Short, since the report must fit a model's context.
	 */
	observations: z.array(z.tuple([z.int().nonnegative(), z.string()])).optional(),
});
export type IncidentGraph = z.infer<typeof IncidentGraph>;

/** What the engineer reads. `schema` "faultline.report/1" is a promise: fields are added, never changed. */
export const IncidentReport = z.object({
	schema: z.literal("faultline.report/1"),
	id: z.string(),
	verdict: z.enum(["incident", "no-incident"]),
	confidence: Confidence,
	severity: Severity,
	title: z.string(),
	summary: z.string(),
	startedAt: instant.nullable(),
	window: Window,
	/** Ranked, every candidate resource, named as the source names it. */
	rootCauses: z.array(RootCause),
	/** Null: no change caused this, or none can be named. */
	change: ReportChange.nullable(),
	/** The fewest resources that explain everything abnormal, the first cause first: more than one where several faults came at once. */
	causeSet: z.array(z.string()).optional(),
	/** What a person said the cause was; null: there was no incident. */
	confirmed: z.object({ cause: z.string().nullable(), at: instant }).optional(),
	category: z.enum(CATEGORIES),
	firstFailing: z.string().nullable(),
	blastRadius: z.array(z.string()),
	/** Who feels it now: how many resources, which, since when, in words. */
	impact: z.string(),
	propagations: z.array(z.object({ from: z.string(), to: z.string(), evidence: evidenceIds })),
	findings: z.array(Finding),
	evidence: z.record(z.string(), Evidence),
	timeline: z.array(z.object({ time: instant, resource: z.string(), text: z.string(), evidence: evidenceIds })),
	alerts: z.array(z.object({ alert: z.string(), time: instant, evidence: evidenceIds, explainedBy: z.string().nullable() })),
	ruledOut: z.array(z.object({ hypothesis: z.string(), reason: z.string(), evidence: evidenceIds.default([]) })),
	/** Absent in reports that were stored before there was one. */
	graph: IncidentGraph.optional(),
	coverage: z.array(Coverage),
	remediations: z.array(Remediation),
	/** Things the reader should know about this very report ("exact index: faiss is not installed"). */
	notes: z.array(z.string()),
	usage: z.object({ tokens: z.int().nonnegative(), cost: z.number().nonnegative(), ms: z.number().nonnegative() }),
});
export type IncidentReport = z.infer<typeof IncidentReport>;
