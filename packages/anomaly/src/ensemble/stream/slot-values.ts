import { quantileOfSorted } from "../../quantile.ts";
import { type FitWindows, NOTHING, quote, type StreamLine } from "./stream-line.ts";

/** Values that a place needs before it can judge, and the least spread of their logarithms: a tenth up or down is no news. */
const LEAST_VALUES = 10;
const LEAST_SPREAD = 0.1;
const MAD_TO_SIGMA = 1.4826;

/**
 * Durations by their place in a template: how far the window's median lies above the baseline's, in robust deviations of logarithms (Iglewicz &
 * Hoaglin 1993; durations are close to log-normal), n / (n + 1) of it for n values, since a median of one is any value. The largest over the
 * places. Upwards only: quick is no fault. Fit O(values log values), judge O(values log values).
 */
export const fitSlotValues: FitWindows = (stretches, { describe }) => {
	const known = new Map<string, { median: number; spread: number }>();
	for (const [place, values] of valuesOf(stretches.flat())) {
		if (values.length < LEAST_VALUES) continue;
		const median = medianOf(values);
		known.set(place, { median, spread: Math.max(LEAST_SPREAD, MAD_TO_SIGMA * medianOf(values.map((v) => Math.abs(v - median)))) });
	}
	return ({ lines }) => {
		let found = NOTHING;
		for (const [place, values] of valuesOf(lines)) {
			const usual = known.get(place);
			if (usual === undefined) continue;
			const median = medianOf(values);
			const figure = ((median - usual.median) / usual.spread) * (values.length / (values.length + 1));
			if (figure <= found.figure) continue;
			const event = place.slice(0, place.indexOf("\n"));
			found = {
				figure,
				event,
				evidence: `duration: ${amount(median)} in ${quote(describe(event))}, ${amount(usual.median)} in the baseline`,
			};
		}
		return found;
	};
};

/** Logarithms of the values at each place. */
function valuesOf(lines: readonly StreamLine[]): Map<string, number[]> {
	const found = new Map<string, number[]>();
	for (const { event, values = [] } of lines)
		for (const { slot, value } of values) {
			if (!(value >= 0)) continue;
			const place = `${event}\n${slot}`;
			const known = found.get(place);
			const log = Math.log(value + SMALLEST);
			if (known === undefined) found.set(place, [log]);
			else known.push(log);
		}
	return found;
}

/** Added before the logarithm: a duration of 0 is one below the clock's resolution. */
const SMALLEST = 0.5;

const medianOf = (values: readonly number[]): number => quantileOfSorted(Float64Array.from(values).sort(), 0.5);
const amount = (log: number): string => String(Number(Math.max(0, Math.exp(log) - SMALLEST).toPrecision(3)));
