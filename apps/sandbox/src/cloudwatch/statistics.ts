const BASIC: Record<string, (values: readonly number[]) => number> = {
	SampleCount: (v) => v.length,
	Sum: (v) => v.reduce((a, b) => a + b, 0),
	Average: (v) => v.reduce((a, b) => a + b, 0) / v.length,
	Minimum: (v) => v.reduce((a, b) => Math.min(a, b)),
	Maximum: (v) => v.reduce((a, b) => Math.max(a, b)),
};

const PERCENTILE = /^p(\d{1,2}(?:\.\d+)?|100)$/;

export const isStatistic = (name: string): boolean => Object.hasOwn(BASIC, name) || PERCENTILE.test(name);

/** A statistic of one period's samples; percentiles interpolate linearly between order statistics. */
export function statisticOf(name: string, values: readonly number[]): number {
	const basic = Object.hasOwn(BASIC, name) ? BASIC[name] : undefined;
	if (basic) return basic(values);
	const sorted = [...values].sort((a, b) => a - b);
	const rank = (Number(PERCENTILE.exec(name)?.[1] ?? 50) / 100) * (sorted.length - 1);
	const low = sorted[Math.floor(rank)] ?? Number.NaN;
	const high = sorted[Math.ceil(rank)] ?? low;
	return low + (high - low) * (rank - Math.floor(rank));
}
