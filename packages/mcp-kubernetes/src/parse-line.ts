import { severityOf } from "@faultline/contracts";

export interface ParsedLine {
	body: string;
	/** OpenTelemetry SeverityNumber, 0 where the line does not tell. */
	severity: number;
	traceId?: string;
	spanId?: string;
	attributes: Record<string, unknown>;
}

/** Longer bodies are not parsed as JSON: a log line of this size is data, not a record. */
const MAX_JSON = 256 * 1024;
const MESSAGE = ["message", "msg", "log", "event", "text", "body"];
const LEVEL = ["level", "severity", "lvl", "loglevel", "log_level", "levelname", "log.level", "severity_text"];
const TRACE = ["trace_id", "traceId", "traceid", "traceID", "trace.id", "otelTraceID", "dd.trace_id"];
const SPAN = ["span_id", "spanId", "spanid", "spanID", "span.id", "otelSpanID", "dd.span_id"];
const TIME = ["time", "timestamp", "ts", "@timestamp"];

/** What a log line says of itself: JSON as structured loggers write it, else the level and trace id found in the text. */
export function parseLine(line: string): ParsedLine {
	return (line.startsWith("{") && line.length <= MAX_JSON ? parseJsonLine(line) : undefined) ?? parseTextLine(line);
}

function parseJsonLine(line: string): ParsedLine | undefined {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		return undefined;
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
	const fields = { ...(value as Record<string, unknown>) };
	const take = (names: readonly string[], accept: (v: unknown) => boolean): unknown => {
		const name = names.find((n) => accept(fields[n]));
		if (name === undefined) return undefined;
		const found = fields[name];
		delete fields[name];
		return found;
	};
	const isText = (v: unknown) => typeof v === "string" && v !== "";
	const body = take(MESSAGE, (v) => typeof v === "string");
	if (body === undefined) return undefined;
	const level = take(LEVEL, (v) => isText(v) || typeof v === "number");
	const traceId = take(TRACE, isText) as string | undefined;
	const spanId = take(SPAN, isText) as string | undefined;
	take(TIME, (v) => isText(v) || typeof v === "number");
	const severity = typeof level === "number" ? numericSeverity(level) : severityOf(level as string | undefined);
	return {
		body: body as string,
		severity: severity || textSeverity(body as string),
		...(traceId ? { traceId } : {}),
		...(spanId ? { spanId } : {}),
		attributes: fields,
	};
}

/** pino and bunyan count 10 (trace) to 60 (fatal); others use OpenTelemetry's own 1 to 24. */
function numericSeverity(level: number): number {
	if (level >= 1 && level <= 9) return Math.floor(level);
	const tens = level % 10 === 0 ? [1, 5, 9, 13, 17, 21][level / 10 - 1] : undefined;
	return tens ?? (level <= 24 ? Math.floor(level) : 0);
}

function parseTextLine(line: string): ParsedLine {
	const head = line.slice(0, 2000);
	const traceId = /\btrace[_-]?id["']?\s{0,2}[:=]\s{0,2}["']?([0-9a-f]{16,32})\b/i.exec(head)?.[1];
	const spanId = /\bspan[_-]?id["']?\s{0,2}[:=]\s{0,2}["']?([0-9a-f]{8,16})\b/i.exec(head)?.[1];
	return { body: line, severity: textSeverity(line), ...(traceId ? { traceId } : {}), ...(spanId ? { spanId } : {}), attributes: {} };
}

const KLOG: Record<string, number> = { I: 9, W: 13, E: 17, F: 21 };
/** A level as loggers set it apart: in capitals, in brackets, or as level=... ; a word in prose ("no error") is none. */
const LEVEL_WORD =
	/\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|ALERT|EMERG|PANIC|LOG)\b|[[(<](trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit|alert|emerg|panic)[\])>]|\b(?:level|severity|lvl)["']?[=:]\s{0,2}["']?([A-Za-z]{3,9})\b/;

function textSeverity(line: string): number {
	const klog = /^([IWEF])\d{4} \d\d:\d\d/.exec(line)?.[1];
	if (klog) return KLOG[klog] ?? 0;
	const match = LEVEL_WORD.exec(line.slice(0, 160));
	const word = match?.[1] ?? match?.[2] ?? match?.[3];
	if (word) return severityOf(word);
	return /^(panic:|fatal error:|Traceback \(most recent call last\)|Exception in thread |[\w.]{1,80}(?:Exception|Error): )/.test(line)
		? 17
		: 0;
}
