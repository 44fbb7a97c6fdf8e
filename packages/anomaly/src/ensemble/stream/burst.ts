import { type FitWindows, isTime, NOTHING, quote, type StreamLine, type StreamWindow, windowsOf } from "./stream-line.ts";

/** Lines that are added to both sides of the ratio: four of a template that had at most one are no burst yet. */
const PSEUDO_COUNT = 5;

/**
 * A template comes more often in a window than in any of the baseline: log2((n + 5) / (max + 5)), the largest over the templates that the
 * baseline knows. A ratio to the greatest, not to the mean, because log lines come in clumps by nature. Fit O(lines), judge O(lines).
 */
export const fitBursts: FitWindows = (stretches, { length, describe }) => {
	const most = new Map<string, number>();
	for (const lines of stretches)
		for (const window of windowsOf(lines, length))
			for (const [event, count] of countsOf(window.lines)) most.set(event, Math.max(most.get(event) ?? 0, count));
	for (const lines of stretches) for (const { event } of lines) if (!most.has(event)) most.set(event, 1);
	return (window) => {
		let found = NOTHING;
		for (const [event, count] of countsOf(window.lines)) {
			const usual = most.get(event);
			if (usual === undefined) continue;
			const figure = Math.log2((count + PSEUDO_COUNT) / (usual + PSEUDO_COUNT));
			if (figure > found.figure)
				found = {
					figure,
					event,
					since: window.from,
					evidence: `burst: ${quote(describe(event))} ${rates(window, count, usual)}`,
				};
		}
		return found;
	};
};

/** "212/min against at most 14/min" where there is a clock. */
function rates({ from, to }: StreamWindow, count: number, usual: number): string {
	if (!isTime(from)) return `${count} times, at most ${usual} in as long a stretch of the baseline`;
	const perMinute = (n: number): string => `${Number(((n * 60_000) / (to - from)).toPrecision(3))}/min`;
	return `${perMinute(count)} against at most ${perMinute(usual)} before`;
}

function countsOf(lines: readonly StreamLine[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { event } of lines) counts.set(event, (counts.get(event) ?? 0) + 1);
	return counts;
}
