import type { EvidenceSet, MetricSeries, Signal } from "@faultline/contracts";
import { mergeSignals } from "@faultline/correlation";
import { inferSeverity } from "@faultline/logs";
import { foldTraces } from "./fold-traces.ts";
import { redactOnce, withoutSecrets } from "./without-secrets.ts";

/** Two sources' clocks for one record agree to this, in milliseconds. */
const SAME_MOMENT_MS = 1_000;
/** How sure it is that records of one name are one. */
const SAME_IDENTITY = 0.98;

/** Takes secrets out, puts records in order, joins traces that came line by line, and makes one of a change, a platform's event, a span or a metric that two sources name alike. Lines and alerts are matched once their templates are known. */
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

/** Spans, changes and events of one identity and moment from several sources are one: the first stays, and takes from the other what it lacks. */
export function dedupeSignals(signals: readonly Signal[]): Signal[] {
	// One source has no twins.
	if (signals.every((signal) => signal.source === signals[0]?.source)) return [...signals];
	const seen = new Map<string, { sources: Set<string>; at: number; position: number }[]>();
	const kept: Signal[] = [];
	for (const signal of signals) {
		const key = identity(signal);
		const at = Date.parse(signal.time);
		const twins = key === undefined ? [] : (seen.get(key) ?? []);
		const twin = twins.find((t) => !t.sources.has(signal.source) && Math.abs(t.at - at) <= toleranceOf(signal));
		if (twin === undefined) {
			twins.push({ sources: new Set([signal.source]), at, position: kept.length });
			if (key !== undefined) seen.set(key, twins);
			kept.push(signal);
		} else {
			kept[twin.position] = withTwin(kept[twin.position] as Signal, signal);
			twin.sources.add(signal.source);
		}
	}
	return kept;
}

/** What tells a record from others of its kind, in every source; undefined for those that have no such name. */
function identity(signal: Signal): string | undefined {
	switch (signal.kind) {
		case "span":
			return `span\u0000${signal.traceId}\u0000${signal.spanId}`;
		case "change":
			return `change\u0000${kindOfChange(signal)}\u0000${signal.change?.commitId ?? signal.change?.id}\u0000${signal.service ?? ""}`;
		case "event":
			return `event\u0000${signal.event?.object.kind}\u0000${signal.event?.object.name}\u0000${signal.event?.reason}\u0000${signal.body}`;
		default:
			return undefined;
	}
}

function withTwin(one: Signal, twin: Signal): Signal {
	const { source, kind, id, url } = twin;
	const also = { source, kind, id, ...(url === undefined ? {} : { url }), confidence: SAME_IDENTITY, reason: `same ${kind}` };
	return { ...mergeSignals(one, twin), seenBy: [...(one.seenBy ?? []), also] };
}

/** Configuration that is kept in a repository is changed by a commit: one source tells of its delivery, another of its content. */
function kindOfChange({ change }: Signal): string | undefined {
	return change?.type === "config" ? "commit" : change?.type;
}

function toleranceOf(signal: Signal): number {
	return signal.kind === "change" ? 300_000 : SAME_MOMENT_MS;
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
