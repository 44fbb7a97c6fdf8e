import { AppError } from "@faultline/contracts";
import { createHttpClient, createRequestQueue } from "@faultline/platform";
import type { z } from "zod";
import type { GrafanaConfig } from "./config.ts";
import {
	type Annotation,
	Annotations,
	alertingRules,
	type Datasource,
	Datasources,
	LabelValues,
	Matrix,
	type MatrixRow,
	Metadata,
	type Rule,
	Rules,
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
}

/** So many requests at once: Grafana proxies each to a data source that people also look at. */
const CONCURRENCY = 6;

/** A client of one Grafana. Failures are AppErrors. */
export function createGrafanaClient(config: GrafanaConfig): GrafanaClient {
	const http = createHttpClient({
		source: "grafana",
		baseUrl: config.url,
		headers: { authorization: `Bearer ${config.token}` },
		queue: createRequestQueue({ concurrency: CONCURRENCY }),
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
		const reply = await http.get(path, { query, signal });
		const parsed = schema.safeParse(reply.body);
		if (parsed.success) return parsed.data;
		throw new AppError("BAD_RESPONSE", `grafana answered ${path.split("?")[0]} in a form that is not known`, {
			hint: "check that GRAFANA_URL is the address of a Grafana 9 or later",
		});
	};
	const proxied = (uid: string, path: string) => `api/datasources/proxy/uid/${encodeURIComponent(uid)}/api/v1/${path}`;
	const seconds = (ms: number) => (ms / 1000).toFixed(3);
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
		annotations: async (query, signal) => await get(Annotations, "api/annotations", { ...query }, signal),
	};
}

/** The Prometheus data sources that may be read. @throws AppError BAD_CONFIG where none of those configured exists */
export async function allowedDatasources(client: GrafanaClient, config: GrafanaConfig, signal: AbortSignal): Promise<Datasource[]> {
	const all = await client.datasources(signal);
	const prometheus = all.filter((d) => d.type === "prometheus" || d.type.endsWith("-prometheus-datasource"));
	if (config.datasources.length === 0) return prometheus;
	const allowed = prometheus.filter((d) => config.datasources.includes(d.uid));
	const missing = config.datasources.filter((uid) => !allowed.some((d) => d.uid === uid));
	if (missing.length > 0) {
		throw new AppError("BAD_CONFIG", `grafana has no Prometheus data source with the uid ${missing.join(", ")}`, {
			hint: `FAULTLINE_GRAFANA_DATASOURCES may name: ${prometheus.map((d) => d.uid).join(", ") || "none is there"}`,
		});
	}
	return allowed;
}
