/** A window of metrics, in milliseconds since the epoch. */
export interface MetricWindow {
	from: number;
	to: number;
}

const DAY_MS = 86_400_000;
/** How long CloudWatch keeps points of a period, and the points that a chart of the window should have at most. */
const MAX_POINTS = 1_440;
const RETENTION: readonly [periodS: number, keptMs: number][] = [
	[60, 15 * DAY_MS],
	[300, 63 * DAY_MS],
	[3600, 455 * DAY_MS],
];
/** An emulator keeps what it was given, and has no quota on points. */
const FINE: readonly [periodS: number, longestMs: number][] = [
	[1, 3 * 3_600_000],
	[5, 15 * 3_600_000],
];

/**
 * The period to ask for, in seconds: the finest that AWS still keeps for the start of the window and that gives at most 1,440
 * points (AWS: 60 s are kept for 15 days, 300 s for 63 days, 3600 s for 455 days). A private endpoint is asked for seconds.
 */
export function periodFor({ from, to }: MetricWindow, now: number, endpoint: boolean): number {
	const fine = endpoint ? FINE.find(([, longest]) => to - from <= longest)?.[0] : undefined;
	if (fine !== undefined) return fine;
	const kept = endpoint ? 60 : (RETENTION.find(([, keptMs]) => now - from <= keptMs)?.[0] ?? 3600);
	const needed = Math.ceil((to - from) / 1000 / MAX_POINTS / 60) * 60;
	const wanted = Math.max(kept, needed, 60);
	// Above a minute, whole multiples of what is kept.
	return Math.ceil(wanted / kept) * kept;
}
