import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { AppError } from "../errors.ts";
import { EMPTY_TOPOLOGY, type EvidenceSet, type Topology, type Window } from "../evidence.ts";
import type { MetricSeries } from "../metric.ts";
import type { Signal } from "../signal.ts";
import { linesOf, readCaptureFile } from "./file.ts";
import {
	AlertRecord,
	CaptureManifest,
	CaptureTopology,
	ChangeRecord,
	EventRecord,
	LogRecord,
	ObjectRecord,
	PerformanceRecord,
	SpanRecord,
} from "./format.ts";
import { parseMetricsCsv } from "./metrics-csv.ts";
import { alertSignal, changeSignal, eventSignal, logSignal, objectSignal, performanceSignal, spanSignal } from "./records.ts";

/** What is told of a capture that is a manifest and nothing else. */
export const NO_RECORD = "the capture holds no record at all";

/** So many problems of one file are told one by one; the rest are counted. */
const TOLD_PER_FILE = 3;

type Mapped = { file: string; prefix: string; parse(value: unknown, id: string, end: string): Signal | string };

function mapped<S extends z.ZodType>(
	file: string,
	prefix: string,
	schema: S,
	map: (id: string, record: z.output<S>, end: string) => Signal,
): Mapped {
	return {
		file,
		prefix,
		parse(value, id, end) {
			const result = schema.safeParse(value);
			if (result.success) return map(id, result.data, end);
			const issue = result.error.issues[0];
			return `${issue?.path.join(".") || "record"}: ${issue?.message ?? "not as expected"}`;
		},
	};
}

const RECORD_FILES: readonly Mapped[] = [
	mapped("alerts.ndjson", "alert", AlertRecord, alertSignal),
	mapped("changes.ndjson", "change", ChangeRecord, changeSignal),
	mapped("events.ndjson", "event", EventRecord, eventSignal),
	mapped("objects.ndjson", "object", ObjectRecord, objectSignal),
	mapped("performance.ndjson", "performance", PerformanceRecord, performanceSignal),
	mapped("logs.ndjson", "log", LogRecord, logSignal),
	mapped("spans.ndjson", "span", SpanRecord, spanSignal),
];

/** Collects problems, telling the first few of each file and counting the rest. */
class Problems {
	readonly #byFile = new Map<string, string[]>();

	add(file: string, text: string): void {
		const list = this.#byFile.get(file) ?? [];
		this.#byFile.set(file, list);
		list.push(text);
	}

	list(): string[] {
		return [...this.#byFile].flatMap(([file, all]) =>
			all.length <= TOLD_PER_FILE ? all : [...all.slice(0, TOLD_PER_FILE), `${file}: ${all.length - TOLD_PER_FILE} more such problems`],
		);
	}
}

/**
 * Reads a capture folder (`docs/capture-format.md`). Every file but capture.json may be missing; broken records are left
 * out and told in `coverage`; truth.json is never opened.
 *
 * @throws AppError BAD_INPUT where there is no folder, or capture.json is missing or unusable.
 */
export async function readCapture(directory: string): Promise<EvidenceSet> {
	const manifest = await readManifest(directory);
	const problems = new Problems();
	const end = manifest.end ?? manifest.alertTime ?? manifest.start ?? new Date(0).toISOString();
	const lists = await Promise.all(RECORD_FILES.map((file) => readRecords(directory, file, end, problems)));
	const signals = lists.flat().sort(byTime);
	const services = serviceByResource(signals);
	const series = withServices(await readMetrics(directory, "metrics.csv", "metric", problems), services);
	const baselineSeries = withServices(await readMetrics(directory, "baseline-metrics.csv", "baseline", problems), services);
	const topology = await readTopology(directory, problems);
	const window = windowOf(manifest, signals, series);
	const late = signals.filter((s) => Date.parse(s.time) > Date.parse(window.to) + 60_000).length;
	if (late > 0) problems.add("window", `${late} records are later than the capture's end: a clock is wrong, or the end is`);
	if (signals.length + series.length + baselineSeries.length === 0) problems.add("records", NO_RECORD);
	const told = problems.list();
	return {
		id: manifest.id,
		title: manifest.title,
		window,
		...(manifest.alertTime ? { alertTime: manifest.alertTime } : {}),
		...(manifest.focus ? { focus: manifest.focus } : {}),
		signals,
		series,
		baselineSeries,
		topology,
		coverage: [
			{
				source: "capture",
				status: told.length > 0 ? "partial" : "ok",
				...window,
				truncated: false,
				...(told.length > 0 ? { skipped: told, reason: told[0] ?? "" } : {}),
			},
		],
	};
}

