import { createHash } from "node:crypto";
import type { MetricSeriesWire } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import { exploreLink, type LinkWindow } from "./links.ts";
import type { MatrixRow, Metadata } from "./wire.ts";

/** The labels that name what a series is about, the most precise first. */
const RESOURCE_LABELS = ["resource", "pod", "service", "service_name", "app", "instance", "job"] as const;
const SERVICE_LABELS = ["service", "service_name", "app", "job"] as const;
/** Labels that say where a series comes from, not what it measures. */
const ORIGIN_LABELS = new Set([
	"__name__",
	...RESOURCE_LABELS,
	"namespace",
	"container",
	"cluster",
	"node",
	"endpoint",
	"prometheus",
	"prometheus_replica",
	"replica",
	"uid",
	"id",
	"image",
]);

export interface MetricKind {
	counter: boolean;
	unit: string;
}

/** What metadata says of a metric; where it says nothing, the name does (OpenMetrics: a counter ends in _total). */
export function kindOf(metric: string, metadata: Metadata): MetricKind {
	const family = metric.replace(/_(total|sum|count|bucket)$/, "");
	const entries = metadata[metric] ?? metadata[family] ?? [];
	const types = new Set(entries.map((e) => e.type));
	const units = new Set(entries.map((e) => e.unit));
	const ofFamily = metric !== family && (types.has("histogram") || types.has("summary"));
	const counter = types.has("counter") || ofFamily || (entries.every((e) => e.type === "unknown") && /_total$/.test(metric));
	return { counter, unit: (units.size === 1 ? [...units][0] : "") || unitFromName(metric) };
}

/** Prometheus's convention: base units in the name. */
function unitFromName(metric: string): string {
	if (/_(sum|count|bucket)$/.test(metric) && !/_sum$/.test(metric)) return "";
	return /_(seconds|bytes|ratio|celsius|meters|volts|amperes|joules|grams|percent|milliseconds)(_total|_sum)?$/.exec(metric)?.[1] ?? "";
}

export interface SeriesContext {
	grafanaUrl: string;
	datasource: string;
	/** What was asked, where it was configured; else the series' own metric. */
	query?: string;
	kind: MetricKind;
	window: LinkWindow;
}

/** A series of Prometheus as one of ours: points in [from, to), a counter as its rate per second. Undefined where no point is left. */
export function mapSeries(
	{ metric: labels, values }: MatrixRow,
	context: SeriesContext,
): { series: MetricSeriesWire; redactions: number } | undefined {
	const { kind, window, datasource } = context;
	const raw = values.map(([t, v]): [number, number] => [Math.round(t * 1000), Number(v)]);
	const points = (kind.counter ? ratesOf(raw) : raw).filter(([t]) => t >= window.from && t < window.to);
	if (points.length === 0) return undefined;
	const name = labels.__name__ ?? context.query ?? "value";
	const measured = Object.entries(labels)
		.filter(([k]) => !ORIGIN_LABELS.has(k) && k !== "unit")
		.sort(([a], [b]) => (a < b ? -1 : 1));
	const metric = redact(measured.length === 0 ? name : `${name}{${measured.map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(",")}}`);
	const resource = withoutSecrets(firstOf(labels, RESOURCE_LABELS) ?? "unknown");
	const service = firstOf(labels, SERVICE_LABELS);
	const unit = labels.unit ?? kind.unit;
	const series: MetricSeriesWire = {
		id: `grafana:metric:${createHash("sha256")
			.update(JSON.stringify([datasource, context.query, Object.entries(labels).sort()]))
			.digest("hex")
			.slice(0, 16)}`,
		source: "grafana",
		resource: resource.text,
		...(service === undefined ? {} : { service: withoutSecrets(service).text }),
		metric: metric.text,
		unit: kind.counter ? `${unit}/s` : unit,
		times: points.map(([t]) => t),
		values: points.map(([, v]) => (Number.isFinite(v) ? v : null)),
		url: exploreLink(context.grafanaUrl, datasource, exploreQuery(labels, context), window),
	};
	return { series, redactions: metric.count + resource.count };
}

/**
 * A resource's name without secrets. What looks like an e-mail address stays ("user@db.internal" is a database): a name that
 * is changed is another resource to every other source.
 */
function withoutSecrets(name: string): { text: string; count: number } {
	const redacted = redact(name);
	return redacted.text.replaceAll("[redacted:email]", "").includes("[redacted:") ? redacted : { text: name, count: 0 };
}

function firstOf(labels: Record<string, string>, names: readonly string[]): string | undefined {
	for (const name of names) if (labels[name]) return labels[name];
	return undefined;
}

function exploreQuery(labels: Record<string, string>, { query, kind }: SeriesContext): string {
	if (query !== undefined) return query;
	const selector = `{${Object.entries(labels)
		.map(([k, v]) => `${/^[a-zA-Z_]\w*$/.test(k) ? k : JSON.stringify(k)}=${JSON.stringify(v)}`)
		.join(",")}}`;
	return kind.counter ? `rate(${selector}[5m])` : selector;
}

/** Change per second between neighbouring samples; a fall is a reset, after which the counter began at zero. */
function ratesOf(points: readonly [number, number][]): [number, number][] {
	const rates: [number, number][] = [];
	for (let i = 1; i < points.length; i++) {
		const [before, after] = [points[i - 1], points[i]];
		if (!before || !after || after[0] <= before[0]) continue;
		const change = after[1] < before[1] ? after[1] : after[1] - before[1];
		rates.push([after[0], (change * 1000) / (after[0] - before[0])]);
	}
	return rates;
}
