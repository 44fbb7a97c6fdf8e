import type { Coverage, Signal, Window } from "@faultline/contracts";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { windowOf } from "./input.ts";

const Ends = z.tuple([z.string(), z.string()]);

/** One call of an evidence tool: its window, and where to go on. */
export interface PageRequest<Position> {
	window: Window;
	/** Where the page before ended; undefined on the first. */
	position: Position | undefined;
	/** The cursor of the next page. */
	next(position: Position): string;
}

/**
 * Reads the window and cursor of a call. The window is kept in the cursor, so that "now" and "-30m" stay what they were on the first page;
 * `limit` and `detail` may change from page to page, everything else may not.
 */
export function pageRequest<Position>(
	tool: string,
	input: { from?: string | undefined; to?: string | undefined; cursor?: string | undefined; limit?: number; detail?: string } & Record<
		string,
		unknown
	>,
	now: number,
	schema: z.ZodType<Position>,
): PageRequest<Position> {
	const { cursor, limit: _limit, detail: _detail, ...asked } = input;
	const query = { tool, ...asked };
	const place = cursor === undefined ? undefined : decodeCursor(query, cursor, z.object({ w: Ends, p: z.unknown() }));
	const window = place === undefined ? windowOf(input, now) : { from: place.w[0], to: place.w[1] };
	const position = place === undefined || cursor === undefined ? undefined : decodeCursor(query, cursor, z.object({ p: schema })).p;
	return { window, position, next: (p) => encodeCursor(query, { w: [window.from, window.to], p }) };
}

export interface Covered {
	/** What was left out and why. */
	skipped?: readonly string[];
	truncated?: boolean;
	oldestAvailable?: string | undefined;
	reason?: string | undefined;
	/** Milliseconds that the call waited for its turn with the upstream. */
	waitedMs?: number | undefined;
}

/** What a page covered: "partial" where something was left out, with the first omission as the reason. */
export function coverageOf(source: string, window: Window, covered: Covered = {}): Coverage {
	const { skipped = [], truncated = false, oldestAvailable, reason = skipped[0], waitedMs = 0 } = covered;
	return {
		source,
		status: skipped.length > 0 || truncated ? "partial" : "ok",
		...window,
		truncated,
		...(oldestAvailable === undefined ? {} : { oldestAvailable }),
		...(skipped.length > 0 ? { skipped: [...skipped] } : {}),
		...(reason === undefined ? {} : { reason }),
		...(waitedMs >= 1 ? { waitedMs: Math.round(waitedMs) } : {}),
	};
}

/** A place in a list in order of time: the last record that was given. */
export const AfterRecord = z.object({ t: z.string(), i: z.string() });
export type AfterRecord = z.infer<typeof AfterRecord>;

/** The next page of records in order of time and id, after a place; `last` is undefined where nothing follows it. */
export function sliceAfter(
	signals: readonly Signal[],
	after: AfterRecord | undefined,
	limit: number,
	order: "oldest" | "newest" = "oldest",
): { page: Signal[]; last: AfterRecord | undefined } {
	const sign = order === "oldest" ? 1 : -1;
	const ordered = [...signals].sort((a, b) => sign * byTimeAndId(a, b));
	const from = after === undefined ? 0 : ordered.findIndex((s) => sign * byTimeAndId(s, { time: after.t, id: after.i }) > 0);
	const page = from < 0 ? [] : ordered.slice(from, from + limit);
	const end = page.at(-1);
	const more = from >= 0 && from + limit < ordered.length;
	return { page, last: more && end ? { t: end.time, i: end.id } : undefined };
}

/** Instants of any precision, then ids. */
function byTimeAndId(a: { time: string; id: string }, b: { time: string; id: string }): number {
	return Date.parse(a.time) - Date.parse(b.time) || (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** How many secrets and personal data were taken out of these records. */
export const redactionsOf = (signals: readonly Signal[]): number => signals.reduce((sum, s) => sum + s.redactions, 0);
