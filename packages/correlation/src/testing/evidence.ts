import type { ChangeDetail, EvidenceSet, MetricSeries, Signal } from "@faultline/contracts";
import { callsOf, correlate, createSituation, locateOnset, type SeriesVerdict, type TemplateView } from "../index.ts";
import { createDeviation } from "../temporal/robust.ts";

/** Noon of a day; minutes are counted from here. */
export const NOON = Date.UTC(2026, 0, 5, 12);
export const at = (minutes: number): string => new Date(NOON + minutes * 60_000).toISOString();

let n = 0;
export function signal(more: Partial<Signal> & Pick<Signal, "kind" | "time">): Signal {
	return {
		id: `s${++n}`,
		source: "test",
		severity: 9,
		resource: more.service ?? "unknown",
		body: "",
		attributes: {},
		count: 1,
		redactions: 0,
		...more,
	};
}

export const log = (minutes: number, service: string, body: string, severity = 9): Signal =>
	signal({ kind: "log", time: at(minutes), service, resource: service, body, severity });

export const alert = (minutes: number, service: string, name: string, more: Partial<Signal> = {}): Signal =>
	signal({
		kind: "alert",
		time: at(minutes),
		service,
		resource: service,
		severity: 21,
		body: name,
		alert: { name, summary: name },
		...more,
	});

export const change = (minutes: number, detail: Partial<ChangeDetail> & Pick<ChangeDetail, "type" | "id">, service?: string): Signal =>
	signal({
		kind: "change",
		time: at(minutes),
		...(service === undefined ? {} : { service }),
		resource: service ?? "unknown",
		body: detail.title ?? detail.id,
		change: { title: detail.id, ...detail },
	});

/** A call and those that it makes, as spans: [service, operation, milliseconds, status, children]. */
export type CallTree = [service: string, name: string, ms: number, status: string, children?: CallTree[]];

export function trace(minutes: number, tree: CallTree, id = `t${++n}`): Signal[] {
	const spans: Signal[] = [];
	const walk = ([service, name, ms, status, children = []]: CallTree, parentId: string | undefined): void => {
		const spanId = `p${++n}`;
		spans.push(
			signal({
				kind: "span",
				time: at(minutes),
				service,
				resource: service,
				body: name,
				severity: status === "ERROR" ? 17 : 9,
				traceId: id,
				spanId,
				span: { name, durationMs: ms, status, ...(parentId === undefined ? {} : { parentId }) },
			}),
		);
		for (const child of children) walk(child, spanId);
	};
	walk(tree, undefined);
	return spans;
}

/** One value a minute from `from` on. */
export function series(resource: string, metric: string, values: readonly number[], from = -60, unit = ""): MetricSeries {
	return {
		id: `m:${resource}:${metric}`,
		source: "test",
		resource,
		service: resource,
		metric,
		unit,
		times: Float64Array.from(values, (_, i) => NOON + (from + i) * 60_000),
		values: Float64Array.from(values),
	};
}

/** `length` values about a level, by a fixed pattern that repeats every 7. */
export const level = (length: number, about: number, jitter = 0.02): number[] =>
	Array.from({ length }, (_, i) => about * (1 + jitter * (((i * 3) % 7) / 3 - 1)));

export function evidence(more: Partial<EvidenceSet>): EvidenceSet {
	return {
		id: "test",
		title: "a test",
		window: { from: at(-60), to: at(15) },
		signals: [],
		series: [],
		baselineSeries: [],
		topology: { nodes: [], edges: [] },
		coverage: [{ source: "test", status: "ok", from: at(-60), to: at(15), truncated: false }],
		...more,
	};
}

/** Templates for tests: a line with its numbers dropped is one. */
export function templatesOf(set: EvidenceSet): TemplateView {
	const of = new Map(set.signals.map((s) => [s.id, s.body.replace(/\d+/g, "#")]));
	return { of: (id) => of.get(id), text: (id) => id, headline: (body) => body };
}

/** The whole of this package over an evidence set, with robust deviations in place of the detectors of `@faultline/anomaly`. */
export function analyse(set: EvidenceSet) {
	const situation = createSituation(set, templatesOf(set));
	const calls = callsOf(situation);
	const moment = locateOnset(situation, calls);
	const verdicts = new Map<string, SeriesVerdict>();
	for (const { series: s, baseline } of situation.series) {
		const start = s.times.findIndex((t) => t >= moment.onset);
		if (start < 4 && baseline === undefined) continue;
		const deviation = createDeviation(baseline?.values ?? s.values.subarray(0, start));
		const scores = Float64Array.from(s.values.subarray(Math.max(0, start)), (v) => Math.abs(deviation(v)) / 4);
		const peak = scores.reduce((a, b) => Math.max(a, b), 0);
		const where = scores.indexOf(peak);
		const peakValue = s.values[Math.max(0, start) + where];
		const first = scores.findIndex((x) => x > 1);
		verdicts.set(s.id, {
			peak,
			peakValue,
			onset: first < 0 ? undefined : s.times[Math.max(0, start) + first],
			direction: peak <= 1 ? "none" : deviation(peakValue ?? 0) > 0 ? "up" : "down",
			anomalous: peak > 1,
			words: peak > 1 ? [`robust z ${(peak * 4).toFixed(1)}`] : [],
			scores,
		});
	}
	return { analysis: correlate({ situation, moment, calls, verdicts }), moment, situation };
}
