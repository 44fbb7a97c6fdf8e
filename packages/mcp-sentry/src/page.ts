import type { Coverage, Signal, Window } from "@faultline/contracts";
import { decodeCursor, type EvidenceInput, encodeCursor, windowOf } from "@faultline/mcp";
import { z } from "zod";

const Ends = z.tuple([z.string(), z.string()]);

/** One call of an evidence tool: the window of its first page, and where to go on. */
export interface PageRequest<Position> {
	window: Window;
	/** Where the page before ended; undefined on the first. */
	position: Position | undefined;
	/** The cursor of the next page. */
	next(position: Position): string;
}

/** Reads a call's window and cursor. The window is kept in the cursor, so that "now" stays what it was on the first page. */
export function pageRequest<Position>(
	tool: string,
	input: EvidenceInput & Record<string, unknown>,
	now: number,
	schema: z.ZodType<Position>,
): PageRequest<Position> {
	const { cursor, limit: _limit, detail: _detail, ...asked } = input;
	const query = { tool, ...asked };
	const place = cursor === undefined ? undefined : decodeCursor(query, cursor, z.object({ w: Ends, p: schema }));
	const window = place === undefined ? windowOf(input, now) : { from: place.w[0], to: place.w[1] };
	return { window, position: place?.p as Position | undefined, next: (p) => encodeCursor(query, { w: [window.from, window.to], p }) };
}

/** What a page covered; `skipped` and `truncated` make it partial. */
export function coverageOf(
	window: Window,
	found: { skipped?: readonly string[]; truncated?: boolean; oldestAvailable?: string | undefined; reason?: string },
): Coverage {
	const { skipped = [], truncated = false, oldestAvailable, reason } = found;
	return {
		source: "sentry",
		status: skipped.length > 0 || truncated ? "partial" : "ok",
		...window,
		truncated,
		...(oldestAvailable === undefined ? {} : { oldestAvailable }),
		...(skipped.length > 0 ? { skipped: [...skipped] } : {}),
		...(reason === undefined ? (skipped[0] === undefined ? {} : { reason: skipped[0] }) : { reason }),
	};
}

export const redactionsOf = (signals: readonly Signal[]): number => signals.reduce((sum, s) => sum + s.redactions, 0);
