import { AppError, type Signal, severityOf, toAppError } from "@faultline/contracts";
import { z } from "zod";
import type { GrafanaClient } from "./client.ts";
import type { GrafanaConfig } from "./config.ts";
import { type LinePosition, nanosOf, pageOf } from "./line-pages.ts";
import { type LogLine, mapLine } from "./map-lines.ts";
import type { Datasource } from "./wire.ts";

export const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
const WORDS: Record<(typeof LEVELS)[number], string> = {
	debug: "debug|trace|20",
	info: "info|notice|30",
	warn: "warn|40",
	error: "err|severe|fail|50",
	fatal: "fatal|crit|panic|emerg|alert|60",
};

export const logFilters = {
	query: z
		.string()
		.max(2_000)
		.optional()
		.describe('As the data source speaks: LogQL {app="web"} |= "timeout", Lucene, Insights. Default: all.'),
	level: z.enum(LEVELS).optional().describe("This level and graver."),
	datasource: z.string().max(100).optional().describe("uid or name."),
};
/** Lines that Loki gives at most in one answer, where it is not configured otherwise. */
const LOKI_LIMIT = 5_000;
/** Labels that say what a stream is, of which one is on nearly every stream. */
const WIDE = ["service_name", "service", "app", "job", "namespace", "container", "host", "filename"];

/** The query to run: the caller's, or a selector of every stream; undefined where there is no stream in the window. */
export async function logQuery(
	client: GrafanaClient,
	{ uid }: Datasource,
	asked: { query?: string | undefined; level?: (typeof LEVELS)[number] | undefined; from: number; to: number },
	signal: AbortSignal,
): Promise<string | undefined> {
	let selector = asked.query?.trim();
	if (selector === undefined || selector === "") {
		const labels = await client.logLabels(uid, asked.from, asked.to, signal);
		const label = WIDE.find((l) => labels.includes(l)) ?? labels.find((l) => !l.startsWith("__"));
		if (label === undefined) return undefined;
		selector = `{${label}=~".+"}`;
	}
	if (!selector.startsWith("{"))
		throw new AppError("BAD_INPUT", "the query is not a LogQL log query", {
			hint: 'begin with a stream selector, such as {app="web"} |= "error"; metric queries go to query_datasource',
		});
	if (asked.level === undefined) return selector;
	// A line of that level has such a word in its text or its detected level; what else has one is left out afterwards.
	const words = LEVELS.slice(LEVELS.indexOf(asked.level))
		.map((l) => WORDS[l])
		.join("|");
	return `${selector} |~ \`(?i)(${words})\``;
}

/** @throws AppError BAD_INPUT where Loki's own estimate is beyond what one query may read. Bytes; undefined where Loki does not say. */
export async function guardCost(
	client: GrafanaClient,
	config: GrafanaConfig,
	{ uid }: Datasource,
	asked: { query: string; from: number; to: number },
	signal: AbortSignal,
): Promise<number | undefined> {
	const selector = /^\{(?:[^"`{}]|"(?:[^"\\]|\\.)*"|`[^`]*`)*\}/.exec(asked.query)?.[0] ?? asked.query;
	const stats = await queried(client.logStats(uid, selector, asked.from, asked.to, signal), uid);
	if (stats === undefined || stats.bytes <= config.maxLogBytes) return stats?.bytes;
	const gb = (n: number) => `${Number((n / 1e9).toPrecision(3))} GB`;
	throw new AppError(
		"BAD_INPUT",
		`the query would read about ${gb(stats.bytes)} of ${stats.streams} streams; at most ${gb(config.maxLogBytes)} are allowed`,
		{
			hint: "narrow the selector or the window, or raise FAULTLINE_GRAFANA_MAX_LOG_GB",
		},
	);
}

/** Loki answers 400 where a query is wrong: that is the caller's to mend. */
export async function queried<T>(work: Promise<T>, uid: string): Promise<T> {
	try {
		return await work;
	} catch (thrown) {
		if (toAppError(thrown).code !== "BAD_INPUT") throw thrown;
		throw new AppError("BAD_INPUT", `the data source ${uid} did not accept the query`, {
			hint: "check the LogQL: selector, quotes, pipeline",
		});
	}
}

/** One page of lines of a data source, oldest first. */
export async function readLines(
	client: GrafanaClient,
	config: GrafanaConfig,
	datasource: Datasource,
	asked: { query: string; from: number; to: number; limit: number; level?: string | undefined; position: LinePosition | undefined },
	signal: AbortSignal,
): Promise<{ signals: Signal[]; next: LinePosition | undefined }> {
	const { at, seen } = asked.position ?? { at: String(nanosOf(asked.from)), seen: [] };
	const limit = Math.min(LOKI_LIMIT, asked.limit + seen.length);
	const streams = await queried(
		client.logs(datasource.uid, asked.query, { from: BigInt(at), to: nanosOf(asked.to), limit, forward: true }, signal),
		datasource.uid,
	);
	const lines = streams.flatMap(({ stream, values }) => values.map(([ns, text]): LogLine => ({ labels: stream, at: BigInt(ns), text })));
	const page = pageOf(lines, { at, seen }, { limit: asked.limit, more: lines.length >= limit });
	const least = severityOf(asked.level);
	return { signals: page.lines.map((line) => mapLine(line, datasource, config.url)).filter((s) => s.severity >= least), next: page.next };
}
