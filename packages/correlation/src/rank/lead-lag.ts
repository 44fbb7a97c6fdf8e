import type { MetricSeries } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { precedence } from "../temporal/precedence.ts";

/** Lags that are tried, in samples. */
const MAX_LAG = 6;

/**
 * Which of two resources moved first, by their strongest metrics: a lag in samples, positive where `a` leads. 0 where nothing significant says so,
 * or where they are not on one grid.
 */
export function leadOf(a: readonly Lead[], b: readonly Lead[]): number {
	const [x, y] = [strongestSeries(a), strongestSeries(b)];
	if (x === undefined || y === undefined) return 0;
	if (x.times.length !== y.times.length || x.times.some((t, i) => Math.abs(t - (y.times[i] as number)) > 1000)) return 0;
	return precedence(x.values, y.values, { maxLag: MAX_LAG })?.lag ?? 0;
}

function strongestSeries(leads: readonly Lead[]): MetricSeries | undefined {
	const metric = leads.find((l) => l.kind === "metric" && l.role !== "load");
	return metric?.cites.find((c): c is MetricSeries => "times" in c);
}
