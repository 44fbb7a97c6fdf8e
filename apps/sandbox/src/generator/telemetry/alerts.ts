import type { Random } from "../random.ts";
import type { Collector } from "./collector.ts";
import type { MetricRole } from "./metric-names.ts";
import type { RoleSeries } from "./metrics.ts";

interface Rule {
	name: string;
	severity: number;
	/** The limit, from the ordinary level of the series. */
	limit(usual: number, tail: number): number;
	says(resource: string, value: number): string;
}

const percent = (v: number) => `${(100 * v).toFixed(1)}%`;

const RULES: Partial<Record<MetricRole, (random: Random) => Rule>> = {
	errors: (r) => ({
		name: r.pick(["HighErrorRate", "ErrorRatioHigh", "5xx rate", "availability-slo-burn"]),
		severity: r.pick([17, 21]),
		limit: (_, tail) => Math.max(r.pick([0.05, 0.1]), 1.5 * tail),
		says: (x, v) => `${x} fails ${percent(v)} of its requests`,
	}),
	outgoingErrors: (r) => ({
		name: r.pick(["UpstreamErrors", "DependencyErrorRatio"]),
		severity: 17,
		limit: () => 0.1,
		says: (x, v) => `${percent(v)} of the calls of ${x} fail`,
	}),
	p95: (r) => ({
		name: r.pick(["HighLatency", "SlowRequests", "latency-slo", "P95LatencyHigh"]),
		severity: r.pick([13, 17]),
		limit: (usual, tail) => Math.max(1.8 * tail, 3 * usual, 25),
		says: (x, v) => `requests to ${x} take ${Math.round(v)} ms`,
	}),
	cpu: (r) => ({
		name: r.pick(["CPUHigh", "CpuThrottling", "HighCpuUtilization"]),
		severity: 13,
		limit: () => r.pick([0.75, 0.85, 0.9]),
		says: (x, v) => `${x} uses ${percent(v)} of its CPU`,
	}),
	memory: (r) => ({
		name: r.pick(["MemoryNearLimit", "HighMemoryUsage"]),
		severity: 13,
		limit: () => r.pick([0.85, 0.9]),
		says: (x, v) => `${x} uses ${percent(v)} of its memory`,
	}),
	disk: (r) => ({
		name: r.pick(["DiskAlmostFull", "FreeStorageLow"]),
		severity: 17,
		limit: () => r.pick([0.85, 0.9]),
		says: (x, v) => `the volume of ${x} is ${percent(v)} full`,
	}),
	connections: (r) => ({
		name: r.pick(["ConnectionsNearLimit", "DatabaseConnectionsHigh"]),
		severity: 13,
		limit: () => 0.85,
		says: (x, v) => `${percent(v)} of the connections of ${x} are in use`,
	}),
	depth: (r) => ({
		name: r.pick(["QueueBacklog", "QueueDepthHigh"]),
		severity: 13,
		limit: (_, tail) => Math.max(30, 5 * tail),
		says: (x, v) => `${Math.round(v)} messages wait in ${x}`,
	}),
};
const GRACE = { on: 2, off: 3 };

/**
 * Evaluates threshold rules over the series as monitoring would: fires after two samples over the limit, resolves after three under it. Entries
 * have rules for what users feel; of the rest, some do.
 */
export function raiseAlerts(random: Random, measured: readonly RoleSeries[], stepMs: number, from: number, collect: Collector): void {
	const covered = random.between(0.3, 1);
	for (const one of measured) {
		const draw = RULES[one.role];
		const rule = draw?.(random);
		if (rule === undefined || !(random.chance(covered) || (one.node.kind === "gateway" && one.role !== "cpu"))) continue;
		const values = one.role === "connections" ? one.values.map((v) => v / one.node.connections) : one.values;
		const before = [...values.slice(0, Math.ceil(values.length / 4))].filter(Number.isFinite).sort((a, b) => a - b);
		const limit = rule.limit(before[Math.floor(before.length / 2)] ?? 0, before[Math.floor(0.95 * before.length)] ?? 0);
		evaluate(one, rule, values, limit, (k) => from + (k + 1) * stepMs, collect);
	}
}

function evaluate(
	one: RoleSeries,
	rule: Rule,
	values: Float64Array,
	limit: number,
	timeOf: (k: number) => number,
	collect: Collector,
): void {
	let over = 0;
	let under = 0;
	let firing = false;
	for (const [k, v] of values.entries()) {
		over = v > limit ? over + 1 : 0;
		under = v > limit ? 0 : under + 1;
		const turns = firing ? under >= GRACE.off : over >= GRACE.on;
		if (!turns) continue;
		firing = !firing;
		tellAlert(collect, timeOf(k), {
			...rule,
			service: one.node.name,
			managed: one.node.managed,
			metric: one.series.metric,
			threshold: limit,
			value: v,
			firing,
			text: rule.says(one.series.resource, v),
		});
	}
}

export interface AlertTold {
	name: string;
	severity: number;
	service: string;
	managed: boolean;
	metric: string;
	threshold: number;
	value: number;
	firing: boolean;
	text: string;
}

const round = (v: number) => Number(v.toPrecision(4));

export function tellAlert(collect: Collector, at: number, told: AlertTold): void {
	const text = told.firing ? told.text : `${told.name} of ${told.service} is over`;
	const state = told.managed ? (told.firing ? "ALARM" : "OK") : told.firing ? "firing" : "resolved";
	collect.add(told.managed ? "cloudwatch" : "grafana", {
		kind: "alert",
		time: new Date(Math.round(at)).toISOString(),
		severity: told.severity,
		service: told.service,
		resource: told.service,
		body: text,
		alert: { name: told.name, summary: text, metric: told.metric, threshold: round(told.threshold), value: round(told.value), state },
	});
}

/** Alerts that mean nothing: a limit too tight for its series, that trips and rests again. */
export function raiseSpurious(
	random: Random,
	measured: readonly RoleSeries[],
	count: number,
	window: { from: number; to: number },
	collect: Collector,
	staysShare = 0,
): void {
	const able = measured.filter((m) => RULES[m.role] !== undefined && m.role !== "errors");
	for (let i = 0; i < count && able.length > 0; i++) {
		const one = random.pick(able);
		const rule = RULES[one.role]?.(random);
		if (rule === undefined) continue;
		const value = Math.max(...one.values.slice(0, 10).filter(Number.isFinite), 0.01);
		const told = {
			...rule,
			severity: random.weighted([
				[13, 5],
				[17, 2],
			]),
			service: one.node.name,
			managed: one.node.managed,
			metric: one.series.metric,
			threshold: value * random.between(0.85, 0.98),
			value,
			text: rule.says(one.series.resource, value),
		};
		const at = random.between(window.from, window.to);
		tellAlert(collect, at, { ...told, firing: true });
		if (!random.chance(staysShare)) tellAlert(collect, at + random.between(45_000, 300_000), { ...told, firing: false });
	}
}
