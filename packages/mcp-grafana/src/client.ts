import { AppError } from "@faultline/contracts";
import { createHttpClient, createRequestQueue, httpStatusOf } from "@faultline/platform";
import type { z } from "zod";
import type { GrafanaConfig } from "./config.ts";
import {
	type Annotation,
	Annotations,
	alertingRules,
	Dashboard,
	type DashboardHit,
	DashboardHits,
	type Datasource,
	Datasources,
	HistoryFrame,
	type HistoryRow,
	historyRows,
	LabelValues,
	LabelValuesOrNone,
	type LokiPattern,
	LokiPatterns,
	LokiStats,
	type LokiStream,
	LokiStreams,
	Matrix,
	type MatrixRow,
	Metadata,
	QueryReply,
	type Rule,
	Rules,
	type Silence,
	Silences,
} from "./wire.ts";

export interface AnnotationQuery {
	type: "alert" | "annotation";
	/** Milliseconds since the epoch, both inclusive. */
	from: number;
	to: number;
	limit: number;
}

/** What is asked of Grafana; every call only reads. Times are milliseconds since the epoch. */
export interface GrafanaClient {
	datasources(signal: AbortSignal): Promise<Datasource[]>;
	/** Names of the metrics that have samples in the window. */
	metricNames(uid: string, from: number, to: number, signal: AbortSignal): Promise<string[]>;
	metadata(uid: string, signal: AbortSignal): Promise<Metadata>;
	/** The samples of a range selector, evaluated at one time. */
	samples(uid: string, query: string, time: number, signal: AbortSignal): Promise<MatrixRow[]>;
	/** A range query; `step` in seconds. */
	range(uid: string, query: string, from: number, to: number, step: number, signal: AbortSignal): Promise<MatrixRow[]>;
	rules(signal: AbortSignal): Promise<Rule[]>;
	annotations(query: AnnotationQuery, signal: AbortSignal): Promise<Annotation[]>;
	/** Changes of alerts' states that Grafana keeps in Loki, [from, to] in whole seconds since the epoch. Undefined where it keeps none there. */
	alertHistory(from: number, to: number, signal: AbortSignal): Promise<HistoryRow[] | undefined>;
	/** Loki: streams of a LogQL query, [from, to) in nanoseconds. */
	logs(
		uid: string,
		query: string,
		range: { from: bigint; to: bigint; limit: number; forward: boolean },
		signal: AbortSignal,
	): Promise<LokiStream[]>;
	/** Loki: a metric query; `step` in seconds. */
	logCounts(uid: string, query: string, from: number, to: number, step: number, signal: AbortSignal): Promise<MatrixRow[]>;
	/** Loki: what a selector would read. Undefined where the data source does not say. */
	logStats(uid: string, query: string, from: number, to: number, signal: AbortSignal): Promise<LokiStats | undefined>;
	/** Loki: names of labels that streams of the window have. */
	logLabels(uid: string, from: number, to: number, signal: AbortSignal): Promise<string[]>;
	/** Loki: kinds of lines with counts over time. Undefined where the data source has none. */
	logPatterns(uid: string, query: string, from: number, to: number, step: number, signal: AbortSignal): Promise<LokiPattern[] | undefined>;
	/** Any data source, through its own plugin; only queries. */
	query(queries: readonly object[], from: number, to: number, signal: AbortSignal): Promise<QueryReply>;
	dashboards(query: { query?: string; tag?: string; limit: number; page: number }, signal: AbortSignal): Promise<DashboardHit[]>;
	dashboard(uid: string, signal: AbortSignal): Promise<Dashboard>;
	silences(signal: AbortSignal): Promise<Silence[]>;
	/** Milliseconds that the requests of a call have waited for their turn. */
	waitedMs(signal: AbortSignal): number;
}

/** So many requests at once: Grafana proxies each to a data source that people also look at. */
const CONCURRENCY = 6;
/** Changes of state that Grafana gives at most; older ones give so many unasked. */
export const HISTORY_PAGE = 5_000;
/** A shorter wait is the machine's own, and not worth telling. */
const LEAST_WAIT_MS = 50;

