import type { EvidenceSet, MetricSeries, Signal } from "@faultline/contracts";

/** Figures of one capture, each independent of its names and nearly so of its size; undefined where it lacks what the figure is of. */
export type Profile = Record<Figure, number | undefined>;

export const FIGURES = [
	"logs per minute",
	"spans per minute",
	"alerts per hour",
	"changes per hour",
	"events per hour",
	"share of logs at warning",
	"share of logs at error or worse",
	"share of alerts at error or worse",
	"share of spans that fail",
	"variation of gaps between logs",
	"median gap between logs over mean",
	"slow spans over median",
	"spans per trace",
	"templates per hundred logs",
	"share of templates seen once",
	"series per resource",
	"points per series",
	"share of constant series",
	"variation of a series",
	"jumpiness of a series",
	"share of resources that change",
] as const;
export type Figure = (typeof FIGURES)[number];

/** What a capture looks like, in figures. */
export function profileOf(evidence: EvidenceSet): Profile {
	const { signals, series, window } = evidence;
	const hours = Math.max(1 / 60, (Date.parse(window.to) - Date.parse(window.from)) / 3_600_000);
	const of = (kind: Signal["kind"]) => signals.filter((s) => s.kind === kind);
	const [logs, spans, alerts] = [of("log"), of("span"), of("alert")];
	const gaps = gapsOf(logs);
	const templates = [...Map.groupBy(logs, (s) => `${s.service}${masked(s.body)}`).values()].map((g) => g.length);
	const varying = series.filter((s) => spreadOf(s.values) > 0);
	return {
		"logs per minute": some(logs, logs.length / hours / 60),
		"spans per minute": some(spans, spans.length / hours / 60),
		"alerts per hour": alerts.length / hours,
		"changes per hour": some(of("change"), of("change").length / hours),
		"events per hour": some(of("event"), of("event").length / hours),
		"share of logs at warning": share(logs, (s) => s.severity >= 13 && s.severity < 17),
		"share of logs at error or worse": share(logs, (s) => s.severity >= 17),
		"share of alerts at error or worse": share(alerts, (s) => s.severity >= 17),
		"share of spans that fail": share(spans, (s) => s.severity >= 17),
		"variation of gaps between logs": some(gaps, deviation(gaps) / Math.max(1e-9, mean(gaps))),
		"median gap between logs over mean": some(gaps, quantile(gaps, 0.5) / Math.max(1e-9, mean(gaps))),
		"slow spans over median": some(spans, tail(spans.map((s) => s.span?.durationMs ?? 0))),
		"spans per trace": some(spans, spans.length / new Set(spans.map((s) => s.traceId)).size),
		"templates per hundred logs": some(logs, (100 * templates.length) / logs.length),
		"share of templates seen once": share(templates, (n) => n === 1),
		"series per resource": some(series, series.length / new Set(series.map((s) => s.resource)).size),
		"points per series": some(series, mean(series.map((s) => s.values.length))),
		"share of constant series": share(series, (s) => spreadOf(s.values) === 0),
		"variation of a series": some(
			varying,
			quantile(
				varying.map((s) => deviation([...s.values]) / Math.max(1e-12, Math.abs(mean([...s.values])))),
				0.5,
			),
		),
		"jumpiness of a series": some(varying, quantile(varying.map(jumpiness), 0.5)),
		"share of resources that change": changing(series),
	};
}

/** A body without what varies from line to line: digits, identifiers, quoted values. */
const masked = (body: string) =>
	body
		.slice(0, 400)
		.replaceAll(/[0-9a-f]{8,}|\d+(?:\.\d+)?/g, "#")
		.replaceAll(/"[^"]*"(?=[,}\s])/g, '"#"');

const some = (of: readonly unknown[], value: number): number | undefined => (of.length === 0 ? undefined : value);
const share = <T>(of: readonly T[], is: (one: T) => boolean): number | undefined => some(of, of.filter(is).length / of.length);
const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / Math.max(1, xs.length);

function deviation(xs: readonly number[]): number {
	const m = mean(xs);
	return Math.sqrt(mean(xs.map((x) => (x - m) ** 2)));
}

function quantile(xs: readonly number[], q: number): number {
	const sorted = xs.filter(Number.isFinite).sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

const tail = (xs: readonly number[]) => quantile(xs, 0.99) / Math.max(1e-6, quantile(xs, 0.5));
const spreadOf = (values: Float64Array) => quantile([...values], 1) - quantile([...values], 0);

function gapsOf(logs: readonly Signal[]): number[] {
	const times = logs.map((s) => Date.parse(s.time)).sort((a, b) => a - b);
	return times.slice(1).map((t, i) => t - (times[i] ?? t));
}

/** How much of a series' spread it crosses from one sample to the next: 0 for a slow drift, about 1.1 for white noise. */
function jumpiness({ values }: MetricSeries): number {
	const steps = [...values].slice(1).map((v, i) => Math.abs(v - (values[i] ?? v)));
	return mean(steps) / Math.max(1e-12, deviation([...values]));
}

/** Share of resources of which some series leaves, in its last quarter, what it was in its first half: beyond six robust deviations. */
function changing(series: readonly MetricSeries[]): number | undefined {
	const resources = [
		...Map.groupBy(
			series.filter((s) => s.values.length >= 12),
			(s) => s.resource,
		).values(),
	];
	return share(resources, (own) => own.some(leaves));
}

function leaves({ values }: MetricSeries): boolean {
	const first = [...values.slice(0, Math.floor(values.length / 2))];
	const last = [...values.slice(Math.floor(0.75 * values.length))];
	const centre = quantile(first, 0.5);
	const scale = Math.max(
		1.4826 *
			quantile(
				first.map((v) => Math.abs(v - centre)),
				0.5,
			),
		0.02 * Math.abs(centre),
		1e-9,
	);
	return Math.abs(quantile(last, 0.5) - centre) / scale > 6;
}

/** One figure of two sets of captures: their medians, and how far apart they lie. */
export interface Compared {
	figure: Figure;
	real: number;
	generated: number;
	/** Of the real captures, how many lie within the range of the generated ones (their least and greatest). */
	covered: number;
	/** Kolmogorov and Smirnov's two-sample distance: the greatest difference of the two distribution functions. */
	distance: number;
	count: number;
}

/** Compares two sets of captures, figure by figure; those that either lacks are left out. */
export function compareProfiles(real: readonly Profile[], generated: readonly Profile[]): Compared[] {
	return FIGURES.flatMap((figure): Compared[] => {
		const [a, b] = [real, generated].map(
			(set) => set.map((p) => p[figure]).filter((v) => v !== undefined && Number.isFinite(v)) as number[],
		);
		if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return [];
		const [low, high] = [Math.min(...b), Math.max(...b)];
		const covered = a.filter((v) => v >= low && v <= high).length / a.length;
		return [{ figure, real: quantile(a, 0.5), generated: quantile(b, 0.5), covered, distance: ksDistance(a, b), count: a.length }];
	});
}

/** sup |F(x) - G(x)| of two samples. */
export function ksDistance(a: readonly number[], b: readonly number[]): number {
	const below = (xs: readonly number[], x: number) => xs.filter((v) => v <= x).length / xs.length;
	return Math.max(0, ...[...a, ...b].map((x) => Math.abs(below(a, x) - below(b, x))));
}
