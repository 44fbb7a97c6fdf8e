import { z } from "zod";
import { instant } from "../signal.ts";

/*
 * The records of a capture on disk, one schema per file. All are loose: what a newer writer adds is kept, never fatal.
 * `origin` is what our own writer adds, so that a recorded incident keeps its source, id and link.
 */
/** The last moment that a Date can hold, in milliseconds of the epoch (ECMA-262, "time values and time range"). */
const LAST_MOMENT_MS = 8.64e15;

/** All times of a capture are UTC: one without a zone gets it, an epoch in milliseconds becomes ISO. */
const time = z.preprocess(
	(v) => {
		// A number that is no moment (beyond the year 275760) stays a number, which the schema refuses.
		if (typeof v === "number") return Math.abs(v) <= LAST_MOMENT_MS ? new Date(v).toISOString() : v;
		if (typeof v !== "string") return v;
		const iso = v.trim().replace(" ", "T");
		return /(Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso : `${iso}Z`;
	},
	instant.refine((iso) => Number.isFinite(Date.parse(iso)), "no such moment"),
);

const origin = z
	.object({ source: z.string(), id: z.string(), url: z.string().optional(), redactions: z.number().optional() })
	.optional()
	.catch(undefined);
/** An optional field that is forgiven: a wrong or null value counts as absent. */
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const attributes = z.record(z.string(), z.unknown()).optional().catch(undefined);

export const CaptureManifest = z.looseObject({
	version: z.literal(1),
	id: z.string(),
	title: z.string().default("untitled capture"),
	start: time.optional(),
	end: time.optional(),
	alertTime: time.optional(),
	focus: z.string().optional(),
	provenance: z.looseObject({ source: text, license: text }).optional().catch(undefined),
});
export type CaptureManifest = z.infer<typeof CaptureManifest>;

export const AlertRecord = z.looseObject({
	time,
	name: z.string(),
	severity: text,
	service: text,
	metric: text,
	threshold: number,
	value: number,
	summary: z.string().catch(""),
	description: text,
	state: text,
	origin,
});

export const LogRecord = z.looseObject({
	time,
	service: text,
	pod: text,
	severity: text,
	body: z.string(),
	traceId: text,
	spanId: text,
	attributes,
	origin,
});

export const SpanRecord = z.looseObject({
	time,
	traceId: text,
	spanId: text,
	parentId: text,
	service: text,
	pod: text,
	name: z.string().catch(""),
	durationMs: z.number().nonnegative().catch(0),
	status: text,
	attributes,
	origin,
});

export const EventRecord = z.looseObject({
	time,
	lastTime: time.optional().catch(undefined),
	source: z.string().catch("unknown"),
	type: text,
	reason: z.string().catch(""),
	object: z.object({ kind: z.string().catch("unknown"), namespace: text, name: z.string() }),
	message: z.string().catch(""),
	count: z.number().int().min(1).optional().catch(undefined),
	origin,
});

export const ObjectRecord = z.looseObject({
	/** A snapshot without a time was taken when the capture ended. */
	time: time.optional(),
	kind: z.string(),
	namespace: text,
	name: z.string(),
	status: z.record(z.string(), z.unknown()).catch({}),
	origin,
});

export const PerformanceRecord = z.looseObject({ time: instant, resource: z.string(), origin });

export const ChangeRecord = z.looseObject({
	time,
	kind: z.string().catch("other"),
	service: text,
	id: z.string(),
	commitId: text,
	title: z.string().catch(""),
	author: text,
	files: z.array(z.string()).optional().catch(undefined),
	diff: text,
	origin,
});

export const CaptureTopology = z.looseObject({
	nodes: z.array(z.looseObject({ id: z.string() })).default([]),
	edges: z.array(z.looseObject({ from: z.string(), to: z.string() })).default([]),
});

export const METRIC_COLUMNS = ["time", "resource", "metric", "unit", "value"] as const;
