import type { Coverage, Window } from "@faultline/contracts";
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
}

/** What a page covered: "partial" where something was left out, with the first omission as the reason. */
export function coverageOf(source: string, window: Window, covered: Covered = {}): Coverage {
	const { skipped = [], truncated = false, oldestAvailable, reason = skipped[0] } = covered;
	return {
		source,
		status: skipped.length > 0 || truncated ? "partial" : "ok",
		...window,
		truncated,
		...(oldestAvailable === undefined ? {} : { oldestAvailable }),
		...(skipped.length > 0 ? { skipped: [...skipped] } : {}),
		...(reason === undefined ? {} : { reason }),
	};
}
