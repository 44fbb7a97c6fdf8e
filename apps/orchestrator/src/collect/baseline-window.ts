import { AppError, type EvidenceSet, parseDuration, parseInstant, type Window } from "@faultline/contracts";

/** What the caller asks for: `since` ("30m", "2h"), or an exact window. */
export interface AskedTime {
	since?: string | undefined;
	from?: string | undefined;
	to?: string | undefined;
	/** How much healthy time to read before it ("30m", "0s"). */
	baseline?: string | undefined;
}

export interface PlannedWindow {
	asked: Window;
	/** What is collected: `asked`, with the lookback before it. */
	collected: Window;
}

/**
 * The window to collect. "What is broken since 30 minutes" needs something healthy to compare with, so that `since` reads a
 * lookback before it as well; an exact window is taken as it is unless a baseline is asked for.
 */
export function planWindow(time: AskedTime, defaultBaselineMs: number, now: number): PlannedWindow {
	if (time.since !== undefined && time.from !== undefined)
		throw new AppError("BAD_INPUT", "both since and from are given", { hint: "give one of them" });
	const to = parseInstant(time.to ?? "now", now, "to");
	const from = time.from === undefined ? to - durationOf(time.since ?? "30m", "since") : parseInstant(time.from, now, "from");
	if (from >= to)
		throw new AppError("BAD_INPUT", "the window is empty: from is not before to", { hint: "swap them, or give an earlier from" });
	const lookback =
		time.baseline === undefined ? (time.from === undefined ? defaultBaselineMs : 0) : durationOf(time.baseline, "baseline", true);
	// Times are kept to the second by some sources, and windows are half open: an end that is named means that second, too.
	const end = to < now ? Math.min(now, to + 1000) : to;
	return { asked: { from: iso(from), to: iso(to) }, collected: { from: iso(from - lookback), to: iso(end) } };
}

function durationOf(text: string, name: string, zero = false): number {
	const ms = parseDuration(text.trim());
	if (ms === undefined || (ms === 0 && !zero))
		throw new AppError("BAD_INPUT", `${name} is not a duration: "${text.slice(0, 40)}"`, { hint: 'such as "15m", "2h" or "1d"' });
	return ms;
}

/**
 * The window that the collected evidence really spans: a lookback in which no source recorded anything is no baseline, and is
 * cut off. Only what is recorded all the time counts; a rollout or an old event says nothing about whether anyone was watching.
 */
export function coveredWindow(planned: PlannedWindow, evidence: Pick<EvidenceSet, "signals" | "series">): Window {
	const from = Date.parse(planned.collected.from);
	const asked = Date.parse(planned.asked.from);
	let earliest = asked;
	const consider = (ms: number) => {
		if (ms >= from && ms < earliest) earliest = ms;
	};
	for (const s of evidence.signals) if (s.kind === "log" || s.kind === "span" || s.kind === "error") consider(Date.parse(s.time));
	for (const one of evidence.series) for (const ms of one.times) consider(ms);
	return { from: iso(earliest), to: planned.collected.to };
}

/** What the reader should know about the baseline, in one sentence; undefined where none was asked for. */
export function baselineNote(planned: PlannedWindow, covered: Window): string | undefined {
	if (planned.collected.from === planned.asked.from) return undefined;
	if (covered.from === planned.asked.from)
		return `no source holds anything from before ${planned.asked.from}: there is no separate baseline to compare with`;
	const minutes = Math.round((Date.parse(planned.asked.from) - Date.parse(covered.from)) / 60_000);
	return `${minutes} min before the asked window were read as well, to compare with (from ${covered.from})`;
}

const iso = (ms: number) => new Date(ms).toISOString();
