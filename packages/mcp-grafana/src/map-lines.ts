import { createHash } from "node:crypto";
import { type Signal, severityOf } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import { exploreModelLink } from "./links.ts";

const SERVICE = [
	"service_name",
	"service",
	"service.name",
	"app",
	"app_kubernetes_io_name",
	"kubernetes.labels.app_kubernetes_io/name",
	"kubernetes.labels.app",
	"job",
	"container",
	"kubernetes.container.name",
];
const RESOURCE = ["pod", "kubernetes.pod.name", "kubernetes.pod_name", "instance", "host", "host.name", "hostname", "node"];
const LEVEL = ["level", "detected_level", "severity", "lvl", "log.level", "levelname"];
const TRACE = ["trace_id", "traceId", "traceID", "trace.id"];
const SPAN = ["span_id", "spanId", "span.id"];
const BODY = ["message", "msg", "log", "body", "event"];
const HEAD = 160;
const LEVEL_WORD =
	/\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL|PANIC)\b|\[(trace|debug|info|notice|warn|warning|error|crit|alert|emerg)\]|\b(?:level|severity|lvl)=["']?(\w+)/;
const TRACE_TEXT = /\b(?:trace[-_.]?id|traceparent)["']?\s{0,3}[=:]\s{0,3}["']?(?:[0-9a-f]{2}-)?([0-9a-f]{32})/i;
/** The link of one line shows this much around it. */
const AROUND_MS = 60_000;

export interface LogLine {
	/** Loki's labels; of other data sources the fields beside the text. */
	labels: Record<string, string>;
	/** Nanoseconds since the epoch. */
	at: bigint;
	text: string;
}

/** Identity of a line: Loki keeps one of those that are equal in stream, time and text. */
export function lineKey(line: LogLine): string {
	return createHash("sha256")
		.update(JSON.stringify([Object.entries(line.labels).sort(), String(line.at), line.text]))
		.digest("base64url")
		.slice(0, 16);
}

/** Nanoseconds since the epoch as ISO 8601 with all of them. */
export function isoOf(at: bigint): string {
	const ms = at / 1_000_000n;
	return `${new Date(Number(ms)).toISOString().slice(0, 19)}.${String(at % 1_000_000_000n).padStart(9, "0")}Z`;
}

/** A line as a record: labels say where it is from; JSON is taken apart. `model` is the query that shows its surroundings. */
export function mapLine(
	line: LogLine,
	datasource: { uid: string; type: string },
	base: string,
	model: object = { expr: selectorOf(line.labels) },
): Signal {
	const { labels, at } = line;
	const fields = objectOf(line.text) ?? {};
	const first = (names: readonly string[], ...from: Record<string, unknown>[]): string | undefined => {
		for (const source of from)
			for (const name of names) {
				const value = source[name];
				if (typeof value === "string" && value !== "") return value;
				if (typeof value === "number" && names === LEVEL) return numericLevel(value);
			}
		return undefined;
	};
	const body = redact(first(BODY, fields) ?? line.text.replace(/[\r\n]+$/, ""));
	const words = LEVEL_WORD.exec(line.text.slice(0, HEAD));
	const level = first(LEVEL, fields, labels);
	const service = first(SERVICE, labels, fields);
	const [traceId, spanId] = [first(TRACE, fields, labels) ?? TRACE_TEXT.exec(line.text.slice(0, 4_096))?.[1], first(SPAN, fields, labels)];
	const known = new Set([...BODY, ...LEVEL, ...TRACE, ...SPAN]);
	const rest = redactDeep(Object.fromEntries(Object.entries(fields).filter(([name]) => !known.has(name))));
	const ms = Number(at / 1_000_000n);
	return {
		id: `grafana:log:${datasource.uid}:${lineKey(line)}`,
		source: "grafana",
		kind: "log",
		time: isoOf(at),
		severity: severityOf(level) || severityOf(words?.[1] ?? words?.[2] ?? words?.[3]),
		...(service === undefined ? {} : { service }),
		resource: first(RESOURCE, labels) ?? service ?? "unknown",
		...(traceId === undefined ? {} : { traceId }),
		...(spanId === undefined ? {} : { spanId }),
		body: body.text,
		attributes: { ...rest.value, labels: redactDeep(labels).value },
		count: 1,
		url: exploreModelLink(base, datasource, model, { from: ms - AROUND_MS, to: ms + AROUND_MS }),
		redactions: body.count + rest.count,
	};
}

function selectorOf(labels: Record<string, string>): string {
	const matchers = Object.entries(labels).filter(([name]) => name !== "detected_level");
	return `{${matchers.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`;
}

const numericLevel = (n: number): string =>
	n >= 60 ? "fatal" : n >= 50 ? "error" : n >= 40 ? "warn" : n >= 30 ? "info" : n >= 20 ? "debug" : "trace";

function objectOf(text: string): Record<string, unknown> | undefined {
	if (!text.startsWith("{")) return undefined;
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}
