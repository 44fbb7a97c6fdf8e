import { toAppError, type Window } from "@faultline/contracts";
import type { SentryClient } from "./client.ts";
import { EventStats, Timeseries } from "./wire.ts";

export interface Point {
	time: string;
	value: number;
}

/** Intervals that Sentry keeps, in minutes; a window has at most some thousands of points. */
const INTERVALS = [1, 5, 10, 15, 30, 60, 120, 240, 720, 1440];
const MOST_POINTS = 1000;

/** The finest interval that a window can be told in, in minutes. */
export function intervalFor(window: Window): number {
	const minutes = (Date.parse(window.to) - Date.parse(window.from)) / 60_000;
	return INTERVALS.find((i) => minutes / i <= MOST_POINTS) ?? 1440;
}

export interface SeriesRequest {
	dataset: string;
	axis: string;
	query: string;
	window: Window;
	environment?: string | undefined;
	signal: AbortSignal;
}

/** One axis over a window (events-timeseries, or events-stats where the server is too old for it); points outside the window are cut. */
export async function readTimeseries(client: SentryClient, request: SeriesRequest): Promise<{ points: Point[]; minutes: number }> {
	const { dataset, axis, query, window, environment, signal } = request;
	const minutes = intervalFor(window);
	const scope = await client.scope(window, environment, signal);
	const inside = (ms: number) => ms >= Date.parse(window.from) - minutes * 60_000 + 1 && ms < Date.parse(window.to);
	const point = (ms: number, value: number | null) => (inside(ms) ? [{ time: new Date(ms).toISOString(), value: value ?? 0 }] : []);
	try {
		const asked = { ...scope, dataset, yAxis: axis, query, interval: String(minutes * 60_000) };
		const { timeSeries } = await client.one("events-timeseries/", Timeseries, asked, signal);
		return { points: (timeSeries[0]?.values ?? []).flatMap((v) => point(v.timestamp, v.value)), minutes };
	} catch (thrown) {
		if (toAppError(thrown).code !== "NOT_FOUND") throw thrown;
		const asked = { ...scope, dataset, yAxis: axis, query, interval: `${minutes}m` };
		const { data } = await client.one("events-stats/", EventStats, asked, signal);
		return { points: data.flatMap(([seconds, [first]]) => point(seconds * 1000, first?.count ?? 0)), minutes };
	}
}
