import { scoreSeries } from "@faultline/anomaly";
import type { Moment, SeriesVerdict, Situation } from "@faultline/correlation";

/** Values that a baseline needs before it can judge. */
const MIN_BASELINE = 4;

/** Scores every series from the onset on against what it was before, or was on a healthy day. */
export function detectSeries(situation: Situation, moment: Moment): Map<string, SeriesVerdict> {
	const verdicts = new Map<string, SeriesVerdict>();
	for (const { series, baseline } of situation.series) {
		let start = series.times.findIndex((t) => t >= moment.onset);
		if (start < 0) start = series.times.length;
		if (baseline === undefined && start < MIN_BASELINE) start = Math.min(MIN_BASELINE, Math.floor(series.times.length / 3));
		const reference = baseline === undefined ? series.values.subarray(0, start) : baseline.values;
		const from = baseline === undefined ? start : 0;
		verdicts.set(series.id, scoreSeries(series.times.subarray(from), series.values.subarray(from), reference));
	}
	return verdicts;
}
