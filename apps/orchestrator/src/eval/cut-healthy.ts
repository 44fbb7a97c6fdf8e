import type { EvidenceSet, MetricSeries } from "@faultline/contracts";

/** A stretch of time in which nothing was wrong, as evidence of its own. */
export interface HealthyWindow {
	/** Where it was cut from: "baseline metrics", "before the incident", "another stretch". */
	from: string;
	evidence: EvidenceSet;
	/** The same for windows that were cut from the same data, of whatever capture. */
	key: string;
}

export interface CutOptions {
	/** Length of a window of a longer stretch, milliseconds. */
	lengthMs: number;
	/** When the fault was injected, milliseconds since the epoch, where the truth tells; nothing after it is healthy. */
	injectedAt: number | undefined;
	/** Whether the whole capture is healthy. */
	healthy: boolean;
}

/** A silence this long, of all records, parts two stretches of collection. */
const SILENCE_MS = 60_000;
/** Records that a stretch needs before it says anything, and values that a window of a series does. */
const MIN_RECORDS = 50;
const MIN_VALUES = 3;
/** How long before the injection a window ends: clocks, and what was being prepared. */
const MARGIN_MS = 60_000;

/**
 * The healthy stretches of a capture, cut into windows: of the baseline's metrics each window in turn, with the rest as its baseline; of the records
 * whatever was collected apart from the incident, and what came before the injection where that is known; of a healthy capture everything.
 * No window knows an alert: nobody was paged.
 */
export function cutHealthy(evidence: EvidenceSet, options: CutOptions): HealthyWindow[] {
	return [...ofBaseline(evidence, options), ...ofRecords(evidence, options)];
}

function* ofBaseline(evidence: EvidenceSet, { lengthMs }: CutOptions): Generator<HealthyWindow> {
	const times = evidence.baselineSeries.flatMap((s) => [s.times[0] ?? Number.NaN, s.times.at(-1) ?? Number.NaN]).filter(Number.isFinite);
	if (times.length === 0) return;
	const [first, last] = [Math.min(...times), Math.max(...times)];
	for (let from = first; from + lengthMs <= last + 1; from += lengthMs) {
		const to = from + lengthMs;
		const series = evidence.baselineSeries.map((s) => keep(s, (t) => t >= from && t < to)).filter((s) => s.times.length >= MIN_VALUES);
		if (series.length === 0) continue;
		const rest = evidence.baselineSeries.map((s) => keep(s, (t) => t < from || t >= to));
		yield {
			from: "baseline metrics",
			key: `${from} ${to} ${series.length} ${series[0]?.resource} ${series[0]?.values.join(" ")}`,
			evidence: quiet(evidence, from, to, { signals: [], series, baselineSeries: rest }),
		};
	}
}

function* ofRecords(evidence: EvidenceSet, options: CutOptions): Generator<HealthyWindow> {
	const times = evidence.signals
		.filter((s) => s.kind !== "change" && s.kind !== "alert")
		.map((s) => Date.parse(s.time))
		.filter(Number.isFinite)
		.sort((a, b) => a - b);
	if (times.length === 0 && evidence.series.length === 0) return;
	const [from, to] = [Date.parse(evidence.window.from), Date.parse(evidence.window.to)];
	if (options.healthy) {
		for (const [a, b] of split(from, to, options.lengthMs)) yield slice(evidence, a, b, "a healthy capture");
		return;
	}
	const alertAt = Date.parse(evidence.alertTime ?? "");
	const stretches = stretchesOf(times).filter(({ count }) => count >= MIN_RECORDS);
	if (Number.isFinite(alertAt))
		for (const { from: a, to: b } of stretches)
			if (!(a <= alertAt && alertAt - b < SILENCE_MS) && !(a <= (options.injectedAt ?? alertAt) && b >= (options.injectedAt ?? alertAt)))
				for (const [x, y] of split(a, b, options.lengthMs)) yield slice(evidence, x, y, "another stretch");
	const before = (options.injectedAt ?? Number.NaN) - MARGIN_MS;
	const own = stretches.find(({ from: a, to: b }) => a < before && b >= before);
	if (own !== undefined) for (const [x, y] of split(own.from, before, options.lengthMs)) yield slice(evidence, x, y, "before the incident");
}

/** Windows of one length, from the end backwards, so that the last is whole; all of it where it is shorter. */
function* split(from: number, to: number, lengthMs: number): Generator<[number, number]> {
	if (to - from <= lengthMs) yield [from, to];
	else for (let end = to; end - lengthMs >= from; end -= lengthMs) yield [end - lengthMs, end];
}

function stretchesOf(times: readonly number[]): { from: number; to: number; count: number }[] {
	const found: { from: number; to: number; count: number }[] = [];
	for (const at of times) {
		const last = found.at(-1);
		if (last === undefined || at - last.to > SILENCE_MS) found.push({ from: at, to: at, count: 1 });
		else {
			last.to = at;
			last.count++;
		}
	}
	return found;
}

function slice(evidence: EvidenceSet, from: number, to: number, where: string): HealthyWindow {
	const within = (t: number): boolean => t >= from && t <= to;
	const signals = evidence.signals.filter((s) => within(Date.parse(s.time)));
	const series = evidence.series.map((s) => keep(s, within)).filter((s) => s.times.length >= MIN_VALUES);
	return {
		from: where,
		key: `${from} ${to} ${signals.length} ${signals[0]?.body ?? ""}`,
		evidence: quiet(evidence, from, to, { signals, series, baselineSeries: evidence.baselineSeries }),
	};
}

function quiet(
	evidence: EvidenceSet,
	from: number,
	to: number,
	records: Pick<EvidenceSet, "signals" | "series" | "baselineSeries">,
): EvidenceSet {
	const { alertTime: _alert, focus: _focus, ...rest } = evidence;
	return { ...rest, ...records, id: "capture", window: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } };
}

function keep(series: MetricSeries, wanted: (t: number) => boolean): MetricSeries {
	const at = Array.from(series.times, (t, i) => [t, series.values[i] as number] as const).filter(([t]) => wanted(t));
	return { ...series, times: Float64Array.from(at, ([t]) => t), values: Float64Array.from(at, ([, v]) => v) };
}
