import { type SeriesScore, scoreSeries } from "@faultline/anomaly";
import type { MetricSeries } from "@faultline/contracts";
import { findSeason, type Moment, type Season, type SeriesVerdict, type Situation } from "@faultline/correlation";

/** Values that a baseline needs before it can judge. */
const MIN_BASELINE = 4;

/** Scores every series from the onset on against what it was before, or was on a healthy day; where that has a season, without it. */
export function detectSeries(situation: Situation, moment: Moment): Map<string, SeriesVerdict> {
	const verdicts = new Map<string, SeriesVerdict>();
	for (const { series, baseline } of situation.series) {
		let start = series.times.findIndex((t) => t >= moment.onset);
		if (start < 0) start = series.times.length;
		if (baseline === undefined && start < MIN_BASELINE) start = Math.min(MIN_BASELINE, Math.floor(series.times.length / 3));
		const reference = baseline ?? { times: series.times.subarray(0, start), values: series.values.subarray(0, start) };
		const from = baseline === undefined ? start : 0;
		const season = findSeason(reference.times, reference.values);
		const judged = { times: series.times.subarray(from), values: series.values.subarray(from) };
		verdicts.set(
			series.id,
			season === undefined ? scoreSeries(judged.times, judged.values, reference.values) : scoreSeasonal(judged, reference.values, season),
		);
	}
	return verdicts;
}

/** What is left of the values when what is usual at their time is taken off, about the baseline's median. */
function scoreSeasonal(
	{ times, values }: Pick<MetricSeries, "times" | "values">,
	reference: Float64Array,
	season: Season,
): SeriesScore & Pick<SeriesVerdict, "seasonal"> {
	const sorted = reference.filter(Number.isFinite).sort();
	const centre = sorted[sorted.length >> 1] ?? 0;
	const left = values.map((x, i) => x - season.expected(times[i] as number) + centre);
	const score = scoreSeries(
		times,
		left,
		season.residuals.map((x) => x + centre),
	);
	const at = score.peakTime === undefined ? -1 : times.indexOf(score.peakTime);
	if (at < 0) return score;
	const words = score.anomalous
		? [...score.words, `season of ${season.words} taken off (strength ${season.strength.toFixed(2)})`]
		: score.words;
	return { ...score, words, seasonal: { value: values[at] as number, usual: season.expected(times[at] as number), period: season.words } };
}
