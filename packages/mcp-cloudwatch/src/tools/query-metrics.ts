import type { Metric } from "@aws-sdk/client-cloudwatch";
import { AppError, type Coverage, EvidencePage, type MetricSeriesWire, toAppError, type Window } from "@faultline/contracts";
import { coverageOf, defineTool, evidenceInput, evidenceReply, pageRequest, READS, type ToolContext, windowOf } from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import type { CloudWatchConfig } from "../config.ts";
import { metricsLink } from "../console-links.ts";
import { mapMetric, statisticFor } from "../map-metrics.ts";
import { readExpression } from "../metric-math.ts";
import { type MetricWindow, periodFor } from "../periods.ts";

const STATISTIC = /^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,2})?)$/;
const Input = z.object({
	...evidenceInput,
	metric: z.string().max(255).optional().describe("Only metrics of exactly this name."),
	namespace: z.string().max(255).optional().describe("Only metrics of this namespace."),
	statistic: z
		.string()
		.regex(STATISTIC, "Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p99")
		.optional()
		.describe("Default: Sum for metrics that count events, else Average."),
	dimensions: z.record(z.string(), z.string()).optional().describe("Only metrics with these dimensions."),
	expression: z.string().max(2_000).optional().describe("Instead: metric math over `inputs`, SEARCH(...) or SELECT ..."),
	inputs: z.record(z.string(), z.string()).optional().describe('For math: {"e": "AWS/Lambda|Errors|Sum|FunctionName=resize"}.'),
});
/** `namespace` counts the configured namespaces; `skip` the metrics of one page of ListMetrics that were read already. */
const Position = z.object({
	namespace: z.int().nonnegative(),
	token: z.string().nullable(),
	skip: z.int().nonnegative(),
});
type Position = z.output<typeof Position>;
const START: Position = { namespace: 0, token: null, skip: 0 };

/** AWS takes so many queries in one call. */
const QUERIES_PER_CALL = 500;
/** Points of an hour are kept the longest. */
const KEPT_MS = 455 * 86_400_000;
/** ListMetrics can be asked for what had points in the last three hours. */
const RECENT_MS = 3 * 3_600_000;
/** Names of whose unit one page asks; a unit that is known is remembered. */
const UNITS_PER_PAGE = 100;

export function queryMetrics(api: CloudWatchApi, config: CloudWatchConfig) {
	const units = new Map<string, string>();
	return defineTool({
		name: "query_metrics",
		title: "Query metrics",
		description:
			"Time series of CloudWatch metrics in a window: those of the allowed namespaces, or of one `namespace` or `metric` name. The period is the finest that AWS still keeps for the window. Each series names its resource (instance, database, function, service, from its dimensions), its unit, and links to the console. Use it to see what changed and when.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["metric"],
		async run(input, context) {
			if (input.expression !== undefined) return await runExpression(api, config, { ...input, expression: input.expression }, context);
			const request = pageRequest("query_metrics", input, context.now(), Position);
			const { window } = request;
			const reader = new MetricsReader(api, config, window, context, units, input);
			const next = await reader.read(namespacesFor(config, input.namespace), request.position ?? START, input.limit);
			const nextCursor = next === undefined ? {} : { nextCursor: request.next(next) };
			return evidenceReply(
				{
					series: reader.series,
					coverage: reader.coverage(),
					redactions: reader.redactions,
					url: metricsLink(await api.region()),
					...nextCursor,
				},
				"Metrics",
				{
					detail: input.detail,
					whenEmpty: "No metric has points in this window. Try a wider one, or check_access and FAULTLINE_CLOUDWATCH_NAMESPACES.",
				},
			);
		},
	});
}

