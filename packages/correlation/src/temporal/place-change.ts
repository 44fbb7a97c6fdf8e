import { onlineChanges } from "./bocpd.ts";
import type { ChangePoint } from "./change-point.ts";
import { createDeviation, median } from "./robust.ts";

/** A change point's place, by a second opinion. */
export interface PlacedChange {
	/** Index of the first value of the new regime. */
	index: number;
	/** Posterior probability of a run that began there; undefined where the online form saw no change nearby. */
	probability: number | undefined;
}

/** Values looked at before the change, the bound of the cost, and after it. */
const BEFORE = 40;
const AFTER = 12;
/** How far off ranks may have placed it: this share of the series, and at least so many values. */
const REACH_SHARE = 0.1;
const LEAST_REACH = 3;
/** Sigmas beyond which a value says no more; keeps likelihoods above zero. */
const FAR = 30;
const LEAST_PROBABILITY = 0.3;
/** What a change at the edge of the reach counts less: of two, the one where ranks saw it. */
const EDGE_PENALTY = 0.5;
/** sqrt(pi / 2): what a normal sample's mean absolute deviation is short of its standard deviation. */
const MEAN_TO_SIGMA = 1.2533;

/**
 * Where a change that ranks found began, to the value: ranks tell surely that a series changed, but place an uneven split some values off (towards the
 * middle of the series). The likeliest change of the online form nearby, on values standardised by those before; O(52 x 24) whatever the length.
 */
export function placeChange(values: ArrayLike<number>, { index }: Pick<ChangePoint, "index">): PlacedChange {
	const reach = Math.max(LEAST_REACH, Math.ceil(REACH_SHARE * values.length));
	const from = Math.max(0, index - reach - BEFORE);
	const all = Float64Array.from(values);
	// what is near the change may be of either side: the calm part alone sets the scale
	const deviation = withinNoise(all.subarray(0, Math.max(4, index - Math.min(reach, index >> 1))));
	const near = all
		.slice(from, index + reach + AFTER)
		.map((x) => (Number.isFinite(x) ? Math.max(-FAR, Math.min(FAR, deviation(x))) : Number.NaN));
	let placed: PlacedChange = { index, probability: undefined };
	let most = LEAST_PROBABILITY;
	for (const { index: at, probability } of onlineChanges(near, { hazard: 1 / 50, mostRuns: 24, least: LEAST_PROBABILITY })) {
		const apart = Math.abs(from + at - index);
		const worth = probability * (1 - (EDGE_PENALTY * apart) / reach);
		if (apart > reach || worth <= most || !Number.isFinite(values[from + at])) continue;
		most = worth;
		placed = { index: from + at, probability };
	}
	return placed;
}

/** Sigmas from the calm part. Where most of it is one value, its rare others are noise too: the mean deviation holds where the median one is 0. */
function withinNoise(calm: Float64Array): (x: number) => number {
	const known = calm.filter(Number.isFinite);
	const centre = median(known);
	const robust = createDeviation(known);
	const spread = (MEAN_TO_SIGMA * known.reduce((sum, x) => sum + Math.abs(x - centre), 0)) / Math.max(1, known.length);
	return (x) => {
		const sigmas = robust(x);
		return spread > 0 && Math.abs(sigmas) > Math.abs(x - centre) / spread ? (x - centre) / spread : sigmas;
	};
}
