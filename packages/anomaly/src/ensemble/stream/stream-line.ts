/** A log line as the detectors of a stream see it. */
export interface StreamLine {
	/** Milliseconds of any epoch; the line's place in the stream where no clock is known. Ascending. */
	at: number;
	/** Its template. */
	event: string;
	/** Its numbers by place: the name of the place within the template, and the number in base units. */
	values?: readonly { slot: string; value: number }[];
}

/** A stretch of a stream. */
export interface StreamWindow {
	/** From (inclusive) and to (exclusive), in the unit of `at`. */
	from: number;
	to: number;
	lines: readonly StreamLine[];
}

/** What a detector says of a window: higher is more unusual, 0 where there is nothing. */
export interface Finding {
	figure: number;
	/** The template that it is about, and since when, where it is about one. */
	event?: string;
	since?: number;
	evidence: string;
}

/** A detector that has learned a baseline. */
export type WindowJudge = (window: StreamWindow) => Finding;

export interface StreamContext {
	/** Length of a window. */
	length: number;
	/** Words for a template. */
	describe: (event: string) => string;
}

/** Learns stretches of healthy lines, oldest first. Between two stretches something may be missing. */
export type FitWindows = (stretches: readonly (readonly StreamLine[])[], context: StreamContext) => WindowJudge;

export const NOTHING: Finding = { figure: 0, evidence: "" };

/** Windows of a length that begin every half of it; the last may reach past the end. */
export function* windowsOf(lines: readonly StreamLine[], length: number, step: number = length / 2): Generator<StreamWindow> {
	const last = lines.at(-1)?.at;
	const first = lines[0]?.at;
	if (first === undefined || last === undefined) return;
	let low = 0;
	let high = 0;
	for (let from = first; from + length <= last + 1 || from === first; from += step) {
		const to = from + length;
		while (low < lines.length && (lines[low] as StreamLine).at < from) low++;
		high = Math.max(high, low);
		while (high < lines.length && (lines[high] as StreamLine).at < to) high++;
		yield { from, to, lines: lines.slice(low, high) };
	}
}

/** Milliseconds since 2001 are a time, smaller numbers a line's place. */
const LEAST_TIME = 1e12;

export const isTime = (at: number): boolean => at >= LEAST_TIME;

/** "10:03:07", or the line at that place. */
export const moment = (at: number): string => (isTime(at) ? new Date(at).toISOString().slice(11, 19) : `line ${Math.floor(at) + 1}`);

export const quote = (text: string): string => `"${text.length > 80 ? `${text.slice(0, 79)}…` : text}"`;
