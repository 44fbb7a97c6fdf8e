export interface Samples {
	/** Milliseconds since the epoch, ascending. */
	times: Float64Array;
	values: Float64Array;
}

/** A window over samples, (from, to] in milliseconds. */
export interface RangeWindow {
	from: number;
	to: number;
}

type RangeFunction = (samples: Samples, window: RangeWindow) => number | undefined;

const over =
	(reduce: (values: Float64Array) => number): RangeFunction =>
	({ values }) =>
		values.length === 0 ? undefined : reduce(values);

const sum = (v: Float64Array) => v.reduce((a, b) => a + b, 0);

/** Functions of a range vector: one value per series, or none where there are too few samples. */
export const RANGE_FUNCTIONS: Record<string, RangeFunction> = {
	rate: (s, w) => extrapolated(s, w, true, true),
	increase: (s, w) => extrapolated(s, w, true, false),
	delta: (s, w) => extrapolated(s, w, false, false),
	irate: (s) => instantRate(s),
	avg_over_time: over((v) => sum(v) / v.length),
	sum_over_time: over(sum),
	min_over_time: over((v) => v.reduce((a, b) => Math.min(a, b))),
	max_over_time: over((v) => v.reduce((a, b) => Math.max(a, b))),
	count_over_time: over((v) => v.length),
	last_over_time: over((v) => v.at(-1) ?? Number.NaN),
};

/** Functions of an instant vector, value by value; further arguments are scalars. */
export const VALUE_FUNCTIONS: Record<string, (value: number, ...scalars: number[]) => number> = {
	abs: Math.abs,
	ceil: Math.ceil,
	floor: Math.floor,
	sqrt: Math.sqrt,
	exp: Math.exp,
	ln: Math.log,
	round: (v, to = 1) => Math.round(v / to) * to,
	clamp_min: (v, low = Number.NEGATIVE_INFINITY) => Math.max(v, low),
	clamp_max: (v, high = Number.POSITIVE_INFINITY) => Math.min(v, high),
};

/** What a counter lost at its resets: each sample lower than the one before it started again from zero. */
function lostAtResets(values: Float64Array): number {
	let lost = 0;
	for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) < (values[i - 1] ?? 0)) lost += values[i - 1] ?? 0;
	return lost;
}

/**
 * Prometheus's extrapolated change (promql/functions.go, extrapolatedRate): the change between the first and the last sample,
 * stretched to the window's ends where those are within 1.1 mean intervals, else by half an interval; never below zero.
 */
function extrapolated({ times, values }: Samples, { from, to }: RangeWindow, counter: boolean, perSecond: boolean): number | undefined {
	const n = values.length;
	const [first, last, start, end] = [values[0], values[n - 1], times[0], times[n - 1]];
	if (n < 2 || first === undefined || last === undefined || start === undefined || end === undefined) return undefined;
	const change = last - first + (counter ? lostAtResets(values) : 0);
	const sampled = (end - start) / 1000;
	const interval = sampled / (n - 1);
	const stretch = (gap: number) => (gap < interval * 1.1 ? gap : interval / 2);
	let before = (start - from) / 1000;
	if (counter && change > 0 && first >= 0) before = Math.min(before, sampled * (first / change));
	const covered = sampled + stretch(before) + stretch((to - end) / 1000);
	return (change * (covered / sampled)) / (perSecond ? (to - from) / 1000 : 1);
}

function instantRate({ times, values }: Samples): number | undefined {
	const [before, last, start, end] = [values.at(-2), values.at(-1), times.at(-2), times.at(-1)];
	if (before === undefined || last === undefined || start === undefined || end === undefined || end === start) return undefined;
	return (last < before ? last : last - before) / ((end - start) / 1000);
}
