import type { Signal } from "@faultline/contracts";
import type { Query, SentryClient } from "./client.ts";
import { SpanRow } from "./wire.ts";

/** Sentry's largest page. */
export const LARGEST_PAGE = 100;

/** Rows of a dataset as Signals, page after page of Sentry's until there are `limit` or no more. */
export async function readRows(
	client: SentryClient,
	query: Query,
	map: (row: SpanRow, url: (path: string) => string) => Signal | undefined,
	paging: { limit: number; cursor: string | undefined; signal: AbortSignal; progress?: (read: number) => void },
): Promise<{ signals: Signal[]; cursor: string | undefined; skipped: string[] }> {
	const size = Math.min(LARGEST_PAGE, paging.limit);
	const signals: Signal[] = [];
	let unreadable = 0;
	let cursor = paging.cursor;
	do {
		const page = await client.page("events/", SpanRow, { ...query, per_page: size, cursor }, paging.signal, "data");
		const found = page.items.map((row) => map(row, client.web)).filter((s) => s !== undefined);
		unreadable += page.unreadable + page.items.length - found.length;
		signals.push(...found);
		cursor = page.next;
		paging.progress?.(signals.length);
	} while (cursor !== undefined && signals.length + size <= paging.limit);
	return { signals, cursor, skipped: unreadable > 0 ? [`${unreadable} rows were not as expected`] : [] };
}
