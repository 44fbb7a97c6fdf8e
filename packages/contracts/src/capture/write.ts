import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { AppError } from "../errors.ts";
import type { EvidenceSet } from "../evidence.ts";
import type { MetricSeries } from "../metric.ts";
import { isAlert, isChange, isEvent, isSpan, type Signal } from "../signal.ts";
import { METRIC_COLUMNS } from "./format.ts";

/** Files larger than this are written gzipped. */
const GZIP_FROM_BYTES = 64 * 1024;

export interface WriteCaptureOptions {
	provenance?: { source: string; license: string };
}

/**
 * Writes an EvidenceSet as a capture folder, whole or not at all (a temporary folder beside it, then a rename).
 *
 * @throws AppError BAD_INPUT where the folder already holds something.
 */
export async function writeCapture(directory: string, evidence: EvidenceSet, options: WriteCaptureOptions = {}): Promise<void> {
	await requireNewFolder(directory);
	await mkdir(dirname(directory), { recursive: true });
	const temporary = await mkdtemp(join(dirname(directory), `.${basename(directory)}-`));
	try {
		for (const [name, content] of filesOf(evidence, options)) {
			if (content === "") continue;
			const bytes = Buffer.from(content, "utf8");
			const packed = name !== "capture.json" && bytes.length > GZIP_FROM_BYTES;
			await writeFile(join(temporary, packed ? `${name}.gz` : name), packed ? gzipSync(bytes, { level: 9 }) : bytes);
		}
		await rm(directory, { recursive: true, force: true });
		await rename(temporary, directory);
	} catch (error) {
		await rm(temporary, { recursive: true, force: true });
		throw error;
	}
}

/**
 * Whether a capture can be written there; to be asked before the work of collecting one.
 *
 * @throws AppError BAD_INPUT where the folder already holds something, or is a file.
 */
export async function requireNewFolder(directory: string): Promise<void> {
	const hint = "name a new folder for the capture";
	const existing = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return [];
		throw new AppError(
			"BAD_INPUT",
			error.code === "ENOTDIR" ? `${directory} is not a folder` : `${directory} cannot be read (${error.code})`,
			{ hint },
		);
	});
	if (existing.length > 0) throw new AppError("BAD_INPUT", `${directory} is not empty`, { hint });
}

function filesOf(evidence: EvidenceSet, options: WriteCaptureOptions): [name: string, content: string][] {
	const { id, title, window, alertTime, focus, signals, topology } = evidence;
	const manifest = { version: 1, id, title, start: window.from, end: window.to, alertTime, focus, provenance: options.provenance };
	const events = signals.filter(isEvent);
	const has = (s: (typeof events)[number]) => (s.event.status ? "objects" : s.event.performance ? "performance" : "events");
	return [
		["capture.json", `${JSON.stringify(manifest, null, "\t")}\n`],
		["alerts.ndjson", ndjson(signals.filter(isAlert).map(alertRecord))],
		["logs.ndjson", ndjson(signals.filter((s) => s.kind === "log" || s.kind === "error").map(logRecord))],
		["spans.ndjson", ndjson(signals.filter(isSpan).map(spanRecord))],
		["events.ndjson", ndjson(events.filter((s) => has(s) === "events").map(eventRecord))],
		["objects.ndjson", ndjson(events.filter((s) => has(s) === "objects").map(objectRecord))],
		["performance.ndjson", ndjson(events.filter((s) => has(s) === "performance").map(performanceRecord))],
		["changes.ndjson", ndjson(signals.filter(isChange).map(changeRecord))],
		["metrics.csv", csv(evidence.series)],
		["baseline-metrics.csv", csv(evidence.baselineSeries)],
		["topology.json", topology.nodes.length + topology.edges.length > 0 ? `${JSON.stringify(topology)}\n` : ""],
	];
}

const ndjson = (records: object[]): string => records.map((r) => `${JSON.stringify(r)}\n`).join("");

/** Who saw the record; left out for records that came from a capture without one. */
function origin(s: Signal): object | undefined {
	if (s.source === "capture") return undefined;
	return { source: s.source, id: s.id, url: s.url, redactions: s.redactions || undefined };
}

const attributes = (s: Signal): object | undefined => (Object.keys(s.attributes).length > 0 ? s.attributes : undefined);
const pod = (s: Signal): string | undefined => (s.resource !== s.service ? s.resource : undefined);
const LEVELS = ["", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
/** OpenTelemetry's short name of a severity number; undefined for unknown. */
const level = (s: Signal): string | undefined => LEVELS[Math.ceil(s.severity / 4)] || undefined;

function logRecord(s: Signal): object {
	const error = s.kind === "error" ? { kind: "error", count: s.count, fingerprint: s.fingerprint } : s.count > 1 ? { count: s.count } : {};
	return {
		time: s.time,
		service: s.service,
		pod: pod(s),
		severity: level(s),
		body: s.body,
		traceId: s.traceId,
		spanId: s.spanId,
		attributes: attributes(s),
		...error,
		origin: origin(s),
	};
}

function spanRecord(s: Signal & { span: NonNullable<Signal["span"]> }): object {
	const { name, durationMs, parentId, status } = s.span;
	return {
		time: s.time,
		traceId: s.traceId,
		spanId: s.spanId,
		parentId,
		service: s.service,
		pod: pod(s),
		name,
		durationMs,
		status,
		attributes: attributes(s),
		origin: origin(s),
	};
}

function alertRecord(s: Signal & { alert: NonNullable<Signal["alert"]> }): object {
	const { name, summary, metric, threshold, value, description, state } = s.alert;
	return {
		...s.attributes,
		time: s.time,
		name,
		severity: level(s)?.toLowerCase().replace("fatal", "critical"),
		service: s.service,
		metric,
		threshold,
		value,
		summary,
		description,
		state,
		origin: origin(s),
	};
}

type WithEvent = Signal & { event: NonNullable<Signal["event"]> };

function eventRecord(s: WithEvent): object {
	const { reporter, type, reason, object, lastTime } = s.event;
	return {
		...s.attributes,
		time: s.time,
		lastTime,
		source: reporter,
		type,
		reason,
		object,
		service: s.service,
		message: s.body,
		count: s.count > 1 ? s.count : undefined,
		origin: origin(s),
	};
}

function objectRecord(s: WithEvent): object {
	const { object, status } = s.event;
	return { ...s.attributes, time: s.time, ...object, service: s.service, status, origin: origin(s) };
}

function performanceRecord(s: WithEvent): object {
	return { ...s.event.performance, time: s.time, resource: s.resource, origin: origin(s) };
}

function changeRecord(s: Signal & { change: NonNullable<Signal["change"]> }): object {
	const { type, id, commitId, title, author, files, diff } = s.change;
	return { ...s.attributes, time: s.time, kind: type, service: s.service, id, commitId, title, author, files, diff, origin: origin(s) };
}

function csv(series: readonly MetricSeries[]): string {
	if (series.length === 0) return "";
	const rows = series.flatMap((s) =>
		Array.from(s.times, (t, i) =>
			[new Date(t).toISOString(), s.resource, s.metric, s.unit, Number.isFinite(s.values[i]) ? String(s.values[i]) : ""]
				.map(cell)
				.join(","),
		),
	);
	return `${METRIC_COLUMNS.join(",")}\n${rows.join("\n")}\n`;
}

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
