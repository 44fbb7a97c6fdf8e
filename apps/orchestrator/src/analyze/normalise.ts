import type { ChangeDetail, EvidenceSet, MetricSeries, Signal } from "@faultline/contracts";
import { inferSeverity } from "@faultline/logs";
import { foldTraces } from "./fold-traces.ts";
import { redactOnce, withoutSecrets } from "./without-secrets.ts";

/** Two sources' clocks for one record agree to this, in milliseconds. */
const SAME_MOMENT_MS = 1_000;

/** Takes secrets out, puts records in order, joins traces that came line by line, and makes one of what two sources saw (a pod's log in two stores, a metric in two databases). */
export function normalise(evidence: EvidenceSet): EvidenceSet {
	const clear = redactOnce();
	return {
		...evidence,
		signals: dedupeSignals(foldTraces(evidence.signals.map((signal) => withSeverity(withoutSecrets(signal, clear))))),
		series: dedupeSeries(evidence.series.map(inOrder)),
		baselineSeries: dedupeSeries(evidence.baselineSeries.map(inOrder)),
	};
}

/** A log whose source gives no level has the one that its own text shows. */
function withSeverity(signal: Signal): Signal {
	if (signal.kind !== "log" || signal.severity > 0) return signal;
	const severity = inferSeverity(signal.body);
	return severity === 0 ? signal : { ...signal, severity };
}

/**
 * Signals of the same class, text and moment from several sources are one: the first stays, and takes from the other what it lacks. Two equal lines of
 * one source are two lines.
 */
export function dedupeSignals(signals: readonly Signal[]): Signal[] {
	// One source has no twins.
	if (signals.every((signal) => signal.source === signals[0]?.source)) return [...signals];
	const seen = new Map<string, { sources: Set<string>; at: number; position: number }[]>();
	const kept: Signal[] = [];
	for (const signal of signals) {
		const key = identity(signal);
		const at = Date.parse(signal.time);
		const twins = seen.get(key) ?? [];
		const twin = twins.find((t) => !t.sources.has(signal.source) && Math.abs(t.at - at) <= toleranceOf(signal));
		if (twin === undefined) {
			twins.push({ sources: new Set([signal.source]), at, position: kept.length });
			seen.set(key, twins);
			kept.push(signal);
		} else {
			kept[twin.position] = merge(kept[twin.position] as Signal, signal);
			twin.sources.add(signal.source);
		}
	}
	return kept;
}

function identity(signal: Signal): string {
	const kind = signal.kind === "error" ? "log" : signal.kind;
	switch (kind) {
		case "span":
			return `span\u0000${signal.traceId}\u0000${signal.spanId}`;
		case "change":
			return `change\u0000${kindOfChange(signal)}\u0000${signal.change?.commitId ?? signal.change?.id}\u0000${signal.service ?? ""}`;
		case "alert":
			return `alert\u0000${signal.alert?.name}\u0000${signal.service ?? signal.resource}`;
		case "event":
			return `event\u0000${signal.event?.object.kind}\u0000${signal.event?.object.name}\u0000${signal.event?.reason}\u0000${signal.body}`;
		default:
			return `${kind}\u0000${signal.service ?? signal.resource}\u0000${signal.body.trim()}`;
	}
}

/** Configuration that is kept in a repository is changed by a commit: one source tells of its delivery, another of its content. */
function kindOfChange({ change }: Signal): string | undefined {
	return change?.type === "config" ? "commit" : change?.type;
}

/** One change as two sources tell it: all that either knows. */
function mergeChanges(a: ChangeDetail, b: ChangeDetail): ChangeDetail {
	return { ...b, ...a, type: a.type === "commit" ? b.type : a.type };
}

function toleranceOf(signal: Signal): number {
	return signal.kind === "alert" || signal.kind === "change" ? 300_000 : SAME_MOMENT_MS;
}

function merge(a: Signal, b: Signal): Signal {
	return {
		...b,
		...a,
		severity: Math.max(a.severity, b.severity),
		// The more precise name: a pod rather than its service.
		resource: a.resource === a.service || a.resource === "unknown" ? b.resource : a.resource,
		attributes: { ...b.attributes, ...a.attributes },
		...(a.change !== undefined && b.change !== undefined ? { change: mergeChanges(a.change, b.change) } : {}),
		count: Math.max(a.count, b.count),
	};
}

/** One series per resource and metric: of those from several sources the one with most values stays. */
function dedupeSeries(series: readonly MetricSeries[]): MetricSeries[] {
	const kept = new Map<string, MetricSeries>();
	for (const one of series) {
		const key = `${one.service ?? one.resource}\u0000${one.resource}\u0000${one.metric.toLowerCase().replace(/[^a-z0-9]/g, "")}`;
		let name = key;
		for (let n = 2; kept.get(name)?.source === one.source; n++) name = `${key}\u0000${n}`;
		const other = kept.get(name);
		if (other === undefined || one.times.length > other.times.length) kept.set(name, one);
	}
	return [...kept.values()];
}

/** Values in order of time, the last of each moment kept. */
function inOrder(series: MetricSeries): MetricSeries {
	let sorted = true;
	for (let i = 1; i < series.times.length; i++) if (!((series.times[i] as number) > (series.times[i - 1] as number))) sorted = false;
	if (sorted && !series.times.some(Number.isNaN)) return series;
	const byTime = new Map<number, number>();
	for (let i = 0; i < series.times.length; i++)
		if (Number.isFinite(series.times[i])) byTime.set(series.times[i] as number, series.values[i] as number);
	const times = Float64Array.from(byTime.keys()).sort();
	return { ...series, times, values: times.map((t) => byTime.get(t) as number) };
}
