import type { Scenario } from "./scenarios/scenario.ts";
import type { LogRecord, MetricRecord, Notebook, SpanRecord } from "./telemetry/notebook.ts";
import type { Truth } from "./truth.ts";

/** The most traces with an error, or slower than `SLOW_MS`, that are kept besides the sampled ones. */
const MAX_TROUBLED_TRACES = 250;
const SLOW_MS = 1500;
const FAILING_RATIO = 0.03;

/** When a recording began, ended, and had its fault injected, as ISO times. */
export interface Times {
	start: string;
	end: string;
	injected: string | null;
}

const byTime = (a: { time: string }, b: { time: string }): number => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0);
const share = (traceId: string, from: number): number => Number.parseInt(traceId.slice(from, from + 8), 16) / 2 ** 32;

/** Which traces are kept: a share by their ids, as a head sampler chooses, and of the troubled ones as many as there is room for. */
export function chooseTraces(spans: readonly SpanRecord[], keep: number): (traceId: string) => boolean {
	const troubled = new Set(spans.filter((span) => span.status === "ERROR" || span.durationMs > SLOW_MS).map((span) => span.traceId));
	const keepTroubled = Math.min(1, MAX_TROUBLED_TRACES / Math.max(1, troubled.size));
	return (traceId) => share(traceId, 0) < keep || (troubled.has(traceId) && share(traceId, 8) < keepTroubled);
}

const isWarning = (log: LogRecord): boolean => log.severity !== "INFO" && log.severity !== "DEBUG";

/** The records within the window, in order, thinned by trace: warnings, errors and lines without a trace are all kept. */
export function assemble(notebook: Notebook, times: Times, keepTraces: number): Notebook {
	const within = <T extends { time: string }>(records: readonly T[]): T[] =>
		records.filter(({ time }) => time >= times.start && time <= times.end).sort(byTime);
	const spans = within(notebook.spans);
	const kept = chooseTraces(spans, keepTraces);
	return {
		logs: within(notebook.logs).filter((log) => isWarning(log) || log.traceId === undefined || kept(log.traceId)),
		spans: spans.filter((span) => kept(span.traceId)),
		metrics: within(notebook.metrics),
		events: within(notebook.events),
		changes: within(notebook.changes),
		alerts: within(notebook.alerts),
	};
}

const ERROR_RATIOS = new Set(["http.server.error.ratio", "nginx.responses.5xx.ratio"]);

function meanErrorRatio(metrics: readonly MetricRecord[], resource: string, from: string): number {
	const values = metrics.filter((m) => m.resource === resource && ERROR_RATIOS.has(m.metric) && m.time >= from).map((m) => m.value);
	return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** The truth of a recording: what the scenario did, and how far the failure was measured to reach. */
export function tellTruth(scenario: Scenario, records: Notebook, times: Times, changeIds: ReadonlyMap<string, string>): Truth {
	const { service, culprit, category, firstFailing, remediation } = scenario.truth;
	const changeId = culprit === null ? null : (changeIds.get(culprit) ?? null);
	const { injected } = times;
	const resources = [...new Set(records.metrics.map((m) => m.resource))];
	const failing =
		injected === null ? [] : resources.filter((r) => r !== service && meanErrorRatio(records.metrics, r, injected) > FAILING_RATIO);
	const decoys = records.changes.filter((c) => changeId === null || (c.id !== changeId && c.commitId !== changeId)).map((c) => c.id);
	const firstError = records.logs.find((log) => injected !== null && log.time >= injected && /ERROR|FATAL|CRIT/.test(log.severity ?? ""));
	return {
		healthy: service === null,
		category,
		rootCauses: service === null ? [] : [{ service, changeId }],
		noChange: changeId === null,
		firstFailing,
		blastRadius: failing,
		remediation,
		decoys,
		injectTime: injected,
		firstErrorTime: firstError?.time ?? null,
	};
}
