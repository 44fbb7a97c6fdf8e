import type { MetricSeriesWire } from "@faultline/contracts";

/**
 * A series in at most `most` points (or three, where that is more): of each of the even stretches of its time the least, the greatest and
 * the last value stay, at their own times, so that no spike and no final state is lost. O(n).
 */
export function downsample(series: MetricSeriesWire, most: number): MetricSeriesWire {
	const { times, values } = series;
	if (times.length <= most) return series;
	const stretches = Math.max(1, Math.floor(most / 3));
	const [start, end] = [times[0] ?? 0, times.at(-1) ?? 0];
	const kept = new Set<number>();
	let [stretch, least, greatest, last] = [0, -1, -1, -1];
	const close = () => {
		for (const i of [least, greatest, last]) if (i >= 0) kept.add(i);
	};
	for (const [i, time] of times.entries()) {
		const at = Math.min(stretches - 1, Math.floor(((time - start) / (end - start || 1)) * stretches));
		if (at !== stretch) {
			close();
			[stretch, least, greatest, last] = [at, -1, -1, -1];
		}
		last = i;
		const value = values[i] ?? null;
		if (value === null) continue;
		if (least < 0 || value < (values[least] ?? value)) least = i;
		if (greatest < 0 || value > (values[greatest] ?? value)) greatest = i;
	}
	close();
	const order = [...kept].sort((a, b) => a - b);
	return { ...series, times: order.map((i) => times[i] ?? 0), values: order.map((i) => values[i] ?? null) };
}