/** A client of one Grafana. Failures are AppErrors. */
export function createGrafanaClient(config: GrafanaConfig): GrafanaClient {
	const queue = createRequestQueue({ concurrency: CONCURRENCY });
	const http = createHttpClient({
		source: "grafana",
		baseUrl: config.url,
		headers: {
			authorization: `Bearer ${config.token}`,
			...(config.organization === undefined ? {} : { "x-grafana-org-id": config.organization }),
		},
		queue,
		hints: {
			UNAUTHORIZED: "check GRAFANA_SERVICE_ACCOUNT_TOKEN: is it whole, and its service account enabled?",
			FORBIDDEN: "give the service account the Viewer role, and query permission on the data source",
		},
	});
	const get = async <S extends z.ZodType>(
		schema: S,
		path: string,
		query: Record<string, string | number>,
		signal: AbortSignal,
	): Promise<z.output<S>> => {
		return checked(schema, path, (await http.get(path, { query, signal })).body);
	};
	const checked = <S extends z.ZodType>(schema: S, path: string, body: unknown): z.output<S> => {
		const parsed = schema.safeParse(body);
		if (parsed.success) return parsed.data;
		throw new AppError("BAD_RESPONSE", `grafana answered ${path.split("?")[0]} in a form that is not known`, {
			hint: "check that GRAFANA_URL is the address of a Grafana 9 or later",
		});
	};
	const proxied = (uid: string, path: string) => `api/datasources/proxy/uid/${encodeURIComponent(uid)}/api/v1/${path}`;
	const loki = (uid: string, path: string) => `api/datasources/proxy/uid/${encodeURIComponent(uid)}/loki/api/v1/${path}`;
	const nanos = (ms: number) => String(BigInt(Math.round(ms)) * 1_000_000n);
	/** An endpoint that not every version has. */
	const ifThere = async <T>(work: Promise<T>): Promise<T | undefined> => {
		try {
			return await work;
		} catch (thrown) {
			const status = httpStatusOf(thrown);
			if (status === 404 || status === 405 || status === 501 || (status === 500 && thrown instanceof AppError)) return undefined;
			throw thrown;
		}
	};
	const seconds = (ms: number) => (ms / 1000).toFixed(3);
	let keepsHistory = true;
	return {
		datasources: async (signal) => await get(Datasources, "api/datasources", {}, signal),
		metricNames: async (uid, from, to, signal) =>
			(await get(LabelValues, proxied(uid, "label/__name__/values"), { start: seconds(from), end: seconds(to) }, signal)).data,
		metadata: async (uid, signal) => (await get(Metadata, proxied(uid, "metadata"), {}, signal)).data,
		samples: async (uid, query, time, signal) =>
			(await get(Matrix, proxied(uid, "query"), { query, time: seconds(time) }, signal)).data.result,
		range: async (uid, query, from, to, step, signal) =>
			(await get(Matrix, proxied(uid, "query_range"), { query, start: seconds(from), end: seconds(to), step: String(step) }, signal)).data
				.result,
		rules: async (signal) => alertingRules(await get(Rules, "api/prometheus/grafana/api/v1/rules", {}, signal)),
		alertHistory: async (from, to, signal) => {
			if (!keepsHistory) return undefined;
			const query = { from, to, limit: HISTORY_PAGE };
			// one that keeps its history as annotations answers as if it had failed
			const found = await http.get("api/v1/rules/history", { query, signal, accept: [400, 404, 500, 501] });
			const frame = HistoryFrame.safeParse(found.body);
			keepsHistory = found.status < 300 && frame.success;
			return keepsHistory && frame.success ? historyRows(frame.data) : undefined;
		},
		annotations: async (query, signal) => await get(Annotations, "api/annotations", { ...query }, signal),
		logs: async (uid, query, { from, to, limit, forward }, signal) => {
			const range = { query, start: String(from), end: String(to), limit, direction: forward ? "forward" : "backward" };
			return (await get(LokiStreams, loki(uid, "query_range"), range, signal)).data.result;
		},
		logCounts: async (uid, query, from, to, step, signal) =>
			(await get(Matrix, loki(uid, "query_range"), { query, start: nanos(from), end: nanos(to), step: `${step}s` }, signal)).data.result,
		logStats: async (uid, query, from, to, signal) =>
			await ifThere(get(LokiStats, loki(uid, "index/stats"), { query, start: nanos(from), end: nanos(to) }, signal)),
		logLabels: async (uid, from, to, signal) =>
			(await get(LabelValuesOrNone, loki(uid, "labels"), { start: nanos(from), end: nanos(to) }, signal)).data ?? [],
		logPatterns: async (uid, query, from, to, step, signal) =>
			(await ifThere(get(LokiPatterns, loki(uid, "patterns"), { query, start: nanos(from), end: nanos(to), step: `${step}s` }, signal)))
				?.data,
		query: async (queries, from, to, signal) => {
			const path = "api/ds/query";
			const body = { queries, from: String(from), to: String(to) };
			// Grafana answers 400 where a query is wrong, with the reason in the body; a query is harmless to repeat.
			const reply = await http.post(path, body, { signal, idempotent: true, accept: [207, 400] });
			return checked(QueryReply, path, reply.body);
		},
		dashboards: async ({ query = "", tag, limit, page }, signal) =>
			await get(DashboardHits, "api/search", { type: "dash-db", query, limit, page, ...(tag === undefined ? {} : { tag }) }, signal),
		dashboard: async (uid, signal) => await get(Dashboard, `api/dashboards/uid/${encodeURIComponent(uid)}`, {}, signal),
		silences: async (signal) => await get(Silences, "api/alertmanager/grafana/api/v2/silences", {}, signal),
		waitedMs: (signal) => {
			const waited = queue.waitedBy(signal);
			return waited < LEAST_WAIT_MS ? 0 : waited;
		},
	};
}

