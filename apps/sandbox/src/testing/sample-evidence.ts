import type { EvidenceSet, MetricSeries, Signal } from "@faultline/contracts";
import { EMPTY_TOPOLOGY } from "@faultline/contracts";

/** Half an hour; minute 20 is when it broke. */
export const SAMPLE_WINDOW = { from: "2026-06-19T09:00:00.000Z", to: "2026-06-19T09:30:00.000Z" };
const START = Date.parse(SAMPLE_WINDOW.from);
const MINUTE = 60_000;

export const at = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();

function signal(kind: Signal["kind"], id: string, minutes: number, more: Partial<Signal>): Signal {
	return {
		id,
		source: "capture",
		kind,
		time: at(minutes),
		severity: 0,
		resource: "unknown",
		body: "",
		attributes: {},
		count: 1,
		redactions: 0,
		...more,
	};
}

const PODS = ["orders-7d4b9c6f58-x2x7q", "orders-7d4b9c6f58-m9k2p"];

function sampleLogs(): Signal[] {
	const logs: Signal[] = [];
	for (let i = 0; i < 60; i++) {
		const late = i >= 40;
		const resource = PODS[i % 2] ?? "";
		logs.push(
			signal("log", `log:${i}`, i / 2, {
				service: "orders",
				resource,
				severity: late ? 17 : 9,
				traceId: i.toString(16).padStart(32, "0"),
				body: late ? `could not reserve stock for order ${i}: connection refused` : `order ${i} accepted`,
			}),
		);
	}
	// A service that names no pod, lines without a level, one that is JSON itself, and one that nobody should read.
	for (let i = 0; i < 30; i++)
		logs.push(
			signal("log", `stock:${i}`, i, {
				service: "stock",
				resource: "stock",
				body: i === 21 ? '{"event":"pool exhausted","size":10}' : `WARN pool at ${i} of 30`,
			}),
		);
	logs.push(signal("log", "secret", 5, { service: "stock", resource: "stock", body: "connecting with password=hunter2-correct-horse" }));
	return logs.sort((a, b) => (a.time < b.time ? -1 : 1));
}

export function series(resource: string, metric: string, unit: string, valueAt: (minute: number) => number): MetricSeries {
	const minutes = Array.from({ length: 30 }, (_, i) => i);
	return {
		id: `metric:${resource}:${metric}`,
		source: "capture",
		resource,
		metric,
		unit,
		times: Float64Array.from(minutes, (m) => START + m * MINUTE),
		values: Float64Array.from(minutes, valueAt),
	};
}

/** A small incident, invented: the database behind `stock` runs out of connections after a change. */
export function sampleEvidence(): EvidenceSet {
	const signals: Signal[] = [
		...sampleLogs(),
		signal("alert", "alert:1", 22, {
			service: "orders",
			resource: "orders",
			severity: 21,
			body: "orders fail",
			alert: {
				name: "OrdersFailing",
				metric: "error.ratio",
				threshold: 0.05,
				value: 0.4,
				summary: "orders fail",
				description: "More than 5 % of orders fail.",
				state: "firing",
			},
		}),
		signal("change", "change:1", 18, {
			service: "stock",
			resource: "stock",
			severity: 9,
			body: "stock 1.4.2",
			change: { type: "deploy", id: "d-17", commitId: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", title: "stock 1.4.2", author: "mia" },
		}),
		signal("change", "change:2", 10, {
			service: "orders",
			resource: "orders",
			severity: 9,
			body: "enable gift wrap",
			change: {
				type: "flag",
				id: "gift-wrap",
				title: "enable gift wrap",
				commitId: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
				author: "mia",
			},
		}),
		signal("change", "change:3", 19, {
			service: "stock",
			resource: "stock",
			severity: 9,
			body: "stock-db is degraded",
			change: { type: "status", id: "s-3", title: "stock-db is degraded" },
		}),
		signal("event", "event:1", 21, {
			resource: "stock-db",
			body: "Maximum connections reached",
			event: { reporter: "aws.rds", reason: "availability", object: { kind: "db-instance", name: "stock-db" } },
		}),
	];
	return {
		id: "sample",
		title: "orders fail",
		window: SAMPLE_WINDOW,
		alertTime: at(22),
		focus: "orders",
		signals: signals.sort((a, b) => (a.time < b.time ? -1 : 1)),
		series: [
			series("orders", "error.ratio", "", (m) => (m < 20 ? 0.01 : 0.4)),
			series("stock-db", "Database Connections", "count", (m) => (m < 20 ? 10 + (m % 3) : 100)),
			series(PODS[0] ?? "", "cpu_usage", "percent", (m) => 20 + (m % 5)),
			series("orders", "http_requests_total", "requests", (m) => 600 * m),
		],
		baselineSeries: [],
		topology: EMPTY_TOPOLOGY,
		coverage: [{ source: "capture", status: "ok", ...SAMPLE_WINDOW, truncated: false }],
	};
}
