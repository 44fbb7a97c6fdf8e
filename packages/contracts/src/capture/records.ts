import type { z } from "zod";
import { type Signal, severityOf } from "../signal.ts";
import type { AlertRecord, ChangeRecord, EventRecord, LogRecord, ObjectRecord, PerformanceRecord, SpanRecord } from "./format.ts";

/** Severity of a log whose record gives none: unknown. */
const UNKNOWN = 0;

type Origin = { source: string; id: string; url?: string | undefined; redactions?: number | undefined } | undefined;

/** Drops keys whose value is undefined, so that optional fields are absent and not undefined. */
function defined<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
	return Object.fromEntries(Object.entries(record).filter(([, v]) => v !== undefined)) as never;
}

/** What every Signal has, from a record's origin or from its place in the file. */
function base(
	id: string,
	origin: Origin,
): Pick<Signal, "id" | "source" | "count" | "redactions" | "attributes" | "severity"> & { url?: string } {
	return {
		id: origin?.id ?? id,
		source: origin?.source ?? "capture",
		count: 1,
		redactions: origin?.redactions ?? 0,
		attributes: {},
		severity: UNKNOWN,
		...(origin?.url ? { url: origin.url } : {}),
	};
}

export function logSignal(id: string, r: z.infer<typeof LogRecord>): Signal {
	const { time, service, pod, severity, body, traceId, spanId, attributes, origin, kind, count, fingerprint, ...rest } = r;
	return {
		...base(id, origin),
		...defined({ service, traceId, spanId, fingerprint: typeof fingerprint === "string" ? fingerprint : undefined }),
		kind: kind === "error" ? "error" : "log",
		time,
		severity: severityOf(severity),
		resource: pod ?? service ?? "unknown",
		body,
		count: typeof count === "number" && count >= 1 ? Math.floor(count) : 1,
		attributes: { ...attributes, ...rest },
	};
}

export function spanSignal(id: string, r: z.infer<typeof SpanRecord>): Signal {
	const { time, traceId, spanId, parentId, service, pod, name, durationMs, status, attributes, origin, ...rest } = r;
	return {
		...base(id, origin),
		...defined({ service, traceId, spanId }),
		kind: "span",
		time,
		severity: isErrorStatus(status) ? 17 : 9,
		resource: pod ?? service ?? "unknown",
		body: name,
		attributes: { ...attributes, ...rest },
		span: { name, durationMs, ...defined({ parentId, status }) },
	};
}

function isErrorStatus(status: string | undefined): boolean {
	return status !== undefined && /err|fail|^5\d\d$/i.test(status);
}

export function alertSignal(id: string, r: z.infer<typeof AlertRecord>): Signal {
	const { time, name, severity, service, metric, threshold, value, summary, description, state, origin, ...rest } = r;
	return {
		...base(id, origin),
		...defined({ service }),
		kind: "alert",
		time,
		severity: severityOf(severity) || 17,
		resource: service ?? "unknown",
		body: summary || name,
		attributes: rest,
		alert: { name, summary, ...defined({ metric, threshold, value, description, state }) },
	};
}

export function eventSignal(id: string, r: z.infer<typeof EventRecord>): Signal {
	const { time, lastTime, source, type, reason, object, message, count, origin, ...rest } = r;
	const { service, ...attributes } = rest;
	return {
		...base(id, origin),
		...defined({ service: typeof service === "string" ? service : undefined }),
		kind: "event",
		time,
		severity: severityOf(type),
		resource: object.name,
		body: message,
		count: count ?? 1,
		attributes,
		event: {
			reporter: source,
			reason,
			object: { kind: object.kind, name: object.name, ...defined({ namespace: object.namespace }) },
			...defined({ type, lastTime }),
		},
	};
}

export function objectSignal(id: string, r: z.infer<typeof ObjectRecord>, end: string): Signal {
	const { time = end, kind, namespace, name, status, origin, ...rest } = r;
	const { service, ...attributes } = rest;
	return {
		...base(id, origin),
		...defined({ service: typeof service === "string" ? service : undefined }),
		kind: "event",
		time,
		resource: name,
		body: `${kind} ${name}: status`,
		attributes,
		event: { reporter: "status", reason: "StatusSnapshot", object: { kind, name, ...defined({ namespace }) }, status },
	};
}

export function performanceSignal(id: string, r: z.infer<typeof PerformanceRecord>): Signal {
	const { time, resource, origin, ...performance } = r;
	const statement = typeof performance.statement === "string" ? performance.statement : "performance digest";
	return {
		...base(id, origin),
		kind: "event",
		time,
		resource,
		body: statement,
		event: { reporter: "performance", reason: "PerformanceDigest", object: { kind: "Database", name: resource }, performance },
	};
}

export function changeSignal(id: string, r: z.infer<typeof ChangeRecord>): Signal {
	const { time, kind, service, id: changeId, commitId, title, author, files, diff, origin, ...rest } = r;
	return {
		...base(id, origin),
		...defined({ service }),
		kind: "change",
		time,
		severity: 9,
		resource: service ?? "unknown",
		body: title,
		attributes: rest,
		change: { type: kind, id: changeId, title, ...defined({ commitId, author, files, diff }) },
	};
}
