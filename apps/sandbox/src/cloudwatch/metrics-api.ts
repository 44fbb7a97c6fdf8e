import { z } from "zod";
import type { World } from "../world.ts";
import { type Operation, parseInput } from "./logs-api.ts";
import { type Metric, metricsOf } from "./metric-names.ts";
import { pageOf, readToken, writeToken } from "./page-token.ts";
import { ServiceError } from "./service-error.ts";
import { isStatistic, statisticOf } from "./statistics.ts";

const INVALID = "InvalidParameterValue";
const LISTED_PER_PAGE = 500;
const MAX_DATAPOINTS = 100_800;

/** A time as JSON (epoch seconds) or the Query protocol (ISO 8601, or seconds as text) gives it; in milliseconds. */
const when = z.union([z.number(), z.string()]).transform((v, context) => {
	const ms = typeof v === "number" ? v * 1000 : /^\d+(\.\d+)?$/.test(v) ? Number(v) * 1000 : Date.parse(v);
	if (Number.isFinite(ms)) return ms;
	context.addIssue({ code: "custom", message: "is not a time" });
	return z.NEVER;
});
const period = z.coerce
	.number()
	.int()
	.refine((p) => [1, 5, 10, 20, 30].includes(p) || (p > 0 && p % 60 === 0), "must be 1, 5, 10, 20, 30 or a multiple of 60");
const dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
const ListMetrics = z.object({
	Namespace: z.string().optional(),
	MetricName: z.string().optional(),
	Dimensions: z.array(z.object({ Name: z.string(), Value: z.string().optional() })).default([]),
	NextToken: z.string().optional(),
});
const Query = z.object({
	Id: z.string().regex(/^[a-z]\w*$/, "must start with a lower-case letter"),
	Expression: z.string().optional(),
	ReturnData: z.boolean().default(true),
	MetricStat: z
		.object({
			Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
			Period: period,
			Stat: z.string().refine(isStatistic, "is not a statistic"),
			Unit: z.string().optional(),
		})
		.optional(),
	Label: z.string().optional(),
});
const MetricData = z.object({
	MetricDataQueries: z.array(Query).min(1).max(500),
	StartTime: when,
	EndTime: when,
	NextToken: z.string().optional(),
	ScanBy: z.enum(["TimestampAscending", "TimestampDescending"]).default("TimestampDescending"),
	MaxDatapoints: z.coerce.number().int().min(1).max(MAX_DATAPOINTS).default(MAX_DATAPOINTS),
});
const Statistics = z.object({
	Namespace: z.string(),
	MetricName: z.string(),
	Dimensions: dimensions,
	StartTime: when,
	EndTime: when,
	Period: period,
	Statistics: z.array(z.string().refine(isStatistic, "is not a statistic")).default([]),
	Unit: z.string().optional(),
});

/** CloudWatch metrics: the reading operations, over the series of a world. */
export function metricsOperations(world: World): Record<string, Operation> {
	const metrics = metricsOf(world);
	const byKey = new Map(metrics.map((m) => [keyOf(m), m]));
	return {
		ListMetrics: (input) => listMetrics(metrics, parseInput(ListMetrics, input, INVALID)),
		GetMetricData: (input) => getMetricData(byKey, parseInput(MetricData, input, "ValidationError")),
		GetMetricStatistics: (input) => getStatistics(byKey, parseInput(Statistics, input, INVALID)),
	};
}

function keyOf(metric: Pick<Metric, "Namespace" | "MetricName" | "Dimensions">): string {
	return JSON.stringify([metric.Namespace, metric.MetricName, metric.Dimensions.map((d) => `${d.Name}=${d.Value}`).sort()]);
}

function listMetrics(metrics: readonly Metric[], { NextToken, ...query }: z.output<typeof ListMetrics>): object {
	const found = metrics.filter(
		(m) =>
			(query.Namespace ?? m.Namespace) === m.Namespace &&
			(query.MetricName ?? m.MetricName) === m.MetricName &&
			query.Dimensions.every((wanted) => m.Dimensions.some((d) => d.Name === wanted.Name && (wanted.Value ?? d.Value) === d.Value)),
	);
	const { items, next } = pageOf(found, query, NextToken, LISTED_PER_PAGE, INVALID);
	return { Metrics: items.map(({ Namespace, MetricName, Dimensions }) => ({ Namespace, MetricName, Dimensions })), NextToken: next };
}

interface Bucket {
	start: number;
	values: number[];
}

