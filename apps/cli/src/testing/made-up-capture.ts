import type { EvidenceSet, MetricSeries, Signal } from "@faultline/contracts";
import { writeCapture } from "@faultline/contracts/capture";

export const MADE_UP_WINDOW = { from: "2026-06-19T09:00:00.000Z", to: "2026-06-19T10:00:00.000Z" };
const FROM = Date.parse(MADE_UP_WINDOW.from);

/** An hour of a made-up shop whose orders fail from 09:40 on. */
export function madeUpEvidence(): EvidenceSet {
	const topology = {
		nodes: [{ id: "web" }, { id: "orders" }],
		edges: [{ from: "web", to: "orders", kind: "calls" as const, learnedFrom: "test" }],
	};
	const errors = (i: number) => (i < 40 ? 0.001 + 0.0005 * (i % 3) : 0.6);
	return {
		id: "made-up-shop",
		title: "made up",
		window: MADE_UP_WINDOW,
		signals: Array.from({ length: 120 }, (_, i) => logLine(i)),
		series: [minutely("orders", errors), minutely("web", (i) => 0.001 + 0.0005 * (i % 4))],
		baselineSeries: [],
		topology,
		coverage: [],
	};
}

export async function writeMadeUpCapture(directory: string): Promise<void> {
	await writeCapture(directory, madeUpEvidence());
}

function minutely(resource: string, value: (minute: number) => number): MetricSeries {
	const times = Float64Array.from({ length: 60 }, (_, i) => FROM + i * 60_000);
	return {
		id: `m-${resource}`,
		source: "capture",
		resource,
		service: resource,
		metric: "error_ratio",
		unit: "1",
		times,
		values: times.map((_, i) => value(i)),
	};
}

/** One line each half minute; from the fortieth minute on every other one is an error. */
function logLine(i: number): Signal {
	const failing = i >= 80 && i % 2 === 0;
	const body = failing ? `cannot reserve stock: constraint stock_check failed for order ${1000 + i}` : `order ${1000 + i} accepted`;
	const time = new Date(FROM + i * 30_000).toISOString();
	return {
		id: `l${i}`,
		source: "capture",
		kind: "log",
		time,
		severity: failing ? 17 : 9,
		service: "orders",
		resource: "orders",
		body,
		attributes: {},
		count: 1,
		redactions: 0,
	};
}
