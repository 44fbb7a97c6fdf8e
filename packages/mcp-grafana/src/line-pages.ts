import { z } from "zod";
import { type LogLine, lineKey } from "./map-lines.ts";

/** Where a page ended: nanoseconds since the epoch, and the lines of that very moment that were told. No data source of logs has a cursor of its own. */
export const LinePosition = z.object({ at: z.string().regex(/^\d{1,20}$/), seen: z.array(z.string()).max(300) });
export type LinePosition = z.output<typeof LinePosition>;

export const nanosOf = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

/** The next lines after a position, oldest first, out of what was read from it on; `more`: there is more than was read. */
export function pageOf(
	lines: readonly LogLine[],
	{ at, seen }: LinePosition,
	{ limit, more }: { limit: number; more: boolean },
): { lines: LogLine[]; next: LinePosition | undefined } {
	const keyed = lines
		.map((line) => ({ line, key: lineKey(line) }))
		.sort((a, b) => (a.line.at < b.line.at ? -1 : a.line.at > b.line.at ? 1 : a.key < b.key ? -1 : 1));
	const fresh = keyed.filter(({ line, key }) => !(String(line.at) === at && seen.includes(key)));
	const page = fresh.slice(0, limit);
	const last = page.at(-1)?.line.at;
	const told = page.map(({ line }) => line);
	if (last === undefined || !(more || fresh.length > page.length)) return { lines: told, next: undefined };
	const same = page.filter(({ line }) => line.at === last).map(({ key }) => key);
	const known = String(last) === at ? [...new Set([...seen, ...same])] : same;
	return { lines: told, next: { at: String(last), seen: known.slice(-300) } };
}
