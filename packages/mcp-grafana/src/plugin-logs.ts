import { AppError, type Signal, severityOf } from "@faultline/contracts";
import type { GrafanaClient } from "./client.ts";
import { cloudWatchLines } from "./cloudwatch-logs.ts";
import type { GrafanaConfig } from "./config.ts";
import { linesOf } from "./frame-lines.ts";
import { type LinePosition, nanosOf, pageOf } from "./line-pages.ts";
import type { LEVELS } from "./loki-reader.ts";
import { type LogLine, mapLine } from "./map-lines.ts";
import { ask, framesOf } from "./plugin-query.ts";
import { modelOf } from "./query-model.ts";
import type { Datasource } from "./wire.ts";

/** Rows that one query may bring: the most that Elasticsearch and Logs Insights give. */
const MOST_ROWS = 10_000;
/** Fewer are never asked for: a page whose rows are all of one moment does not tell in which order they come. */
const FEWEST_ROWS = 50;
/** How often a window is halved where a data source gives the newest rows only. */
const HALVINGS = 40;

/** One page of a data source; times are milliseconds since the epoch, [from, to). */
export interface LogPageRequest {
	query: string | undefined;
	from: number;
	to: number;
	limit: number;
	level: (typeof LEVELS)[number] | undefined;
	position: LinePosition | undefined;
}

/** Reads rows of [from, to), at most `size`. */
type Fetch = (from: number, to: number, size: number) => Promise<LogLine[]>;

/** One page of lines, oldest first, of a data source that is asked through its plugin: Elasticsearch, OpenSearch, CloudWatch. */
export async function readPluginLines(
	client: GrafanaClient,
	config: GrafanaConfig,
	datasource: Datasource,
	asked: LogPageRequest,
	signal: AbortSignal,
): Promise<{ signals: Signal[]; next: LinePosition | undefined; model: Record<string, unknown> }> {
	const isCloudWatch = datasource.type === "cloudwatch";
	const model = isCloudWatch ? insightsModel(datasource, asked.query) : documentsModel(datasource, asked.query);
	const fetch: Fetch = isCloudWatch
		? async (from, to, size) => await cloudWatchLines(client, datasource, model, { from, to, size }, signal)
		: async (from, to, size) => await documents(client, datasource, model, { from, to, size }, signal);
	const position = asked.position ?? { at: String(nanosOf(asked.from)), seen: [] };
	let from = Number(BigInt(position.at) / 1_000_000n);
	for (let size = Math.max(FEWEST_ROWS, asked.limit + position.seen.length + 1); ; size = Math.min(MOST_ROWS, size * 8)) {
		const { lines, more } = await oldest(fetch, { from, to: asked.to, size });
		const page = pageOf(lines, position, { limit: asked.limit, more });
		// Rows that were told may fill the page: more of that moment are asked for, and beyond the most that can be had it is left.
		if (page.lines.length === 0 && more) {
			if (size >= MOST_ROWS) from += 1;
			continue;
		}
		const least = severityOf(asked.level);
		const signals = page.lines.map((line) => mapLine(line, datasource, config.url, model)).filter((s) => s.severity >= least);
		return { signals, next: page.next, model };
	}
}

/** The oldest rows of a window. A data source that gives the newest first is asked for shorter windows until one holds all of its rows. */
async function oldest(
	fetch: Fetch,
	{ from, to, size }: { from: number; to: number; size: number },
): Promise<{ lines: LogLine[]; more: boolean }> {
	const [start, end] = [nanosOf(from), nanosOf(to)];
	let until = to;
	for (let i = 0; i < HALVINGS; i++) {
		const rows = await fetch(from, until, size);
		const lines = rows.filter((line) => line.at >= start && line.at < end);
		const full = rows.length >= size;
		if (!full && (lines.length > 0 || until === to)) return { lines, more: until < to };
		if (!full) {
			from = until;
			until = to;
			continue;
		}
		if ((rows[0]?.at ?? 0n) < (rows.at(-1)?.at ?? 0n) || until - from <= 1) return { lines, more: true };
		until = from + Math.ceil((until - from) / 2);
	}
	return { lines: [], more: false };
}

/** Lucene, or a whole query model, as documents in order of time. */
function documentsModel(datasource: Datasource, query = ""): Record<string, unknown> {
	const given = /^\s*\{\s*"/.test(query) ? modelOf(datasource.type, query) : { query };
	return { bucketAggs: [], timeField: "@timestamp", ...given };
}

async function documents(
	client: GrafanaClient,
	datasource: Datasource,
	model: Record<string, unknown>,
	{ from, to, size }: { from: number; to: number; size: number },
	signal: AbortSignal,
): Promise<LogLine[]> {
	const metrics = [{ id: "1", type: "logs", settings: { limit: String(size), sortDirection: "asc" } }];
	return linesOf(framesOf(datasource, await ask(client, datasource, { ...model, metrics }, { from, to: to - 1 }, signal)));
}

/** Logs Insights' own language without its ordering, or a whole query model; the data source's log groups where it names none. */
function insightsModel(datasource: Datasource, query = ""): Record<string, unknown> {
	const { logGroups, defaultLogGroups, defaultRegion = "default" } = datasource.jsonData ?? {};
	const given = /^\s*\{\s*"/.test(query) ? modelOf(datasource.type, query) : { queryString: query.trim() };
	const groups = logGroups?.length ? { logGroups } : defaultLogGroups?.length ? { logGroupNames: defaultLogGroups } : {};
	const model: Record<string, unknown> = { region: defaultRegion, ...groups, ...given };
	if (!("logGroups" in model) && !("logGroupNames" in model))
		throw new AppError("BAD_INPUT", `the data source ${datasource.uid} has no default log groups`, {
			hint: 'give query as {"logGroupNames":["/ecs/shop"],"queryString":"filter @message like /timeout/"}',
		});
	if (/\b(stats|sort|limit|dedup)\b/i.test(String(model.queryString ?? "").replace(/\/(?:[^/\\]|\\.)*\/|"[^"]*"|'[^']*'/g, "")))
		throw new AppError("BAD_INPUT", "the query is ordered and counted here", {
			hint: "give fields, filter and parse commands only",
		});
	return model;
}