/** Types of data sources, by what speaks their language. */
const KINDS = {
	prometheus: (type: string) => type === "prometheus" || type.endsWith("-prometheus-datasource"),
	loki: (type: string) => type === "loki",
	/** Stores of log lines that are read without being named. CloudWatch is not among them: each of its queries costs money. */
	logs: (type: string) => type === "loki" || /elasticsearch|opensearch/.test(type),
	namedLogs: (type: string) => type === "cloudwatch" || KINDS.logs(type),
	any: () => true,
};

/** The data sources of a kind that may be read. @throws AppError BAD_CONFIG where one of those configured does not exist at all */
export async function allowedDatasources(
	client: GrafanaClient,
	config: GrafanaConfig,
	signal: AbortSignal,
	kind: keyof typeof KINDS = "prometheus",
): Promise<Datasource[]> {
	const all = await client.datasources(signal);
	const missing = config.datasources.filter((uid) => !all.some((d) => d.uid === uid));
	if (missing.length > 0) {
		throw new AppError("BAD_CONFIG", `grafana has no data source with the uid ${missing.join(", ")}`, {
			hint: `FAULTLINE_GRAFANA_DATASOURCES may name: ${all.map((d) => d.uid).join(", ") || "none is there"}`,
		});
	}
	return all.filter((d) => KINDS[kind](d.type) && (config.datasources.length === 0 || config.datasources.includes(d.uid)));
}

/** One data source by uid or name. @throws AppError NOT_FOUND naming those that may be read */
export function pickDatasource(all: readonly Datasource[], wanted: string): Datasource {
	const found = all.find((d) => d.uid === wanted) ?? all.find((d) => d.name === wanted);
	if (found !== undefined) return found;
	throw new AppError("NOT_FOUND", `no data source "${wanted.slice(0, 60)}" may be read here`, {
		hint: `one of: ${
			all
				.map((d) => `${d.uid} (${d.type})`)
				.join(", ")
				.slice(0, 400) || "none"
		}`,
	});
}
