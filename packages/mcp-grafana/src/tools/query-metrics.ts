import { AppError, type Coverage, EvidencePage, type MetricSeriesWire, toAppError, type Window } from "@faultline/contracts";
import { defineTool, evidenceInput, evidenceReply, pageRequest, READS, type ToolContext } from "@faultline/mcp";
import { z } from "zod";
import { allowedDatasources, type GrafanaClient, pickDatasource } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { downsample } from "../downsample.ts";
import { exploreLink } from "../links.ts";
import { kindOf, mapSeries } from "../map-series.ts";
import type { Datasource, MatrixRow, Metadata } from "../wire.ts";

/** Prometheus answers no more points per series than this. */
const MAX_POINTS = 11_000;
const DEFAULT_STEP_S = 15;
/** So many metric names of one data source are read; the rest is told as truncated. */
const MAX_NAMES = 1_000;
/** Names per request, and their length together: the query goes in the URL. */
const NAMES_PER_REQUEST = 25;
const NAME_BYTES_PER_REQUEST = 1_500;
/** A counter's first rate in the window needs the sample before it. */
const LOOKBACK_MS = 300_000;
/** Metrics of the exporters and runtimes themselves: read last, so that the bound cuts them first. */
const OF_THE_RUNTIME = /^(go|process|promhttp|prometheus|scrape|net_conntrack|python_gc|jvm_buffer)_/;

const Input = z.object({
	...evidenceInput,
	query: z.string().max(2_000).optional().describe("PromQL to run over the window instead of every metric."),
	metric: z.string().max(200).optional().describe("Only metrics whose name contains this."),
	datasource: z.string().max(100).optional().describe("uid or name."),
	points: z.int().min(3).max(11_000).optional().describe("Most points of a series; least, greatest and last values stay."),
});
const Position = z.object({ datasource: z.int().nonnegative(), item: z.int().nonnegative() });

type Position = z.output<typeof Position>;

export function queryMetrics(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "query_metrics",
		title: "Query metrics",
		description:
			"Time series of the Prometheus data sources in a window, as recorded: every metric (bounded), or those whose name contains `metric`, or the answer to a PromQL `query`. Counters come as rates per second. Each series names its resource (labels resource, pod, service, app, instance, job) and links to Explore. Use it to see what changed and when.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["metric"],
		async run(input, context) {
			const { points, ...asked } = input;
			const request = pageRequest("query_metrics", asked, context.now(), Position);
			const { window } = request;
			const all = await allowedDatasources(client, config, context.signal);
			const sources = input.datasource === undefined ? all : [pickDatasource(all, input.datasource)];
			const reader = new MetricsReader(client, config, window, context, input.metric);
			const queries = input.query === undefined ? config.queries : [input.query];
			const next = await reader.read(sources, queries, request.position ?? { datasource: 0, item: 0 }, input.limit);
			const nextCursor = next === undefined ? {} : { nextCursor: request.next(next) };
			const first = sources[0];
			const url =
				first === undefined
					? {}
					: { url: exploreLink(config.url, first.uid, input.query ?? "", { from: Date.parse(window.from), to: Date.parse(window.to) }) };
			return evidenceReply(
				{
					series: points === undefined ? reader.series : reader.series.map((s) => downsample(s, points)),
					coverage: reader.coverage(sources.length),
					redactions: reader.redactions,
					...nextCursor,
					...url,
				},
				"Metrics",
				{
					detail: input.detail,
					whenEmpty:
						sources.length === 0
							? "Grafana has no Prometheus data source that this account may see."
							: "No series has samples in this window. Try a wider one, or check_access.",
				},
			);
		},
	});
}

/** Reads one page: from a position among (data source, metric name or query) to the next one, or to the end. */
class MetricsReader {
	readonly series: MetricSeriesWire[] = [];
	redactions = 0;
	readonly #client: GrafanaClient;
	readonly #config: GrafanaConfig;
	readonly #window: Window;
	readonly #from: number;
	readonly #to: number;
	readonly #context: ToolContext;
	readonly #filter: string | undefined;
	readonly #skipped: string[] = [];
	#failures = 0;
	#truncated = false;

