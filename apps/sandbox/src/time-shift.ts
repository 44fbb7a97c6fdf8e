import type { EvidenceSet, MetricSeries, Signal } from "@faultline/contracts";

const WHOLE_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/;

/** Moves an ISO instant by whole milliseconds; digits below the millisecond are kept, the result is in UTC. */
export function shiftInstant(time: string, shiftMs: number): string {
	const digits = /\.(\d+)/.exec(time)?.[1] ?? "";
	const moved = new Date(Date.parse(time) + shiftMs).toISOString();
	return digits.length > 3 ? `${moved.slice(0, -1)}${digits.slice(3)}Z` : moved;
}

/** Moves every instant inside a status object (started, finished, last transition...). */
function shiftInside(value: unknown, shiftMs: number): unknown {
	if (typeof value === "string") return WHOLE_INSTANT.test(value) ? shiftInstant(value, shiftMs) : value;
	if (Array.isArray(value)) return value.map((v) => shiftInside(v, shiftMs));
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shiftInside(v, shiftMs)]));
}

function shiftSignal(signal: Signal, shiftMs: number): Signal {
	const { observedTime, event } = signal;
	return {
		...signal,
		time: shiftInstant(signal.time, shiftMs),
		...(observedTime === undefined ? {} : { observedTime: shiftInstant(observedTime, shiftMs) }),
		...(event === undefined ? {} : { event: shiftEvent(event, shiftMs) }),
	};
}

function shiftEvent(event: NonNullable<Signal["event"]>, shiftMs: number): NonNullable<Signal["event"]> {
	return {
		...event,
		...(event.lastTime === undefined ? {} : { lastTime: shiftInstant(event.lastTime, shiftMs) }),
		...(event.status === undefined ? {} : { status: shiftInside(event.status, shiftMs) as Record<string, unknown> }),
		...(event.performance === undefined ? {} : { performance: shiftInside(event.performance, shiftMs) as Record<string, unknown> }),
	};
}

const shiftSeries = (series: MetricSeries, shiftMs: number): MetricSeries => ({ ...series, times: series.times.map((t) => t + shiftMs) });

/** The same evidence, every time moved by `shiftMs`. Text (log bodies, messages) is left as it is. */
export function shiftEvidence(evidence: EvidenceSet, shiftMs: number): EvidenceSet {
	if (shiftMs === 0) return evidence;
	return {
		...evidence,
		window: { from: shiftInstant(evidence.window.from, shiftMs), to: shiftInstant(evidence.window.to, shiftMs) },
		...(evidence.alertTime === undefined ? {} : { alertTime: shiftInstant(evidence.alertTime, shiftMs) }),
		signals: evidence.signals.map((s) => shiftSignal(s, shiftMs)),
		series: evidence.series.map((s) => shiftSeries(s, shiftMs)),
		baselineSeries: evidence.baselineSeries.map((s) => shiftSeries(s, shiftMs)),
		coverage: evidence.coverage.map((c) => ({ ...c, from: shiftInstant(c.from, shiftMs), to: shiftInstant(c.to, shiftMs) })),
	};
}
