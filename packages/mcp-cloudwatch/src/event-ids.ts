import { createHash } from "node:crypto";
import { z } from "zod";

export interface LogEvent {
	timestamp?: number | undefined;
	message?: string | undefined;
	logStreamName?: string | undefined;
}

/** The last millisecond of which events were told, and how many of each text, by a hash of it; for the page after. */
export const Told = z.object({ at: z.number(), of: z.array(z.tuple([z.string(), z.int().positive()])).max(100) });
export type Told = z.output<typeof Told>;
const NONE: Told = { at: -1, of: [] };

/**
 * Ids of log events. FilterLogEvents names an event by its eventId and Logs Insights by its @ptr, of which neither can be had from the other;
 * what both tell is group, stream, millisecond and text. Those are the id, with a number where a stream wrote the same text several times in
 * one millisecond, so that the same event is one record whichever way it was read.
 */
export function eventIds(group: string, before: Told = NONE): { idOf(event: LogEvent, group?: string): string; told(): Told } {
	const counts = new Map<string, number>(before.of);
	let last = before.at;
	let latest = new Set<string>(counts.keys());
	return {
		idOf(event, ofGroup = group) {
			const { timestamp = 0, message = "", logStreamName } = event;
			const key = hash([ofGroup, logStreamName, timestamp, message.replace(/[\r\n]+$/, "")]);
			const nth = counts.get(key) ?? 0;
			counts.set(key, nth + 1);
			if (timestamp > last) latest = new Set();
			if (timestamp >= last) latest.add(key);
			last = Math.max(last, timestamp);
			return nth === 0 ? key : `${key}.${nth}`;
		},
		told: () => ({ at: last, of: [...latest].slice(0, 100).map((key) => [key, counts.get(key) ?? 1]) }),
	};
}

function hash(parts: readonly unknown[]): string {
	return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 20);
}