	constructor(client: GrafanaClient, config: GrafanaConfig, window: Window, context: ToolContext, filter: string | undefined) {
		this.#client = client;
		this.#config = config;
		this.#window = window;
		this.#from = Date.parse(window.from);
		this.#to = Date.parse(window.to);
		this.#context = context;
		this.#filter = filter;
	}

	async read(
		sources: readonly Datasource[],
		queries: readonly string[],
		start: Position,
		limit: number,
	): Promise<{ datasource: number; item: number } | undefined> {
		let item = start.item;
		for (let datasource = start.datasource; datasource < sources.length; datasource++, item = 0) {
			const source = sources[datasource];
			if (source === undefined) break;
			try {
				const next =
					queries.length > 0 ? await this.#readQueries(source, queries, item, limit) : await this.#readNames(source, item, limit);
				if (next !== undefined) return { datasource, item: next };
			} catch (thrown) {
				const error = toAppError(thrown);
				// One data source that fails does not hide the others; credentials that fail, fail for all.
				if (error.code === "CANCELLED" || error.code === "UNAUTHORIZED" || error.code === "INTERNAL" || sources.length === 1) throw error;
				this.#failures++;
				this.#skipped.push(`data source ${source.uid}: ${error.code}: ${error.message}`);
			}
			if (this.series.length >= limit && datasource + 1 < sources.length) return { datasource: datasource + 1, item: 0 };
		}
		return undefined;
	}

	/** Names from `item` on, until the page is full; the position of the first name that is not on it. */
	async #readNames({ uid }: Datasource, item: number, limit: number): Promise<number | undefined> {
		const { signal } = this.#context;
		const [all, metadata] = await Promise.all([this.#client.metricNames(uid, this.#from, this.#to, signal), this.#metadata(uid)]);
		const names = this.#select(all, uid);
		let at = item;
		while (at < names.length && this.series.length < limit) {
			const chunk = chunkOf(names, at);
			const rows = Map.groupBy(await this.#samples(uid, chunk, metadata), (row) => row.metric.__name__ ?? "");
			for (const name of chunk) {
				const own = rows.get(name) ?? [];
				if (this.series.length > 0 && this.series.length + own.length > limit) return at;
				this.#add(own.slice(0, limit), { uid, kind: kindOf(name, metadata) });
				if (own.length > limit) this.#cut(`metric ${name}: ${own.length - limit} of ${own.length} series`);
				at++;
			}
			this.#context.progress(at, names.length, "metrics read");
		}
		return at < names.length ? at : undefined;
	}

	#select(all: readonly string[], uid: string): string[] {
		const wanted = all.filter((name) => !/_bucket$/.test(name) && (this.#filter === undefined || name.includes(this.#filter)));
		const ranked = [...wanted].sort((a, b) => Number(OF_THE_RUNTIME.test(a)) - Number(OF_THE_RUNTIME.test(b)) || (a < b ? -1 : 1));
		if (ranked.length > MAX_NAMES)
			this.#cut(
				`data source ${uid}: ${ranked.length - MAX_NAMES} of ${ranked.length} metrics (name those that matter in FAULTLINE_GRAFANA_QUERIES)`,
			);
		return ranked.slice(0, MAX_NAMES);
	}

	async #metadata(uid: string): Promise<Metadata> {
		try {
			return await this.#client.metadata(uid, this.#context.signal);
		} catch (thrown) {
			// Some Prometheus-compatible stores have no metadata; then names decide.
			const { code } = toAppError(thrown);
			if (code !== "NOT_FOUND" && code !== "BAD_INPUT") throw thrown;
			return {};
		}
	}

	/** The samples as they were recorded; a window too long for that at an even step. */
	async #samples(uid: string, names: readonly string[], metadata: Metadata): Promise<MatrixRow[]> {
		const selector = `{__name__=~${JSON.stringify(names.map(escapeRegex).join("|"))}}`;
		const length = this.#to - this.#from;
		if (length / 1000 / DEFAULT_STEP_S > MAX_POINTS)
			return await this.#client.range(uid, selector, this.#from, this.#to - 1, stepFor(length, DEFAULT_STEP_S), this.#context.signal);
		const lookback = names.some((name) => kindOf(name, metadata).counter) ? LOOKBACK_MS : 0;
		return await this.#client.samples(uid, `${selector}[${length + lookback}ms]`, this.#to - 1, this.#context.signal);
	}