/** The manifest of a capture, checked. */
export async function readManifest(directory: string): Promise<CaptureManifest> {
	const folder = await stat(directory).catch(() => undefined);
	if (!folder?.isDirectory())
		throw new AppError("BAD_INPUT", `there is no capture folder at ${directory}`, { hint: "give the folder that holds capture.json" });
	const { bytes, problems } = await readCaptureFile(directory, "capture.json");
	if (!bytes && problems[0] !== undefined)
		throw new AppError("BAD_INPUT", `${directory}: ${problems[0]}`, { hint: "it must be a file that you may read" });
	if (!bytes)
		throw new AppError("BAD_INPUT", `${directory} holds no capture.json`, {
			hint: "is it a capture? `faultline record --out DIR` writes one",
		});
	const problem = (why: string) =>
		new AppError("BAD_INPUT", `${join(directory, "capture.json")}: ${why}`, { hint: 'it must hold at least {"version": 1, "id": "..."}' });
	let value: unknown;
	try {
		// Some editors begin a file with a byte order mark.
		value = JSON.parse(bytes.toString("utf8").replace(/^\ufeff/, ""));
	} catch {
		throw problem("not JSON (truncated?)");
	}
	const result = CaptureManifest.safeParse(value);
	if (!result.success) throw problem(result.error.issues.map((i) => `${i.path.join(".") || "file"}: ${i.message}`).join("; "));
	const { start, end } = result.data;
	if (start !== undefined && end !== undefined && !(Date.parse(start) < Date.parse(end))) throw problem("start is not before end");
	return result.data;
}

async function readRecords(directory: string, { file, prefix, parse }: Mapped, end: string, problems: Problems): Promise<Signal[]> {
	const { bytes, problems: found } = await readCaptureFile(directory, file);
	for (const p of found) problems.add(file, p);
	const signals: Signal[] = [];
	for (const { line, number, last } of bytes ? linesOf(bytes) : []) {
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch {
			problems.add(file, `${file}:${number}: ${last ? "the last line is cut off" : "not JSON"}: left out`);
			continue;
		}
		const signal = parse(value, `${prefix}:${number}`, end);
		if (typeof signal === "string") problems.add(file, `${file}:${number}: ${signal}: left out`);
		else signals.push(signal);
	}
	return signals;
}

async function readMetrics(directory: string, file: string, prefix: string, problems: Problems): Promise<MetricSeries[]> {
	const { bytes, problems: found } = await readCaptureFile(directory, file);
	for (const p of found) problems.add(file, p);
	return bytes ? parseMetricsCsv(bytes, file, prefix, (text) => problems.add(file, text)) : [];
}

async function readTopology(directory: string, problems: Problems): Promise<Topology> {
	const { bytes, problems: found } = await readCaptureFile(directory, "topology.json");
	for (const p of found) problems.add("topology.json", p);
	if (!bytes) return EMPTY_TOPOLOGY;
	try {
		const { nodes, edges } = CaptureTopology.parse(JSON.parse(bytes.toString("utf8").replace(/^\ufeff/, "")));
		return {
			nodes: nodes.map(({ id }) => ({ id })),
			edges: edges.map(({ from, to, kind }) => ({
				from,
				to,
				kind: kind === "owns" || kind === "runs-on" ? kind : "calls",
				learnedFrom: "capture",
			})),
		};
	} catch {
		problems.add("topology.json", "topology.json is not {nodes: [{id}], edges: [{from, to}]}: left out");
		return EMPTY_TOPOLOGY;
	}
}

/** ISO times with the same zone sort as text; others by their instant. */
function byTime(a: Signal, b: Signal): number {
	if (a.time.endsWith("Z") && b.time.endsWith("Z") && a.time.length === b.time.length)
		return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
	return Date.parse(a.time) - Date.parse(b.time);
}

function serviceByResource(signals: readonly Signal[]): Map<string, string> {
	const found = new Map<string, string>();
	for (const s of signals) if (s.service && s.resource !== s.service) found.set(s.resource, s.service);
	return found;
}

function withServices(series: MetricSeries[], services: Map<string, string>): MetricSeries[] {
	return series.map((s) => {
		const service = services.get(s.resource);
		return service === undefined ? s : { ...s, service };
	});
}

function windowOf(manifest: CaptureManifest, signals: readonly Signal[], series: readonly MetricSeries[]): Window {
	const seen = [signals[0]?.time, signals.at(-1)?.time].filter((t) => t !== undefined).map((t) => Date.parse(t));
	for (const s of series) seen.push(s.times[0] ?? Number.NaN, s.times.at(-1) ?? Number.NaN);
	const known = seen.filter(Number.isFinite);
	const earliest = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
	const latest = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
	const from = manifest.start ?? (Number.isFinite(earliest) ? new Date(earliest).toISOString() : undefined);
	const to = manifest.end ?? (Number.isFinite(latest) ? new Date(latest).toISOString() : undefined);
	if (!from || !to)
		throw new AppError("BAD_INPUT", "the capture has neither a start and an end nor any record", {
			hint: "add start and end to capture.json",
		});
	return { from, to };
}
