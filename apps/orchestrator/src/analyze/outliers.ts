import { fitIsolationForest, isolationScore, quantile } from "@faultline/anomaly";
import { seededRandom } from "@faultline/contracts";
import { type Moment, phaseOf, type ResourceOutlier, type SeriesVerdict, type Situation } from "@faultline/correlation";

/** Moments that a baseline needs for a forest of it to mean something. */
const MIN_BASELINE = 16;
const MIN_SERIES = 2;

/** How far each resource's metrics, taken together, are from what they were before the fault: Isolation Forest over moments. */
export function outlyingResources(
	situation: Situation,
	moment: Moment,
	verdicts: ReadonlyMap<string, SeriesVerdict>,
	seed = 1,
): Map<string, ResourceOutlier> {
	const found = new Map<string, ResourceOutlier>();
	for (const [resource, views] of Map.groupBy(situation.series, (v) => v.series.resource)) {
		if (views.length < MIN_SERIES || !views.some((v) => verdicts.get(v.series.id)?.anomalous)) continue;
		const grid = views.reduce((a, b) => (b.series.times.length > a.series.times.length ? b : a)).series.times;
		const columns = views.map(({ series }) => ({
			at: new Map(Array.from(series.times, (t, i) => [t, series.values[i] as number])),
			series,
		}));
		const complete = Array.from(grid, (t) => ({ t, point: columns.map((c) => c.at.get(t) ?? Number.NaN) })).filter(({ point }) =>
			point.every(Number.isFinite),
		);
		const before = complete.filter(({ t }) => phaseOf(moment, t) === "before").map(({ point }) => point);
		const during = complete.filter(({ t }) => phaseOf(moment, t) === "during").map(({ point }) => point);
		if (before.length < MIN_BASELINE || during.length === 0) continue;
		const forest = fitIsolationForest(before, { random: seededRandom(seed), trees: 50, sample: 64 });
		const usual = quantile(
			before.map((p) => isolationScore(forest, p)),
			0.99,
		);
		const scores = during.map((p) => isolationScore(forest, p));
		const score = quantile(scores, 0.75);
		found.set(resource, { score, usual, anomalous: score > usual });
	}
	return found;
}