/** @throws AppError BAD_INPUT where AWS does not take the expression, or namespaces are limited: an expression may read any */
async function runExpression(
	api: CloudWatchApi,
	config: CloudWatchConfig,
	input: z.output<typeof Input> & { expression: string },
	context: ToolContext,
) {
	const namespaces = Object.values(input.inputs ?? {}).map((text) => text.split("|")[0]?.trim() ?? "");
	const free = /\b(search|select|metrics)\b\s*\(?/i.test(input.expression);
	if (config.namespaces.length > 0 && (free || namespaces.some((n) => !config.namespaces.includes(n))))
		throw new AppError("BAD_INPUT", "the expression reads beyond the namespaces that are allowed", {
			hint: `use math over inputs of ${config.namespaces.join(", ")}`,
		});
	const window = windowOf(input, context.now());
	const times = { from: Date.parse(window.from), to: Date.parse(window.to) };
	const region = await api.region();
	const asked = {
		expression: input.expression,
		inputs: input.inputs ?? {},
		window: times,
		period: periodFor(times, context.now(), config.endpoint !== undefined),
		region,
	};
	const { series, redactions } = await readExpression(api, asked, context.signal);
	const kept = series.slice(0, input.limit);
	const left = series.length - kept.length;
	const coverage = coverageOf("cloudwatch", window, {
		truncated: left > 0,
		skipped: left > 0 ? [`${left} of ${series.length} series of the expression`] : [],
		waitedMs: api.waitedMs(context.signal),
	});
	return evidenceReply({ series: kept, coverage, redactions, url: metricsLink(region) }, "Metrics", {
		detail: input.detail,
		whenEmpty: "The expression has no value in this window. Check its inputs, or try a wider window.",
	});
}

/** Undefined stands for every namespace; a namespace that is not allowed leaves nothing to read. */
function namespacesFor(config: CloudWatchConfig, wanted: string | undefined): (string | undefined)[] {
	if (config.namespaces.length === 0) return [wanted];
	return wanted === undefined ? config.namespaces : config.namespaces.filter((n) => n === wanted);
}

interface Wanted {
	metric?: string | undefined;
	statistic?: string | undefined;
	dimensions?: Record<string, string> | undefined;
}

class MetricsReader {
	readonly series: MetricSeriesWire[] = [];
	redactions = 0;
	readonly #api: CloudWatchApi;
	readonly #window: Window;
	readonly #times: MetricWindow;
	readonly #context: ToolContext;
	readonly #units: Map<string, string>;
	readonly #wanted: Wanted;
	readonly #period: number;
	readonly #recent: boolean;
	#missingUnits: string | undefined;

	constructor(
		api: CloudWatchApi,
		config: CloudWatchConfig,
		window: Window,
		context: ToolContext,
		units: Map<string, string>,
		wanted: Wanted,
	) {
		this.#api = api;
		this.#window = window;
		this.#times = { from: Date.parse(window.from), to: Date.parse(window.to) };
		this.#context = context;
		this.#units = units;
		this.#wanted = wanted;
		const now = context.now();
		this.#period = periodFor(this.#times, now, config.endpoint !== undefined);
		this.#recent = config.endpoint === undefined && now - this.#times.from < RECENT_MS;
	}

	/** One page of ListMetrics after another, until `limit` metrics were asked for. */
	async read(namespaces: readonly (string | undefined)[], start: Position, limit: number): Promise<Position | undefined> {
		let [token, skip, room] = [start.token, start.skip, limit];
		for (let namespace = start.namespace; namespace < namespaces.length; namespace++, token = null, skip = 0) {
			do {
				if (room <= 0) return { namespace, token, skip: 0 };
				const page = await this.#api.listMetrics(this.#listInput(namespaces[namespace], token), this.#context.signal);
				const all = page.Metrics ?? [];
				const metrics = all.slice(skip, skip + Math.min(room, QUERIES_PER_CALL));
				await this.#readPoints(metrics);
				room -= metrics.length;
				if (skip + metrics.length < all.length) return { namespace, token, skip: skip + metrics.length };
				[token, skip] = [page.NextToken ?? null, 0];
			} while (token !== null);
		}
		return undefined;
	}

	#listInput(namespace: string | undefined, token: string | null) {
		return {
			...(namespace === undefined ? {} : { Namespace: namespace }),
			...(this.#wanted.metric === undefined ? {} : { MetricName: this.#wanted.metric }),
			...(this.#wanted.dimensions === undefined
				? {}
				: { Dimensions: Object.entries(this.#wanted.dimensions).map(([Name, Value]) => ({ Name, Value })) }),
			...(this.#recent ? { RecentlyActive: "PT3H" as const } : {}),
			...(token === null ? {} : { NextToken: token }),
		};
	}

	async #readPoints(metrics: readonly Metric[]): Promise<void> {
		if (metrics.length === 0) return;
		const points = metrics.map((): [number, number][] => []);
		const queries = metrics.map((metric, i) => ({
			Id: `m${i}`,
			MetricStat: { Metric: metric, Period: this.#period, Stat: this.#wanted.statistic ?? statisticFor(metric.MetricName ?? "") },
		}));
		let NextToken: string | undefined;
		do {
			const input = {
				MetricDataQueries: queries,
				StartTime: new Date(this.#times.from),
				EndTime: new Date(this.#times.to),
				ScanBy: "TimestampAscending" as const,
			};
			const page = await this.#api.getMetricData({ ...input, ...(NextToken === undefined ? {} : { NextToken }) }, this.#context.signal);
			for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
				const own = points[Number(Id?.slice(1))];
				for (const [i, time] of Timestamps.entries()) own?.push([time.getTime(), Values[i] ?? Number.NaN]);
			}
			NextToken = page.NextToken ?? undefined;
		} while (NextToken !== undefined);
		const found = metrics.map((metric, i) => ({ metric, points: points[i] ?? [] })).filter((m) => m.points.length > 0);
		await this.#learnUnits(found.map((m) => m.metric));
		const region = await this.#api.region();
		for (const { metric, points: own } of found) {
			const mapped = mapMetric({ metric, points: own, unit: this.#units.get(unitKey(metric)) }, region, this.#times);
			if (mapped === undefined) continue;
			this.series.push(mapped.series);
			this.redactions += mapped.redactions;
		}
	}

	/** GetMetricData does not tell units; GetMetricStatistics does, so one metric of each name is asked for one point. */
	async #learnUnits(metrics: readonly Metric[]): Promise<void> {
		const first = new Map(metrics.toReversed().map((m) => [unitKey(m), m]));
		const unknown = [...first].filter(([key]) => !this.#units.has(key)).slice(0, UNITS_PER_PAGE);
		await Promise.all(unknown.map(async ([key, metric]) => await this.#learnUnit(key, metric)));
	}

	async #learnUnit(key: string, { Namespace, MetricName, Dimensions }: Metric): Promise<void> {
		const { from, to } = this.#times;
		const Period = Math.max(60, Math.ceil((to - from) / 60_000) * 60, this.#period);
		try {
			const answer = await this.#api.getMetricStatistics(
				{ Namespace, MetricName, Dimensions, StartTime: new Date(from), EndTime: new Date(to), Period, Statistics: ["SampleCount"] },
				this.#context.signal,
			);
			const unit = answer.Datapoints?.[0]?.Unit;
			if (unit !== undefined) this.#units.set(key, unit);
		} catch (thrown) {
			const error = toAppError(thrown);
			// A series without its unit is still a series.
			if (error.code !== "FORBIDDEN" && error.code !== "RATE_LIMITED" && error.code !== "BAD_INPUT") throw error;
			this.#missingUnits ??= `units: ${error.code}: ${error.message}`;
		}
	}

	coverage(): Coverage {
		const missing = this.#missingUnits;
		const oldest = this.#context.now() - KEPT_MS;
		const waitedMs = Math.round(this.#api.waitedMs(this.#context.signal));
		return {
			source: "cloudwatch",
			status: "ok",
			...this.#window,
			truncated: false,
			...(this.#times.from < oldest ? { oldestAvailable: new Date(oldest).toISOString() } : {}),
			...(missing === undefined ? {} : { skipped: [missing] }),
			...(waitedMs >= 1 ? { waitedMs } : {}),
		};
	}
}

const unitKey = (metric: Metric): string => `${metric.Namespace} ${metric.MetricName}`;
