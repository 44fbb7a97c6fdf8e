import { createHash } from "node:crypto";
import type { Window } from "@faultline/contracts";
import { z } from "zod";
import { type GrafanaClient, HISTORY_PAGE } from "./client.ts";
import type { HistoryRow } from "./wire.ts";

/** Where the next page of a history that is kept in Loki ends, and what of that millisecond was told. */
export const HistoryPosition = z.object({ from: z.string(), to: z.string(), kept: z.number(), seen: z.array(z.string()).max(500) });
export type HistoryPosition = z.output<typeof HistoryPosition>;

export interface HistoryItem extends HistoryRow {
	/** Of this change of state, whenever it is read. */
	key: string;
}

/**
 * One page of the changes of state of a window that Grafana keeps in Loki, newest first. Undefined where it keeps them elsewhere.
 * Grafana has no cursor for them and tells so many at most: a window that may hold more is read in halves.
 */
export async function readHistory(
	client: GrafanaClient,
	window: Window,
	position: HistoryPosition | undefined,
	limit: number,
	signal: AbortSignal,
): Promise<{ items: HistoryItem[]; next: HistoryPosition | undefined } | undefined> {
	const { kept: until, seen } = position ?? { kept: Date.parse(window.to) - 1, seen: [] as string[] };
	const from = Date.parse(window.from);
	const all = await newest(client, { from, until, wanted: limit + seen.length + 1 }, signal);
	if (all === undefined) return undefined;
	const fresh = all.filter((item) => !(item.time === until && seen.includes(item.key)));
	const items = fresh.slice(0, limit);
	const last = items.at(-1)?.time;
	if (last === undefined || fresh.length === items.length) return { items, next: undefined };
	const same = items.filter((item) => item.time === last).map(({ key }) => key);
	const told = last === until ? [...new Set([...seen, ...same])] : same;
	return { items, next: { ...window, kept: last, seen: told.slice(-500) } };
}

/** The newest changes of [from, until], at least `wanted` of them where there are so many. */
async function newest(
	client: GrafanaClient,
	{ from, until, wanted }: { from: number; until: number; wanted: number },
	signal: AbortSignal,
): Promise<HistoryItem[] | undefined> {
	const [start, end] = [Math.floor(from / 1000), Math.floor(until / 1000) + 1];
	const rows = await client.alertHistory(start, end, signal);
	if (rows === undefined) return undefined;
	// a whole number of thousands is how much some version gives at most, and not how much there is
	const isCut = rows.length >= HISTORY_PAGE || (rows.length > 0 && rows.length % 1_000 === 0);
	if (isCut && end - start > 1) {
		const middle = Math.floor((start + end) / 2) * 1000;
		const late = (await newest(client, { from: Math.max(from, middle), until, wanted }, signal)) ?? [];
		if (late.length >= wanted) return late;
		return [...late, ...((await newest(client, { from, until: middle - 1, wanted: wanted - late.length }, signal)) ?? [])];
	}
	const items = rows.filter(({ time }) => time >= from && time <= until).map((row) => ({ ...row, key: keyOf(row) }));
	return items.sort((a, b) => b.time - a.time || (a.key < b.key ? -1 : 1));
}

function keyOf({ time, line, ruleUid }: HistoryRow): string {
	return createHash("sha256")
		.update(JSON.stringify([time, ruleUid, line.current, line.previous, line.fingerprint, Object.entries(line.labels ?? {}).sort()]))
		.digest("hex")
		.slice(0, 16);
}
