import { severityOf } from "@faultline/contracts";

/** What a log line says of itself. */
export interface LogMessage {
	body: string;
	severity: number;
	service?: string;
	pod?: string;
	traceId?: string;
	spanId?: string;
	/** As the line gives it. */
	time?: string;
	count?: number;
	attributes: Record<string, unknown>;
}

const BODY = ["message", "msg", "@message", "log", "body", "event"];
const LEVEL = ["level", "severity", "lvl", "log.level", "loglevel", "levelname", "severityText", "severity_text"];
const SERVICE = ["service", "service.name", "service_name", "serviceName", "app"];
const TRACE = ["trace_id", "traceId", "trace.id", "traceID"];
const SPAN = ["span_id", "spanId", "span.id", "spanID"];
const TIME = ["time", "timestamp", "@timestamp", "ts"];

/** Reads a line: structured JSON by the names that loggers use for its fields, anything else as text. */
export function readLogMessage(message: string): LogMessage {
	const line = message.replace(/[\r\n]+$/, "");
	const fields = objectOf(line);
	if (fields === undefined) return { body: line, severity: severityInText(line), ...traceInText(line), attributes: {} };
	const [bodyKey, body] = take(fields, BODY);
	// JSON that has no message is an event in itself: its text stays whole.
	if (bodyKey === undefined || typeof body !== "string")
		return { body: line, severity: severityOfField(take(fields, LEVEL)[1]), ...identity(fields), attributes: {} };
	const [levelKey, level] = take(fields, LEVEL);
	const [timeKey, time] = take(fields, TIME);
	const known = new Set([bodyKey, levelKey, timeKey, "count", ...[SERVICE, TRACE, SPAN].map((names) => take(fields, names)[0])]);
	const text = body.replace(/[\r\n]+$/, "");
	const count = fields.count;
	return {
		body: text,
		severity: severityOfField(level) || severityInText(text),
		...traceInText(text),
		...identity(fields),
		...(typeof time === "string" ? { time } : {}),
		...(typeof count === "number" && Number.isInteger(count) && count > 0 ? { count } : {}),
		attributes: Object.fromEntries(Object.entries(fields).filter(([key]) => !known.has(key))),
	};
}

/** W3C's traceparent, X-Ray's header or its logs' "XRAY TraceId:", or a trace id by its usual names; [trace, span]. */
const TRACES: readonly RegExp[] = [
	/\btraceparent["']?\s{0,3}[=:]\s{0,3}["']?[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}\b/i,
	/\b(?:Root=|TraceId: ?|trace[-_.]?id["']?\s{0,3}[=:]\s{0,3}["']?)(1-[0-9a-f]{8}-[0-9a-f]{24})\b/i,
	/\b(?:trace[-_.]?id|trace|dd\.trace_id)["']?\s{0,3}[=:]\s{0,3}["']?([0-9a-f]{32}|[0-9a-f]{16}|\d{15,20})\b/i,
];
const SPAN_TEXT = /\b(?:span[-_.]?id|dd\.span_id)["']?\s{0,3}[=:]\s{0,3}["']?([0-9a-f]{16}|\d{15,20})\b/i;

/** The trace and span that a line of text names. */
function traceInText(line: string): Pick<LogMessage, "traceId" | "spanId"> {
	const head = line.slice(0, 4_096);
	for (const pattern of TRACES) {
		const [, traceId, second] = pattern.exec(head) ?? [];
		if (traceId === undefined) continue;
		const spanId = second ?? SPAN_TEXT.exec(head)?.[1];
		return { traceId, ...(spanId === undefined ? {} : { spanId }) };
	}
	return {};
}

function objectOf(line: string): Record<string, unknown> | undefined {
	if (!line.startsWith("{")) return undefined;
	try {
		const value: unknown = JSON.parse(line);
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}

function take(fields: Record<string, unknown>, names: readonly string[]): [string | undefined, unknown] {
	const name = names.find((n) => Object.hasOwn(fields, n) && fields[n] !== null && fields[n] !== "");
	return [name, name === undefined ? undefined : fields[name]];
}

function identity(fields: Record<string, unknown>): Pick<LogMessage, "service" | "pod" | "traceId" | "spanId"> {
	const words = {
		service: take(fields, SERVICE)[1],
		traceId: take(fields, TRACE)[1],
		spanId: take(fields, SPAN)[1],
		...kubernetesOf(fields.kubernetes),
	};
	return Object.fromEntries(Object.entries(words).filter(([, value]) => typeof value === "string" && value !== ""));
}

/** Container Insights and Fluent Bit say which pod wrote a line. */
function kubernetesOf(value: unknown): { pod?: unknown; service?: unknown } {
	if (typeof value !== "object" || value === null) return {};
	const { pod_name: pod, labels, container_name: container } = value as Record<string, unknown>;
	const label = typeof labels === "object" && labels !== null ? (labels as Record<string, unknown>) : {};
	return { pod, service: label["app.kubernetes.io/name"] ?? label.app ?? container };
}

/** A level's word, or a number as pino and bunyan write it (30 info, 40 warn, 50 error, 60 fatal). */
function severityOfField(level: unknown): number {
	if (typeof level === "string") return severityOf(level);
	if (typeof level !== "number") return 0;
	return level >= 60 ? 21 : level >= 50 ? 17 : level >= 40 ? 13 : level >= 30 ? 9 : level >= 20 ? 5 : level >= 10 ? 1 : 0;
}

/** How far into a line its level stands. */
const HEAD = 160;
const LEVEL_WORD =
	/\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL|PANIC)\b|\[(trace|debug|info|notice|warn|warning|error|crit|alert|emerg)\]|\b(?:level|severity|lvl)=["']?(\w+)/;

/** The level that a line of text names at its head; 0 where it names none. */
function severityInText(line: string): number {
	const [, upper, bracketed, named] = LEVEL_WORD.exec(line.slice(0, HEAD)) ?? [];
	return severityOf(upper ?? bracketed ?? named);
}
