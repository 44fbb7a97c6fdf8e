import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@faultline/contracts";
import type { GrafanaClient } from "./client.ts";
import { linesOf } from "./frame-lines.ts";
import type { LogLine } from "./map-lines.ts";
import { ask, framesOf } from "./plugin-query.ts";
import type { Datasource } from "./wire.ts";

const FIRST_POLL_MS = 200;
const LONGEST_POLL_MS = 3_000;
const STOP_MS = 5_000;

/** Rows of one Logs Insights query that Grafana runs: started, asked after until it is done, and stopped where the caller leaves. */
export async function cloudWatchLines(
	client: GrafanaClient,
	datasource: Datasource,
	model: Record<string, unknown>,
	{ from, to, size }: { from: number; to: number; size: number },
	signal: AbortSignal,
): Promise<LogLine[]> {
	const { queryString, ...scope } = model;
	const own = typeof queryString === "string" && queryString.trim() !== "" ? ` | ${queryString}` : "";
	const text = `fields @message${own} | sort @timestamp asc | limit ${size}`;
	const act = async (subtype: string, more: object, until: AbortSignal) =>
		framesOf(
			datasource,
			await ask(client, datasource, { type: "logAction", subtype, region: scope.region, ...more }, { from, to: to - 1 }, until),
		);
	const [started] = await act("StartQuery", { ...scope, queryString: text }, signal);
	const queryId = started?.data.values[0]?.[0];
	if (typeof queryId !== "string")
		throw new AppError("BAD_RESPONSE", "grafana did not say which Logs Insights query it started", {
			hint: "Grafana 9 or later is needed",
		});
	let ended = false;
	try {
		for (let wait = FIRST_POLL_MS; ; wait = Math.min(LONGEST_POLL_MS, wait * 1.6)) {
			const frames = await act("GetQueryResults", { queryId }, signal);
			const status = frames[0]?.schema.meta?.custom?.Status ?? "Complete";
			if (status !== "Running" && status !== "Scheduled") {
				ended = true;
				if (status === "Complete") return linesOf(frames);
				throw new AppError(status === "Timeout" ? "TIMEOUT" : "UNAVAILABLE", `the Logs Insights query ended as ${status}`, {
					hint: "ask for a shorter window",
				});
			}
			await sleep(wait, undefined, { signal });
		}
	} finally {
		// by a signal of its own: the caller's has gone; that it fails changes nothing for the caller
		if (!ended) await act("StopQuery", { queryId }, AbortSignal.timeout(STOP_MS)).catch(() => undefined);
	}
}
