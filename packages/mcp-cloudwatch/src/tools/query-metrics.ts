import type { Metric } from "@aws-sdk/client-cloudwatch";
import { type Coverage, EvidencePage, type MetricSeriesWire, toAppError, type Window } from "@faultline/contracts";
import { decodeCursor, defineTool, encodeCursor, evidenceInput, evidenceReply, READS, type ToolContext, windowOf } from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import type { CloudWatchConfig } from "../config.ts";
import { mapMetric, statisticFor } from "../map-metrics.ts";
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
});
/** `namespace` counts the configured namespaces; `skip` the metrics of one page of ListMetrics that were read already. */
const Position = z.object({
	from: z.string(),
	to: z.string(),
	namespace: z.int().nonnegative(),
	token: z.string().nullable(),
	skip: z.int().nonnegative(),
});
type Position = z.output<typeof Position>;

/** AWS takes so many queries in one call. */
const QUERIES_PER_CALL = 500;
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
			const query = {
				tool: "query_metrics",
				from: input.from,
				to: input.to,
				metric: input.metric,
				namespace: input.namespace,
				statistic: input.statistic,
			};
			const asked = windowOf(input, context.now());
			const start: Position =
				input.cursor === undefined ? { ...asked, namespace: 0, token: null, skip: 0 } : decodeCursor(query, input.cursor, Position);
			const window = { from: start.from, to: start.to };
			const reader = new MetricsReader(api, config, window, context, units, { name: input.metric, statistic: input.statistic });
			const next = await reader.read(namespacesFor(config, input.namespace), start, input.limit);
			const nextCursor = next === undefined ? {} : { nextCursor: encodeCursor(query, { ...window, ...next }) };
			return evidenceReply(
				{ series: reader.series, coverage: reader.coverage(), redactions: reader.redactions, ...nextCursor },
				"Metrics",
				{
					detail: input.detail,
					whenEmpty: "No metric has points in this window. Try a wider one, or check_access and FAULTLINE_CLOUDWATCH_NAMESPACES.",
				},
			);
		},
	});
}

/** Undefined stands for every namespace; a namespace that is not allowed leaves nothing to read. */
function namespacesFor(config: CloudWatchConfig, wanted: string | undefined): (string | undefined)[] {
	if (config.namespaces.length === 0) return [wanted];
	return wanted === undefined ? config.namespaces : config.namespaces.filter((n) => n === wanted);
}

class MetricsReader {
	readonly series: MetricSeriesWire[] = [];
	redactions = 0;
	readonly #api: CloudWatchApi;
	readonly #window: Window;
	readonly #times: MetricWindow;
	readonly #context: ToolContext;
	readonly #units: Map<string, string>;
	readonly #wanted: { name: string | undefined; statistic: string | undefined };
	readonly #period: number;
	readonly #recent: boolean;
	#missingUnits: string | undefined;

	constructor(
		api: CloudWatchApi,
		config: CloudWatchConfig,
		window: Window,
		context: ToolContext,
		units: Map<string, string>,
		wanted: { name: string | undefined; statistic: string | undefined },
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
	async read(
		namespaces: readonly (string | undefined)[],
		start: Position,
		limit: number,
	): Promise<Omit<Position, "from" | "to"> | undefined> {
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
			...(this.#wanted.name === undefined ? {} : { MetricName: this.#wanted.name }),
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
		return {
			source: "cloudwatch",
			status: "ok",
			...this.#window,
			truncated: false,
			...(missing === undefined ? {} : { skipped: [missing] }),
		};
	}
}

const unitKey = (metric: Metric): string => `${metric.Namespace} ${metric.MetricName}`;
