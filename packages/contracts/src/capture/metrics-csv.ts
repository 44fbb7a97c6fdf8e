import { parse } from "csv-parse/sync";
import type { MetricSeries } from "../metric.ts";
import { linesOf } from "./file.ts";
import { METRIC_COLUMNS } from "./format.ts";

interface Growing {
	resource: string;
	metric: string;
	unit: string;
	times: number[];
	values: number[];
	ordered: boolean;
}

/**
 * Long-form metrics (`time,resource,metric,unit,value`) as series, each ascending in time; of two rows with the same
 * time the later row counts. `problem` is called once per unreadable row.
 */
export function parseMetricsCsv(bytes: Buffer, name: string, idPrefix: string, problem: (text: string) => void): MetricSeries[] {
	const growing = new Map<string, Growing>();
	let columns: number[] | undefined;
	for (const { line, number } of linesOf(bytes)) {
		const cells = cellsOf(line);
		if (!cells) {
			problem(`${name}:${number}: not a CSV row`);
			continue;
		}
		if (!columns) {
			columns = METRIC_COLUMNS.map((c) => cells.indexOf(c));
			const missing = METRIC_COLUMNS.filter((c) => c !== "unit" && !cells.includes(c));
			if (missing.length > 0) {
				problem(`${name}: its header lacks ${missing.join(", ")}: the file was left out`);
				return [];
			}
			continue;
		}
		const [time, resource, metric, unit, value] = columns.map((c) => cells[c] ?? "");
		const at = Date.parse(time ?? "");
		const y = value === "" || value === undefined ? Number.NaN : Number(value);
		if (!Number.isFinite(at) || !resource || !metric) problem(`${name}:${number}: the row lacks a time, a resource or a metric`);
		else append(growing, resource, metric, unit ?? "", at, y);
	}
	return [...growing.values()].map((g, i) => ({
		id: `${idPrefix}:${i + 1}`,
		source: "capture",
		resource: g.resource,
		metric: g.metric,
		unit: g.unit,
		...ascending(g),
	}));
}

/** Quotes are rare in metric files: only rows that have them pay for a CSV parser. */
function cellsOf(line: string): string[] | undefined {
	if (!line.includes('"')) return line.split(",");
	try {
		return (parse(line, { relax_column_count: true }) as string[][])[0];
	} catch {
		return undefined;
	}
}

function append(growing: Map<string, Growing>, resource: string, metric: string, unit: string, at: number, value: number): void {
	const key = `${resource}\u0000${metric}\u0000${unit}`;
	let series = growing.get(key);
	if (!series) {
		series = { resource, metric, unit, times: [], values: [], ordered: true };
		growing.set(key, series);
	}
	const previous = series.times.at(-1);
	if (previous !== undefined && at <= previous) series.ordered = false;
	series.times.push(at);
	series.values.push(value);
}

function ascending(g: Growing): { times: Float64Array; values: Float64Array } {
	if (g.ordered) return { times: Float64Array.from(g.times), values: Float64Array.from(g.values) };
	const byTime = new Map(g.times.map((t, i) => [t, g.values[i] ?? Number.NaN]));
	const times = Float64Array.from(byTime.keys()).sort();
	return { times, values: times.map((t) => byTime.get(t) ?? Number.NaN) };
}