/** The samples of a metric in [from, to), by period; a period starts at a multiple of its length. */
function bucketsOf({ series: { times, values } }: Metric, from: number, to: number, seconds: number): Bucket[] {
	const length = seconds * 1000;
	const buckets: Bucket[] = [];
	for (const [i, time] of times.entries()) {
		const start = Math.floor(time / length) * length;
		if (start < Math.floor(from / length) * length || time >= to) continue;
		const last = buckets.at(-1);
		if (last?.start === start) last.values.push(values[i] ?? Number.NaN);
		else buckets.push({ start, values: [values[i] ?? Number.NaN] });
	}
	return buckets;
}

type Point = { query: z.output<typeof Query>; label: string; time: number; value: number };

/** Queries in order, each with its points in the order asked for; a page cuts this list anywhere, as AWS does. */
function getMetricData(byKey: Map<string, Metric>, { NextToken, MaxDatapoints, ...request }: z.output<typeof MetricData>): object {
	if (request.StartTime >= request.EndTime)
		throw new ServiceError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.");
	const byId = new Map(request.MetricDataQueries.filter((q) => q.MetricStat).map((q) => [q.Id, pointsOf(byKey, q, request)]));
	const points = request.MetricDataQueries.filter((q) => q.ReturnData).flatMap((query) => byId.get(query.Id) ?? computed(query, byId));
	const start = readToken(request, NextToken, "InvalidNextToken");
	const page = points.slice(start, start + MaxDatapoints);
	const more = start + MaxDatapoints < points.length;
	const cut = more ? page.at(-1)?.query.Id : undefined;
	const MetricDataResults = request.MetricDataQueries.filter((q) => q.ReturnData).map(({ Id, Label, MetricStat }) => {
		const own = page.filter((p) => p.query.Id === Id);
		return {
			Id,
			Label: Label ?? MetricStat?.Metric.MetricName ?? Id,
			Timestamps: own.map((p) => new Date(p.time)),
			Values: own.map((p) => p.value),
			StatusCode: Id === cut ? "PartialData" : "Complete",
		};
	});
	return { MetricDataResults, Messages: [], NextToken: more ? writeToken(request, start + MaxDatapoints) : undefined };
}

function pointsOf(
	byKey: Map<string, Metric>,
	query: z.output<typeof Query>,
	request: Omit<z.output<typeof MetricData>, "NextToken" | "MaxDatapoints">,
): Point[] {
	const { MetricStat } = query;
	if (!MetricStat) return [];
	const metric = byKey.get(keyOf(MetricStat.Metric));
	if (!metric || (MetricStat.Unit !== undefined && MetricStat.Unit !== metric.unit)) return [];
	const points = bucketsOf(metric, request.StartTime, request.EndTime, MetricStat.Period).map(({ start, values }) => ({
		query,
		label: metric.MetricName,
		time: start,
		value: statisticOf(MetricStat.Stat, values),
	}));
	return request.ScanBy === "TimestampAscending" ? points : points.reverse();
}

/** Arithmetic of two inputs, or of one and a number, at the times that both have: what the sandbox knows of metric math. */
function computed(query: z.output<typeof Query>, byId: ReadonlyMap<string, Point[]>): Point[] {
	const [, left = "", sign = "", right = ""] = /^\s*(\w+)\s*([-+*/])\s*([\w.]+)\s*$/.exec(query.Expression ?? "") ?? [];
	const [a, b, constant] = [byId.get(left), byId.get(right), Number(right)];
	if (a === undefined || (b === undefined && !Number.isFinite(constant)))
		throw new ServiceError("ValidationError", "The sandbox knows arithmetic of two inputs as metric math.");
	const other = new Map(b?.map((p) => [p.time, p.value]));
	return a.flatMap((p) => {
		const value = b === undefined ? constant : other.get(p.time);
		if (value === undefined) return [];
		const result = sign === "+" ? p.value + value : sign === "-" ? p.value - value : sign === "*" ? p.value * value : p.value / value;
		return [{ query, label: query.Label ?? query.Id, time: p.time, value: result }];
	});
}

function getStatistics(byKey: Map<string, Metric>, input: z.output<typeof Statistics>): object {
	const metric = byKey.get(keyOf(input));
	const buckets =
		metric && (input.Unit ?? metric.unit) === metric.unit ? bucketsOf(metric, input.StartTime, input.EndTime, input.Period) : [];
	if (buckets.length > 1440)
		throw new ServiceError(
			"InvalidParameterCombination",
			`You have requested up to ${buckets.length} datapoints, which exceeds the limit of 1,440.`,
		);
	const Datapoints = buckets.map(({ start, values }) => ({
		Timestamp: new Date(start),
		...Object.fromEntries(input.Statistics.map((s) => [s, statisticOf(s, values)])),
		Unit: metric?.unit ?? "None",
	}));
	return { Label: input.MetricName, Datapoints };
}
