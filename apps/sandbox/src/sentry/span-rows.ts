import type { SpanSignal } from "@faultline/contracts";
import type { Project } from "./issues.ts";

/** Columns of Sentry's spans dataset; any other name is an attribute of the span. */
const COLUMNS: Record<string, (span: SpanSignal, project: Project | undefined) => unknown> = {
	id: (s) => s.spanId ?? null,
	span_id: (s) => s.spanId ?? null,
	trace: (s) => s.traceId ?? null,
	parent_span: (s) => s.span.parentId ?? null,
	project: (_s, p) => p?.slug ?? null,
	"project.name": (_s, p) => p?.slug ?? null,
	"span.op": (s) => s.attributes["span.op"] ?? "default",
	"span.description": (s) => s.span.name,
	"span.name": (s) => s.span.name,
	"span.duration": (s) => s.span.durationMs,
	"span.self_time": (s) => s.span.durationMs,
	"span.status": (s) => s.span.status ?? null,
	timestamp: (s) => new Date(s.time).toISOString(),
	"precise.start_ts": (s) => startOf(s),
	"precise.finish_ts": (s) => startOf(s) + s.span.durationMs / 1000,
	transaction: (s) => s.span.name,
	is_transaction: (s) => s.span.parentId === undefined,
	"service.name": (s) => s.service ?? null,
	"k8s.pod.name": (s) => (s.resource === s.service ? null : s.resource),
	server_name: (s) => (s.resource === s.service ? null : s.resource),
};

/** Seconds since the epoch, to the microsecond. */
function startOf({ time }: SpanSignal): number {
	const micros = Number((/\.(\d+)/.exec(time)?.[1] ?? "").padEnd(6, "0").slice(0, 6));
	return Math.floor(Date.parse(time) / 1000) + micros / 1_000_000;
}

/** One column of a row of `events/?dataset=spans`. */
export function spanColumn(span: SpanSignal, project: Project | undefined, field: string): unknown {
	return COLUMNS[field]?.(span, project) ?? attribute(span.attributes[field]);
}

const attribute = (value: unknown): unknown =>
	typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
