/** A number with a unit of time behind it, or behind a word that says that it is one. Bounded repetitions, so that time is linear. */
const DURATION =
	/(?<![\w.:-])(\d{1,12}(?:\.\d{1,9})?)(?=\s?(?:ns|us|µs|ms|msecs?|millis|milliseconds?|s|secs?|seconds?|minutes?)(?![\w/-]))|(?:\b(?:duration|latency|elapsed|took|cost|time[_ ]?taken|response[_ ]?time|upstream_time|time)["']?\s?[:=]?\s?["']?)(\d{1,12}(?:\.\d{1,9})?)(?![\w:.-])/giu;

const UNITS: Readonly<Record<string, number>> = { n: 1e-6, u: 1e-3, µ: 1e-3, s: 1e3, mi: 60e3 };
const HEAD = 2_000;

/** The durations of a line, in milliseconds where a unit is written, as they stand where none is. The slot says which of the line's it is. */
export function durationsOf(line: string): { slot: string; value: number }[] {
	const head = line.slice(0, HEAD);
	return [...head.matchAll(DURATION)].map((match, i) => {
		const number = match[1] ?? match[2] ?? "0";
		const unit =
			match[1] === undefined ? "" : (/^\s?([a-zµ]{1,12})/iu.exec(head.slice(match.index + number.length))?.[1] ?? "").toLowerCase();
		const milli = unit.startsWith("ms") || unit.startsWith("milli");
		const scale = milli ? 1 : (UNITS[unit.startsWith("mi") ? "mi" : (unit[0] ?? "")] ?? 1);
		return { slot: String(i), value: Number(number) * scale };
	});
}

/** The line with its durations multiplied. */
export function withLongerDurations(line: string, factor: number): string {
	return line.replace(DURATION, (whole, first: string | undefined, second: string | undefined) => {
		const number = first ?? second ?? "0";
		return whole.slice(0, whole.length - number.length) + String(Number((Number(number) * factor).toPrecision(12)));
	});
}
