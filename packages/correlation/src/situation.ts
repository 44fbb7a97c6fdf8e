import type { EvidenceSet, MetricSeries, Signal, SpanSignal } from "@faultline/contracts";
import { isSpan } from "@faultline/contracts";
import { buildResourceGraph, type ResourceGraph } from "./graph/resource-graph.ts";

/** Which template each log belongs to, and what it reads. */
export interface TemplateView {
	/** The template of a signal, by the signal's id. */
	of(signalId: string): string | undefined;
	text(templateId: string): string | undefined;
	/** What a person reads of a record's text: its message, without time, level and ids. */
	headline(body: string): string;
}

export interface Timed<T extends Signal = Signal> {
	signal: T;
	/** Milliseconds since the epoch. */
	at: number;
	candidate: string;
}

export interface TimedLog extends Timed {
	template: string;
}

/** An evidence set with its times parsed and its resources resolved, once. */
export interface Situation {
	evidence: EvidenceSet;
	templates: TemplateView;
	graph: ResourceGraph;
	/** Begin and end of the window, milliseconds since the epoch; records later than the end by more than an hour are not looked at. */
	from: number;
	to: number;
	/** When someone was first alerted; undefined where nobody was. */
	alertAt: number | undefined;
	/** The candidate that alerted or was asked about. */
	focus: string | undefined;
	logs: TimedLog[];
	spans: Timed<SpanSignal>[];
	events: Timed[];
	changes: Timed[];
	alerts: Timed[];
	series: SeriesView[];
}

export interface SeriesView {
	series: MetricSeries;
	candidate: string;
	/** The same metric in an earlier healthy period, not contiguous with the window. */
	baseline: MetricSeries | undefined;
}

const FUTURE_MS = 3_600_000;

export function createSituation(evidence: EvidenceSet, templates: TemplateView): Situation {
	const graph = buildResourceGraph(evidence);
	const from = Date.parse(evidence.window.from);
	const to = Date.parse(evidence.window.to);
	const timed = withoutRepeats(evidence.signals)
		.map((signal) => ({ signal, at: Date.parse(signal.time), candidate: graph.candidateOf(signal.resource, signal.service) }))
		.filter(({ at }) => Number.isFinite(at) && at <= to + FUTURE_MS)
		.sort((a, b) => a.at - b.at);
	const alerts = timed.filter(({ signal }) => signal.kind === "alert");
	const baselines = new Map(evidence.baselineSeries.map((s) => [`${s.resource}\u0000${s.metric}`, s]));
	return {
		evidence,
		templates,
		graph,
		from,
		to,
		alertAt: alertTime(evidence, alerts),
		focus: focusOf(evidence, graph, alerts),
		logs: timed
			.filter(({ signal }) => signal.kind === "log" || signal.kind === "error")
			.map((t) => ({ ...t, template: templates.of(t.signal.id) ?? t.signal.body.slice(0, 120) })),
		spans: timed.filter((t): t is Timed<SpanSignal> => isSpan(t.signal)),
		events: timed.filter(({ signal }) => signal.kind === "event"),
		changes: timed.filter(({ signal }) => signal.kind === "change"),
		alerts,
		series: evidence.series.map((series) => ({
			series,
			candidate: graph.candidateOf(series.resource, series.service),
			baseline: baselines.get(`${series.resource}\u0000${series.metric}`),
		})),
	};
}

/**
 * A span is known by its ids and its time: what exporters that retry, or collections that overlap, delivered twice was one call. So was a line written
 * within it, word for word at the same moment.
 */
function withoutRepeats(signals: readonly Signal[]): Signal[] {
	const seen = new Set<string>();
	return signals.filter((signal) => {
		if (signal.spanId === undefined || (signal.kind !== "span" && signal.kind !== "log")) return true;
		const key = `${signal.kind}\u0000${signal.traceId}\u0000${signal.spanId}\u0000${signal.resource}\u0000${signal.time}\u0000${signal.body}`;
		return !seen.has(key) && seen.add(key);
	});
}

/** Whether an alert says that something is wrong now. */
export function isFiring(signal: Signal): boolean {
	return signal.severity >= 13 && !/^(?:ok|normal|resolved|inactive|healthy|suppressed|cleared)$/i.test(signal.alert?.state ?? "");
}

/** When someone was paged, where that is known: rules also fire now and then for nothing, before it. Else when the first of them fired. */
function alertTime(evidence: EvidenceSet, alerts: readonly Timed[]): number | undefined {
	const given = evidence.alertTime === undefined ? Number.NaN : Date.parse(evidence.alertTime);
	return Number.isFinite(given) ? given : alerts.find(({ signal }) => isFiring(signal))?.at;
}

function focusOf(evidence: EvidenceSet, graph: ResourceGraph, alerts: readonly Timed[]): string | undefined {
	if (evidence.focus !== undefined && evidence.focus !== "") return graph.candidateOf(evidence.focus);
	return alerts.find(({ signal }) => isFiring(signal) && signal.resource !== "unknown")?.candidate;
}
