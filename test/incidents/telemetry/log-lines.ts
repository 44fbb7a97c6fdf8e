import type { LogRecord, SpanRecord } from "./notebook.ts";

/** What a log collector's configuration knows of each format: where the time, the level and the trace's id stand. The text itself is kept. */

export interface LineSource {
	service: string;
	pod?: string;
}

const POSTGRES = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) UTC \[\d+\] (?:\S+@\S+ )?([A-Z]+\d?): /;
const REDIS = /^\d+:[A-Z] \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} ([.\-*#]) /;
const PLAIN = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) ([A-Z]+) +\[([0-9a-f]{32}|-)\] /;
const LOGFMT = /^ts=(\S+) level=(\w+) /;
const NGINX_ERROR = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(\w+)\] /;
const NGINX_ACCESS = /^(\S+) - .*? \[[^\]]+\] "([^"]*)" (\d{3}) .* rt=([\d.]+) urt=\S*.* t=([\d.]+) rid=([0-9a-f]{32})$/;
const REDIS_LEVELS: Record<string, string> = { ".": "DEBUG", "-": "DEBUG", "*": "INFO", "#": "WARN" };
const POSTGRES_LEVELS: Record<string, string> = {
	LOG: "INFO",
	DETAIL: "INFO",
	HINT: "INFO",
	STATEMENT: "INFO",
	CONTEXT: "INFO",
	NOTICE: "INFO",
	WARNING: "WARN",
};

const utc = (text: string): string => `${text.replace(" ", "T")}Z`;

function fromJson(line: string, source: LineSource): LogRecord | undefined {
	let fields: Record<string, unknown>;
	try {
		fields = JSON.parse(line);
	} catch {
		return undefined;
	}
	const { time, level, msg, traceId, spanId, service: _service, pod: _pod, ...attributes } = fields;
	return {
		time: String(time),
		...source,
		severity: String(level).toUpperCase(),
		body: String(msg),
		...(typeof traceId === "string" ? { traceId } : {}),
		...(typeof spanId === "string" ? { spanId } : {}),
		...(Object.keys(attributes).length > 0 ? { attributes } : {}),
	};
}

function fromAccessLog(match: RegExpExecArray, line: string, source: LineSource): LogRecord {
	const status = Number(match[3]);
	const severity = status >= 500 ? "ERROR" : status >= 400 ? "WARN" : "INFO";
	return { time: new Date(Number(match[5]) * 1000).toISOString(), ...source, severity, body: line, traceId: match[6] ?? "" };
}

/** One line as a record. `at` is when it arrived, for formats that carry no time of their own to the millisecond. */
export function readLine(line: string, source: LineSource, at: Date = new Date()): LogRecord {
	if (line.startsWith("{")) {
		const record = fromJson(line, source);
		if (record !== undefined) return record;
	}
	const time = at.toISOString();
	const plain = PLAIN.exec(line);
	if (plain !== null) {
		const trace = plain[3] === "-" ? {} : { traceId: plain[3] ?? "" };
		return { time: utc(plain[1] ?? ""), ...source, severity: plain[2] ?? "", body: line, ...trace };
	}
	const logfmt = LOGFMT.exec(line);
	if (logfmt !== null) {
		const trace = / trace=([0-9a-f]{32})/.exec(line)?.[1];
		return {
			time: logfmt[1] ?? time,
			...source,
			severity: (logfmt[2] ?? "").toUpperCase(),
			body: line,
			...(trace === undefined ? {} : { traceId: trace }),
		};
	}
	const postgres = POSTGRES.exec(line);
	if (postgres !== null)
		return { time: utc(postgres[1] ?? ""), ...source, severity: POSTGRES_LEVELS[postgres[2] ?? ""] ?? postgres[2] ?? "", body: line };
	const access = NGINX_ACCESS.exec(line);
	if (access !== null) return fromAccessLog(access, line, source);
	const level = NGINX_ERROR.exec(line)?.[1]?.toUpperCase() ?? REDIS_LEVELS[REDIS.exec(line)?.[1] ?? ""];
	return { time, ...source, ...(level === undefined ? {} : { severity: level }), body: line };
}

/** The edge's own span of a request, which nginx tells in its access log: its id is the first half of the request's. */
export function edgeSpan(line: string): SpanRecord | undefined {
	const match = NGINX_ACCESS.exec(line);
	if (match === null) return undefined;
	const [, client = "", request = "", status = "", seconds = "", end = "", traceId = ""] = match;
	const [method = "", path = ""] = request.split(" ");
	const durationMs = Math.round(Number(seconds) * 1000);
	return {
		time: new Date(Number(end) * 1000 - durationMs).toISOString(),
		traceId,
		spanId: traceId.slice(0, 16),
		service: "nginx",
		name: method,
		durationMs,
		status: Number(status) >= 500 ? "ERROR" : "OK",
		attributes: {
			"span.kind": "server",
			"client.address": client,
			"http.request.method": method,
			"url.path": path.split("?")[0],
			"http.response.status_code": Number(status),
		},
	};
}
