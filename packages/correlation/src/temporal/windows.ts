/** Median step of a series' times, in their unit; NaN for fewer than two. */
export function medianStepOf(times: ArrayLike<number>): number {
	if (times.length < 2) return Number.NaN;
	const gaps = Float64Array.from({ length: times.length - 1 }, (_, i) => (times[i + 1] as number) - (times[i] as number)).sort();
	return gaps[gaps.length >> 1] as number;
}

/** How far changes are looked for around an alert, in milliseconds. */
export interface SearchWindows {
	/** Changes this near each other may be one: the half width of the kernel that votes are summed with. */
	kernel: number;
	/** Of what comes after the alert, what still says when the fault began. */
	after: number;
	/** How long before the alert a change is usually found; what is older by this counts half. */
	lead: number;
}

/** Rates in seconds and minutes where samples are dense; so many samples where they are not. */
const LEAST_KERNEL_MS = 15_000;
const KERNEL_SHARE = 0.015;
const LEAST_AFTER_MS = 300_000;
const AFTER_SHARE = 0.1;
const AFTER_SAMPLES = 5;
const USUAL_LEAD_MS = 900_000;
const LEAD_SAMPLES = 15;

/** Grows with the window and with the step between samples (milliseconds, 0 where there are none): an onset is never sharper than the sampling. */
export function searchWindows(span: number, step: number): SearchWindows {
	return {
		kernel: Math.max(LEAST_KERNEL_MS, span * KERNEL_SHARE, step),
		after: Math.max(LEAST_AFTER_MS, span * AFTER_SHARE, step * AFTER_SAMPLES),
		lead: Math.max(USUAL_LEAD_MS, step * LEAD_SAMPLES),
	};
}

/** Samples that a shape's part before the onset has at least, and its length in parts of the one after. */
const LEAST_BEFORE = 24;
const BEFORE_BY_AFTER = 5 / 3;

/**
 * The stretch around an onset that shows its shape: all from the onset to `until`, and before it as much as there is, but no more than 5/3 of that (or 24
 * samples): of a long window what is far before is coarse detail that crowds out the fault. As indices [from, to).
 */
export function windowAround(times: Float64Array, onset: number, until: number): { from: number; to: number } {
	const step = medianStepOf(times);
	const end = times.findLastIndex((t) => t <= until + step) + 1;
	const to = end > 0 ? end : times.length;
	const after = Math.max(0, (times[to - 1] ?? onset) - onset);
	const begin = onset - Math.max(BEFORE_BY_AFTER * after, LEAST_BEFORE * (Number.isFinite(step) ? step : 0));
	const from = times.findIndex((t) => t >= begin);
	return { from: Math.max(0, Math.min(from, to)), to };
}
