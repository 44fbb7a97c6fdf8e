import type { MetricSeries } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { crossCorrelation } from "../temporal/cross-correlation.ts";

/** Samples that two series must share, and the lags that are tried. */
const MIN_SAMPLES = 20;
const MAX_LAG = 6;
const SIGNIFICANT = 0.001;
/** A best lag is an order only where the series agree this well there, and clearly better than at lag 0. */
const MIN_R = 0.7;

/**
 * Which of two resources moved first, by their strongest metrics: the lag in samples of the best cross-correlation, positive where `a` leads.
 * 0 where nothing significant says so, or where they are not on one grid.
 */
export function leadOf(a: readonly Lead[], b: readonly Lead[]): number {
	const [x, y] = [strongestSeries(a), strongestSeries(b)];
	if (x === undefined || y === undefined || x.times.length < MIN_SAMPLES) return 0;
	if (x.times.length !== y.times.length || x.times.some((t, i) => Math.abs(t - (y.times[i] as number)) > 1000)) return 0;
	const best = crossCorrelation(x.values, y.values, MAX_LAG);
	const together = crossCorrelation(x.values, y.values, 0);
	return best.p < SIGNIFICANT && Math.abs(best.r) >= MIN_R && Math.abs(best.r) > Math.abs(together.r) + 0.05 ? best.lag : 0;
}

function strongestSeries(leads: readonly Lead[]): MetricSeries | undefined {
	const metric = leads.find((l) => l.kind === "metric" && l.role !== "load");
	return metric?.cites.find((c): c is MetricSeries => "times" in c);
}