	async #readQueries({ uid, jsonData }: Datasource, queries: readonly string[], item: number, limit: number): Promise<number | undefined> {
		const step = stepFor(this.#to - this.#from, secondsOf(jsonData?.timeInterval) ?? DEFAULT_STEP_S);
		for (let at = item; at < queries.length; at++) {
			const query = queries[at] ?? "";
			const rows = await this.#range(uid, query, step);
			if (this.series.length > 0 && this.series.length + rows.length > limit) return at;
			this.#add(rows.slice(0, limit), { uid, kind: { counter: false, unit: "" }, query });
			if (rows.length > limit) this.#cut(`query ${at + 1}: ${rows.length - limit} of ${rows.length} series`);
		}
		return undefined;
	}

	async #range(uid: string, query: string, step: number): Promise<MatrixRow[]> {
		try {
			return await this.#client.range(uid, query, this.#from, this.#to - 1, step, this.#context.signal);
		} catch (thrown) {
			const error = toAppError(thrown);
			if (error.code !== "BAD_INPUT") throw error;
			throw new AppError("BAD_INPUT", `the data source ${uid} did not accept the query "${query.slice(0, 80)}"`, {
				hint: "check the PromQL; configured queries are separated by semicolons",
			});
		}
	}

	#add(rows: readonly MatrixRow[], { uid, kind, query }: { uid: string; kind: ReturnType<typeof kindOf>; query?: string }): void {
		const context = {
			grafanaUrl: this.#config.url,
			datasource: uid,
			kind,
			window: { from: this.#from, to: this.#to },
			...(query === undefined ? {} : { query }),
		};
		for (const row of rows) {
			const mapped = mapSeries(row, context);
			if (mapped === undefined) continue;
			this.series.push(mapped.series);
			this.redactions += mapped.redactions;
		}
	}

	#cut(what: string): void {
		this.#truncated = true;
		this.#skipped.push(what);
	}

	coverage(sources: number): Coverage {
		const status = this.#failures === 0 ? (this.#truncated ? "partial" : "ok") : this.#failures === sources ? "failed" : "partial";
		const reason = sources === 0 ? "no Prometheus data source" : this.#skipped[0];
		return {
			source: "grafana",
			status,
			...this.#window,
			truncated: this.#truncated,
			...(this.#client.waitedMs(this.#context.signal) >= 1 ? { waitedMs: Math.round(this.#client.waitedMs(this.#context.signal)) } : {}),
			...(this.#skipped.length > 0 ? { skipped: this.#skipped } : {}),
			...(reason === undefined ? {} : { reason }),
		};
	}
}

function chunkOf(names: readonly string[], start: number): string[] {
	const chunk: string[] = [];
	for (let bytes = 0; chunk.length < NAMES_PER_REQUEST; ) {
		const name = names[start + chunk.length];
		if (name === undefined) break;
		bytes += encodeURIComponent(escapeRegex(name)).length;
		if (chunk.length > 0 && bytes > NAME_BYTES_PER_REQUEST) break;
		chunk.push(name);
	}
	return chunk;
}

const escapeRegex = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** The data source's own interval, or longer, so that a series has at most 11,000 points; in seconds. */
export function stepFor(lengthMs: number, least: number): number {
	return Math.max(least, Math.ceil(lengthMs / 1000 / (MAX_POINTS - 1)));
}

function secondsOf(interval: string | undefined): number | undefined {
	const [, amount, unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(interval ?? "") ?? [];
	const seconds = Number(amount) * ({ ms: 0.001, s: 1, m: 60, h: 3600 }[unit] ?? Number.NaN);
	return seconds > 0 ? seconds : undefined;
}
