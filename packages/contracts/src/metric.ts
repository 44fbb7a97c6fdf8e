import { z } from "zod";

/** One time series. `times` are milliseconds since the epoch, ascending; `values` has the same length. */
export interface MetricSeries {
	id: string;
	source: string;
	resource: string;
	service?: string;
	metric: string;
	unit: string;
	times: Float64Array;
	values: Float64Array;
	url?: string;
}

/** A series as JSON carries it: a missing value is null. */
export const MetricSeriesWire = z.object({
	id: z.string(),
	source: z.string(),
	resource: z.string(),
	service: z.string().optional(),
	metric: z.string(),
	unit: z.string(),
	times: z.array(z.number()),
	values: z.array(z.number().nullable()),
	url: z.string().optional(),
});
export type MetricSeriesWire = z.infer<typeof MetricSeriesWire>;

export function seriesToWire(series: MetricSeries): MetricSeriesWire {
	return { ...series, times: Array.from(series.times), values: Array.from(series.values, (v) => (Number.isFinite(v) ? v : null)) };
}

export function seriesFromWire(wire: MetricSeriesWire): MetricSeries {
	const { service, url, times, values, ...rest } = wire;
	return {
		...rest,
		...(service === undefined ? {} : { service }),
		...(url === undefined ? {} : { url }),
		times: Float64Array.from(times),
		values: Float64Array.from(values, (v) => v ?? Number.NaN),
	};
}
