import { z } from "zod";

/** What kind of observation a Signal is. */
export const SIGNAL_KINDS = ["log", "event", "error", "alert", "change", "span"] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

/** An instant: ISO 8601 in UTC, up to nanoseconds ("2026-06-19T09:00:00.123456789Z"). */
export const instant: z.ZodString = z
	.string()
	.regex(
		/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/,
		"an ISO 8601 time with a zone, such as 2026-06-19T09:00:00Z",
	);

/** A span of a distributed trace (kind "span"). */
export const SpanDetail = z.object({
	name: z.string(),
	durationMs: z.number().nonnegative(),
	parentId: z.string().optional(),
	/** "ok" | "error" | whatever the source says. */
	status: z.string().optional(),
});
export type SpanDetail = z.infer<typeof SpanDetail>;

/** A change to the running system (kind "change"). */
export const ChangeDetail = z.object({
	/** commit | deploy | flag | config | scale | status (a provider's own status feed) | other. */
	type: z.string(),
	id: z.string(),
	commitId: z.string().optional(),
	title: z.string(),
	author: z.string().optional(),
	files: z.array(z.string()).optional(),
	diff: z.string().optional(),
});
export type ChangeDetail = z.infer<typeof ChangeDetail>;

/** An alert that fired (kind "alert"). */
export const AlertDetail = z.object({
	name: z.string(),
	metric: z.string().optional(),
	threshold: z.number().optional(),
	value: z.number().optional(),
	summary: z.string(),
	description: z.string().optional(),
	state: z.string().optional(),
});
export type AlertDetail = z.infer<typeof AlertDetail>;

/** A platform event, or a status snapshot of an object (kind "event"). */
export const EventDetail = z.object({
	/** Who reported it: "kubernetes", "aws.rds", a status feed... */
	reporter: z.string(),
	/** Normal | Warning | ... as the source says. */
	type: z.string().optional(),
	reason: z.string(),
	object: z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() }),
	lastTime: instant.optional(),
	/** A status snapshot of the object, as the source gives it (kind, conditions, containers, replicas...). */
	status: z.record(z.string(), z.unknown()).optional(),
	/** A database performance digest row, as the source gives it. */
	performance: z.record(z.string(), z.unknown()).optional(),
});
export type EventDetail = z.infer<typeof EventDetail>;

/** Another source's record of the same event. */
export const SeenBy = z.object({
	source: z.string(),
	kind: z.enum(SIGNAL_KINDS),
	/** The other record's id. */
	id: z.string(),
	/** The other source's own page for it. */
	url: z.string().optional(),
	/** How sure it is that both show the same, in (0, 1]. */
	confidence: z.number().positive().max(1),
	/** Why, in words. */
	reason: z.string(),
});
export type SeenBy = z.infer<typeof SeenBy>;

/**
 * One observation, whichever source it came from. Names follow OpenTelemetry's log data model.
 *
 * `service` is the logical service (`service.name`); `resource` the most precise thing the source names (a pod, an
 * instance, a database), and equals `service` where nothing more precise is known. `severity` is OpenTelemetry's
 * SeverityNumber, 1-24 (9 info, 13 warn, 17 error, 21 fatal), 0 where unknown.
 */
export const Signal = z.object({
	id: z.string().min(1),
	source: z.string(),
	kind: z.enum(SIGNAL_KINDS),
	time: instant,
	observedTime: instant.optional(),
	severity: z.int().min(0).max(24),
	service: z.string().optional(),
	resource: z.string(),
	traceId: z.string().optional(),
	spanId: z.string().optional(),
	body: z.string(),
	attributes: z.record(z.string(), z.unknown()),
	/** How many occurrences this record stands for. */
	count: z.int().min(1),
	fingerprint: z.string().optional(),
	/** The source's own page for this record. */
	url: z.string().optional(),
	/** How many secrets or personal data were taken out. */
	redactions: z.int().nonnegative(),
	/** Where else the same event was seen: added when the sources' answers are matched. */
	seenBy: z.array(SeenBy).optional(),
	span: SpanDetail.optional(),
	change: ChangeDetail.optional(),
	alert: AlertDetail.optional(),
	event: EventDetail.optional(),
});
export type Signal = z.infer<typeof Signal>;

export type SpanSignal = Signal & { kind: "span"; span: SpanDetail };
export type ChangeSignal = Signal & { kind: "change"; change: ChangeDetail };
export type AlertSignal = Signal & { kind: "alert"; alert: AlertDetail };
export type EventSignal = Signal & { kind: "event"; event: EventDetail };

export const isSpan = (s: Signal): s is SpanSignal => s.kind === "span" && s.span !== undefined;
export const isChange = (s: Signal): s is ChangeSignal => s.kind === "change" && s.change !== undefined;
export const isAlert = (s: Signal): s is AlertSignal => s.kind === "alert" && s.alert !== undefined;
export const isEvent = (s: Signal): s is EventSignal => s.kind === "event" && s.event !== undefined;

/** OpenTelemetry SeverityNumber of a level word ("WARN", "error", "crit", "F"...); 0 where it says nothing. */
export function severityOf(level: string | undefined): number {
	const word = level?.trim().toLowerCase() ?? "";
	return SEVERITY_BY_WORD.get(word) ?? 0;
}

const SEVERITY_BY_WORD = new Map<string, number>(
	Object.entries({
		1: ["trace", "finest", "verbose", "v", "t"],
		5: ["debug", "fine", "finer", "d"],
		9: ["info", "information", "informational", "notice", "normal", "log", "i", "ok", "low"],
		13: ["warn", "warning", "w", "minor", "medium"],
		17: ["error", "err", "severe", "failed", "failure", "e", "high", "major"],
		21: ["fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "f", "c"],
	}).flatMap(([n, words]) => words.map((w): [string, number] => [w, Number(n)])),
);
