import { createHash } from "node:crypto";
import type { Signal, Window } from "@faultline/contracts";
import type { ToolContext } from "@faultline/mcp";
import type { CloudWatchApi } from "./client.ts";
import { eventIds } from "./event-ids.ts";
import { GROUPS_PER_QUERY, runInsights } from "./insights.ts";
import { leastSeverity, levelCondition, patternCondition } from "./log-levels.ts";
import type { LogFilter } from "./log-reader.ts";
import { mapLogEvent } from "./map-logs.ts";

/** Where a page ended: its last time, and the records of that very millisecond that were told. */
export interface InsightsPosition {
	batch: number;
	after: number;
	seen: string[];
}
const MOST_SEEN = 200;

/** Conditions on lines, for Logs Insights. Undefined where it cannot tell the pattern. */
export function conditionsOf({ pattern, level }: LogFilter): string[] | undefined {
	const match = pattern === undefined ? "" : patternCondition(pattern);
	if (match === undefined) return undefined;
	return [match, level === undefined ? "" : levelCondition(level)].filter((c) => c !== "");
}

export interface InsightsPage {
	signals: Signal[];
	next: InsightsPosition | undefined;
	bytesScanned: number;
	stopped: string | undefined;
	query: string;
}

/** One page of log events by Logs Insights, of up to 50 groups at a time, oldest first. Insights has no cursor: a page begins at the time at which the one before ended. */
export async function readByInsights(
	api: CloudWatchApi,
	at: {
		groups: readonly string[];
		window: Window;
		limit: number;
		filter: LogFilter;
		position: InsightsPosition | undefined;
		maxBytes: number;
	},
	{ signal, progress }: ToolContext,
): Promise<InsightsPage> {
	const { batch, after, seen } = at.position ?? { batch: 0, after: Date.parse(at.window.from), seen: [] };
	const groups = at.groups.slice(batch * GROUPS_PER_QUERY, (batch + 1) * GROUPS_PER_QUERY);
	const to = Date.parse(at.window.to);
	const conditions = [...(after % 1000 === 0 ? [] : [`toMillis(@timestamp) >= ${after}`]), ...(conditionsOf(at.filter) ?? [])];
	const query = [
		"fields @timestamp, @message, @logStream, @log, @ptr",
		...(conditions.length === 0 ? [] : [`filter ${conditions.join(" and ")}`]),
		"sort @timestamp asc",
		`limit ${at.limit + seen.length}`,
	].join(" | ");
	const wanted = at.limit + seen.length;
	const answer = await runInsights(
		api,
		{ groups, from: after, to, text: query, limit: wanted },
		{ signal, maxBytes: at.maxBytes, progress: (matched) => progress(matched, undefined, "lines matched") },
	);
	const region = await api.region();
	const rows = answer.rows.map((row) => ({ row, ms: insightsTime(row["@timestamp"] ?? ""), key: keyOf(row) }));
	const isSeen = ({ ms, key }: { ms: number; key: string }) => ms === after && seen.includes(key);
	const own = rows.filter(({ ms, key }) => ms >= after && ms < to && !isSeen({ ms, key }));
	const least = at.filter.level === undefined ? 0 : leastSeverity(at.filter.level);
	const ids = eventIds("");
	const eventOf = ({ row, ms }: (typeof rows)[number]) => {
		const group = (row["@log"] ?? "").replace(/^\d+:/, "") || groups[0] || "";
		return { event: { timestamp: ms, message: row["@message"] ?? "", logStreamName: row["@logStream"] }, group };
	};
	// what the page before told has its numbers already
	for (const { event, group } of rows.filter(isSeen).map(eventOf)) ids.idOf(event, group);
	const signals = own
		.map(eventOf)
		.map(({ event, group }) => mapLogEvent(event, { id: ids.idOf(event, group), region, group }))
		.filter((s) => s.severity >= least);
	const last = rows.at(-1);
	const sameTime = rows.filter(({ ms }) => ms === last?.ms).map(({ key }) => key);
	const full = answer.rows.length >= wanted && last !== undefined && own.length > 0;
	const next = full
		? { batch, after: last.ms, seen: (last.ms === after ? [...new Set([...seen, ...sameTime])] : sameTime).slice(-MOST_SEEN) }
		: (batch + 1) * GROUPS_PER_QUERY < at.groups.length
			? { batch: batch + 1, after: Date.parse(at.window.from), seen: [] }
			: undefined;
	return { signals, next, bytesScanned: answer.bytesScanned, stopped: answer.stopped, query };
}

/** "2026-06-19 09:00:00.123", which is UTC, or milliseconds since the epoch. */
function insightsTime(text: string): number {
	return /^\d{11,}$/.test(text) ? Number(text) : Date.parse(`${text.replace(" ", "T")}Z`);
}

const keyOf = (row: Record<string, string>): string =>
	createHash("sha256")
		.update(row["@ptr"] ?? JSON.stringify(row))
		.digest("base64url")
		.slice(0, 8);
