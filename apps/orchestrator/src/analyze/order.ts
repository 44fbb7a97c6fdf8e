import type { Analysis, MetricSeries } from "@faultline/contracts";
import {
	agreementWords,
	type CorrelateInput,
	type Moment,
	medianStepOf,
	onsetAgreement,
	orderAgreement,
	precedence,
	type SeriesVerdict,
} from "@faultline/correlation";

/** Chance from which on the network's place of an onset counts. */
const PLACED = 0.6;
/** Samples that an onset may be off and still be the same. */
const SAME_SAMPLES = 2;
const LEAST_TOLERANCE_MS = 30_000;
const MAX_LAG = 6;
/** Steps of the propagation whose order is told. */
const TOLD_STEPS = 3;

/** The moment with how far the shape network's onsets of single series, which did not find it, agree: in its words only. */
export function withAgreement(
	moment: Moment,
	series: readonly { series: MetricSeries }[],
	verdicts: ReadonlyMap<string, SeriesVerdict>,
): Moment {
	const placed = series.flatMap(({ series: { id, times } }) => {
		const shape = verdicts.get(id)?.shape;
		return shape?.onset === undefined || shape.certain < PLACED ? [] : [{ at: shape.onset, step: medianStepOf(times) }];
	});
	if (placed.length === 0) return moment;
	const tolerance = Math.max(LEAST_TOLERANCE_MS, SAME_SAMPLES * Math.max(...placed.map(({ step }) => step)));
	const found = onsetAgreement(
		moment.onset,
		placed.map(({ at }) => at),
		tolerance,
	);
	return { ...moment, how: `${moment.how}; of the onsets of single metrics, ${agreementWords(found)}` };
}

/** Which of two neighbours moved first by their most abnormal metrics, where the tests and the network say; for the report's notes. */
export function orderNotes({ situation, verdicts }: CorrelateInput, { propagations }: Pick<Analysis, "propagations">): string[] {
	const loudest = (candidate: string): MetricSeries | undefined =>
		situation.series
			.filter((view) => view.candidate === candidate && verdicts.get(view.series.id)?.anomalous === true)
			.map((view) => view.series)
			.reduce<MetricSeries | undefined>(
				(best, one) => (best === undefined || peakOf(verdicts, one) > peakOf(verdicts, best) ? one : best),
				undefined,
			);
	return propagations.slice(0, TOLD_STEPS).flatMap(({ from, to }) => {
		const [x, y] = [loudest(from), loudest(to)];
		if (x === undefined || y === undefined) return [];
		const tested = onOneGrid(x, y) ? precedence(x.values, y.values, { maxLag: MAX_LAG, pairs: TOLD_STEPS }) : undefined;
		const order = orderAgreement(
			tested,
			[[placeOf(verdicts, x), placeOf(verdicts, y)]],
			Math.max(medianStepOf(x.times), medianStepOf(y.times)),
		);
		if (order === undefined) return [];
		const [first, second] = order.first === "x" ? [from, to] : [to, from];
		return [`Order: ${first} moved before ${second} (${agreementWords(order)}).`];
	});
}

const peakOf = (verdicts: ReadonlyMap<string, SeriesVerdict>, { id }: MetricSeries): number => verdicts.get(id)?.peak ?? 0;

function placeOf(verdicts: ReadonlyMap<string, SeriesVerdict>, { id }: MetricSeries): number | undefined {
	const shape = verdicts.get(id)?.shape;
	return shape !== undefined && shape.certain >= PLACED ? shape.onset : undefined;
}

const onOneGrid = (x: MetricSeries, y: MetricSeries): boolean =>
	x.times.length === y.times.length && x.times.every((t, i) => Math.abs(t - (y.times[i] as number)) <= 1000);
