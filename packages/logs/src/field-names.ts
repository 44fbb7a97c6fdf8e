/** What loggers call the fields that everyone has, the likeliest first; of fields inside others "outer.inner". */
export const MESSAGE = ["message", "msg", "@message", "short_message", "body", "text", "log", "event", "error.message", "error"];
export const LEVEL = [
	...["level", "severity", "lvl", "loglevel", "log.level", "levelname", "severity_text", "severityText", "@level", "priority"],
];
export const TRACE = ["trace_id", "traceId", "traceID", "traceid", "trace.id", "otelTraceID", "dd.trace_id", "x-trace-id", "trace"];
export const SPAN = ["span_id", "spanId", "spanID", "spanid", "span.id", "otelSpanID", "dd.span_id", "span"];
