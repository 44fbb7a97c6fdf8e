import type { Calibration } from "../calibration.ts";

/** Logarithms of what is rarer would be no numbers. */
const LEAST_SURVIVAL = 1e-15;

/**
 * Survival of a figure where held-out figures are so alike that no tail could be fitted: an exponential of a given scale past the greatest, a
 * prior, so that a figure far beyond what was ever seen counts for more than one just beyond it. Elsewhere the calibration's own.
 */
export function survivalWithPrior(calibration: Calibration, raw: number, scale: number): number {
	const survival = calibration.survival(raw);
	if (calibration.tail !== undefined || !(raw > calibration.tailStart)) return survival;
	return Math.max(LEAST_SURVIVAL, survival * Math.exp(-(raw - calibration.tailStart) / scale));
}
