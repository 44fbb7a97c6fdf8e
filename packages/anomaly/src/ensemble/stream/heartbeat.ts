import { quantileOfSorted } from "../../quantile.ts";
import { type FitWindows, isTime, moment, NOTHING, quote, type StreamLine } from "./stream-line.ts";

/** Gaps that a period is learned from, and how regular they must be: a standard deviation of half a period. */
const LEAST_GAPS = 10;
const MOST_SPREAD = 0.5;
/** A window must have room for this many of the longest gaps, or silence in it says nothing. */
const LEAST_ROOM = 1.5;
/** Share of the baseline that it must beat through: what repeats itself quickly in one place is a burst, no rhythm. */
const LEAST_COVER = 0.8;

interface Rhythm {
	median: number;
	longest: number;
	/** 1 for a clock, towards 0 for what is barely regular. */
	regularity: number;
}

/**
 * A template that came in a steady rhythm stays away: log2(silence / longest gap of the baseline) times its regularity, 1 - s / (0.5 m) for gaps
 * of mean m and standard deviation s; the largest over the rhythms. Silence is counted within the window, from its begin and to its end too.
 * Fit O(lines), judge O(rhythms + lines).
 */
export const fitHeartbeats: FitWindows = (stretches, { length, describe }) => {
	const gaps = new Map<string, number[]>();
	for (const lines of stretches) {
		const last = new Map<string, number>();
		for (const { event, at } of lines) {
			const before = last.get(event);
			last.set(event, at);
			if (before === undefined || before === at) continue;
			const known = gaps.get(event);
			if (known === undefined) gaps.set(event, [at - before]);
			else known.push(at - before);
		}
	}
	const rhythms = new Map<string, Rhythm>();
	const whole = stretches.reduce((sum, lines) => sum + (lines.at(-1)?.at ?? 0) - (lines[0]?.at ?? 0), 0);
	for (const [event, of] of gaps) {
		const rhythm = of.reduce((sum, gap) => sum + gap, 0) < LEAST_COVER * whole ? undefined : rhythmOf(of);
		if (rhythm !== undefined && rhythm.longest * LEAST_ROOM <= length) rhythms.set(event, rhythm);
	}
	return ({ from, to, lines }) => {
		let found = NOTHING;
		const silences = silencesOf(lines, from, to, rhythms);
		for (const [event, { longest, median, regularity }] of rhythms) {
			const { since, silence } = silences.get(event) ?? { since: from, silence: to - from };
			const figure = regularity * Math.log2(silence / longest);
			if (figure <= found.figure) continue;
			found = {
				figure,
				event,
				since,
				evidence: isTime(from)
					? `heartbeat: ${quote(describe(event))} every ${span(median)} and at most ${span(longest)} apart, silent since ${moment(since)}`
					: `heartbeat: ${quote(describe(event))} silent for ${span(silence)}, every ${span(median)} in the baseline, at most ${span(longest)}`,
			};
		}
		return found;
	};
};

function rhythmOf(gaps: readonly number[]): Rhythm | undefined {
	if (gaps.length < LEAST_GAPS) return undefined;
	const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
	const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
	const regularity = 1 - deviation / (MOST_SPREAD * mean);
	if (regularity <= 0) return undefined;
	const sorted = Float64Array.from(gaps).sort();
	return { median: quantileOfSorted(sorted, 0.5), longest: sorted.at(-1) as number, regularity };
}

interface Silence {
	since: number;
	silence: number;
}

/** The longest stretch of a window without each event. */
function silencesOf(lines: readonly StreamLine[], from: number, to: number, of: ReadonlyMap<string, unknown>): Map<string, Silence> {
	const last = new Map<string, number>();
	const longest = new Map<string, Silence>();
	const end = (event: string, since: number, at: number): void => {
		if (at - since > (longest.get(event)?.silence ?? -1)) longest.set(event, { since, silence: at - since });
	};
	for (const { event, at } of lines) {
		if (!of.has(event)) continue;
		end(event, last.get(event) ?? from, at);
		last.set(event, at);
	}
	for (const [event, at] of last) end(event, at, to);
	return longest;
}

/** Of a stream without a clock in lines; in seconds where numbers are as large as milliseconds get. */
const span = (x: number): string => (x >= 1_000 ? `${(x / 1_000).toFixed(1)} s` : x.toFixed(0));
