import type { EventCounts } from "../session-counts.ts";

/** Share of a baseline that counts as its newest part. */
const NEWEST = 0.2;
/** Sessions that each part needs before their shares are compared. */
const LEAST_SESSIONS = 50;
/** Standard errors that a difference must exceed beside Bonferroni's n: five is one in two million. */
const LEAST_Z = 5;
/** And the points it must make up: with many sessions a difference too small to matter is certain too. */
const LEAST_SHARE = 0.1;

export interface EventDrift {
	event: number;
	/** Shares of the sessions that had the event. */
	before: number;
	newest: number;
}

/**
 * Events whose share of the sessions differs between the first 80 % of a baseline and its last 20 %, the most different first: a two-proportion
 * z-test, pooled. A baseline that moved says what it says about its end only in part. Cost O(events).
 */
export function driftOf(sessions: readonly EventCounts[]): EventDrift[] {
	const cut = Math.floor(sessions.length * (1 - NEWEST));
	const parts = [sessions.slice(0, cut), sessions.slice(cut)] as const;
	if (Math.min(parts[0].length, parts[1].length) < LEAST_SESSIONS) return [];
	const [first, last] = parts.map(sessionsWith) as [Map<number, number>, Map<number, number>];
	const found: EventDrift[] = [];
	for (const event of new Set([...first.keys(), ...last.keys()])) {
		const [a, b] = [first.get(event) ?? 0, last.get(event) ?? 0];
		const [before, newest] = [a / parts[0].length, b / parts[1].length];
		const pooled = (a + b) / sessions.length;
		const error = Math.sqrt(pooled * (1 - pooled) * (1 / parts[0].length + 1 / parts[1].length));
		if (Math.abs(newest - before) >= LEAST_SHARE && Math.abs(newest - before) > LEAST_Z * error) found.push({ event, before, newest });
	}
	return found.sort((a, b) => Math.abs(b.newest - b.before) - Math.abs(a.newest - a.before));
}

function sessionsWith(sessions: readonly EventCounts[]): Map<number, number> {
	const counts = new Map<number, number>();
	for (const { events } of sessions) for (const event of events) counts.set(event, (counts.get(event) ?? 0) + 1);
	return counts;
}
