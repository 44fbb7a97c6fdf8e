import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@faultline/contracts";
import type { CloudWatchApi } from "./client.ts";

export interface InsightsQuery {
	groups: readonly string[];
	/** Milliseconds since the epoch, [from, to). Insights itself reads whole seconds. */
	from: number;
	to: number;
	text: string;
	limit: number;
}

export interface InsightsAnswer {
	rows: Record<string, string>[];
	bytesScanned: number;
	recordsMatched: number;
	/** Why not all was read; undefined where it was. */
	stopped: string | undefined;
}

/** Log groups that one query may read. */
export const GROUPS_PER_QUERY = 50;
const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 2_000;
const STOP_MS = 5_000;
const START_MS = 20_000;

/**
 * Runs a Logs Insights query to its end: start, poll, results. Where the caller gives up, a poll fails, or more is scanned than allowed, the
 * query is stopped at AWS, which otherwise goes on scanning (and billing) for up to an hour.
 */
export async function runInsights(
	api: CloudWatchApi,
	query: InsightsQuery,
	limits: { signal: AbortSignal; maxBytes: number; progress?: (matched: number) => void },
): Promise<InsightsAnswer> {
	return await api.withInsightsPlace(async () => {
		const queryId = await start(api, query, limits.signal);
		let ended = false;
		try {
			const answer = await poll(api, queryId, limits);
			ended = answer.stopped === undefined;
			return answer;
		} finally {
			if (!ended) await stop(api, queryId);
		}
	}, limits.signal);
}

async function start(api: CloudWatchApi, { groups, from, to, text, limit }: InsightsQuery, signal: AbortSignal): Promise<string> {
	// The end of a query is inclusive.
	const input = {
		logGroupNames: [...groups],
		startTime: Math.floor(from / 1000),
		endTime: Math.ceil(to / 1000) - 1,
		queryString: text,
		limit,
	};
	// Cancelled while AWS answers, the query would run on under an id that nobody has: so its start is not cancelled, but undone.
	const started = api.startQuery(input, AbortSignal.timeout(START_MS));
	const gone = Promise.withResolvers<never>();
	const leave = () => {
		gone.reject(new AppError("CANCELLED", "cloudwatch: the query was cancelled"));
		started.then(async ({ queryId = "" }) => await stop(api, queryId)).catch(() => undefined);
	};
	signal.addEventListener("abort", leave, { once: true });
	if (signal.aborted) leave();
	try {
		return (await Promise.race([started, gone.promise])).queryId ?? "";
	} finally {
		signal.removeEventListener("abort", leave);
	}
}

async function poll(
	api: CloudWatchApi,
	queryId: string,
	{ signal, maxBytes, progress }: { signal: AbortSignal; maxBytes: number; progress?: (matched: number) => void },
): Promise<InsightsAnswer> {
	for (let wait = FIRST_POLL_MS; ; wait = Math.min(LONGEST_POLL_MS, wait * 1.6)) {
		await sleep(wait, undefined, { signal });
		const { status, results = [], statistics } = await api.getQueryResults({ queryId }, signal);
		const [bytesScanned, recordsMatched] = [statistics?.bytesScanned ?? 0, statistics?.recordsMatched ?? 0];
		const answer = (stopped: string | undefined): InsightsAnswer => ({
			rows: results.map((row) => Object.fromEntries(row.map((cell) => [cell.field ?? "", cell.value ?? ""]))),
			bytesScanned,
			recordsMatched,
			stopped,
		});
		if (status === "Complete") return answer(undefined);
		if (status === "Failed" || status === "Cancelled" || status === "Timeout")
			throw new AppError(status === "Timeout" ? "TIMEOUT" : "UNAVAILABLE", `cloudwatch: the Insights query ended as ${status}`, {
				hint: "ask for a shorter window or fewer log groups",
			});
		if (bytesScanned > maxBytes) return answer(`stopped after ${(bytesScanned / 1e9).toFixed(1)} GB scanned`);
		progress?.(recordsMatched);
	}
}

/** By a signal of its own: the caller's has gone. That it fails changes nothing for the caller. */
async function stop(api: CloudWatchApi, queryId: string): Promise<void> {
	await api.stopQuery({ queryId }, AbortSignal.timeout(STOP_MS)).catch(() => undefined);
}
