import { AppError, type Signal, severityOf, toAppError } from "@faultline/contracts";
import { z } from "zod";
import type { GrafanaClient } from "./client.ts";
import type { GrafanaConfig } from "./config.ts";
import { type LokiLine, lineKey, mapLine } from "./map-lines.ts";
import type { Datasource } from "./wire.ts";

/** Where a page ended: nanoseconds, and the lines of that very nanosecond that were told. Loki has no cursor of its own. */
export const LokiPosition = z.object({ at: z.string().regex(/^\d{1,20}$/), seen: z.array(z.string()).max(300) });
export type LokiPosition = z.output<typeof LokiPosition>;

export const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
const WORDS: Record<(typeof LEVELS)[number], string> = {
	debug: "debug|trace|20",
	info: "info|notice|30",
	warn: "warn|40",
	error: "err|severe|fail|50",
	fatal: "fatal|crit|panic|emerg|alert|60",
};

export const lokiFilters = {
	query: z.string().max(2_000).optional().describe('LogQL: {app="web"} |= "timeout". Default: every stream.'),
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
	asked: { query: string; from: number; to: number; limit: number; level?: string | undefined; position: LokiPosition | undefined },
	signal: AbortSignal,
): Promise<{ signals: Signal[]; next: LokiPosition | undefined }> {
	const nanos = (ms: number) => BigInt(Math.round(ms)) * 1_000_000n;
	const { at, seen } = asked.position ?? { at: String(nanos(asked.from)), seen: [] };
	const limit = Math.min(LOKI_LIMIT, asked.limit + seen.length);
	const streams = await queried(
		client.logs(datasource.uid, asked.query, { from: BigInt(at), to: nanos(asked.to), limit, forward: true }, signal),
		datasource.uid,
	);
	const lines = streams.flatMap(({ stream, values }) => values.map(([ns, text]): LokiLine => ({ labels: stream, at: BigInt(ns), text })));
	const keyed = lines
		.map((line) => ({ line, key: lineKey(line) }))
		.sort((a, b) => (a.line.at < b.line.at ? -1 : a.line.at > b.line.at ? 1 : a.key < b.key ? -1 : 1));
	const fresh = keyed.filter(({ line, key }) => !(String(line.at) === at && seen.includes(key)));
	const page = fresh.slice(0, asked.limit);
	const last = page.at(-1)?.line.at;
	const more = last !== undefined && (lines.length >= limit || fresh.length > page.length);
	const least = severityOf(asked.level);
	const signals = page.map(({ line }) => mapLine(line, datasource, config.url)).filter((s) => s.severity >= least);
	if (!more) return { signals, next: undefined };
	const same = page.filter(({ line }) => line.at === last).map(({ key }) => key);
	const told = String(last) === at ? [...new Set([...seen, ...same])] : same;
	return { signals, next: { at: String(last), seen: told.slice(-300) } };
}
