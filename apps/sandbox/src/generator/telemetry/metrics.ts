import type { MetricSeries } from "@faultline/contracts";
import { type Effects, NEUTRAL } from "../faults/effects.ts";
import type { Random } from "../random.ts";
import type { NodeStep } from "../simulate.ts";
import type { System, SystemNode } from "../system/model.ts";
import { METRIC_NAMES, type MetricRole, type MetricStyle } from "./metric-names.ts";

/** A series that stands for one role at one node, so that alert rules can be read off it. */
export interface RoleSeries {
	node: SystemNode;
	pod: number | undefined;
	role: MetricRole;
	/** In the role's own unit: milliseconds, shares, per second, counts; before the name's factor. */
	values: Float64Array;
	series: MetricSeries;
}

export interface MetricInput {
	random: Random;
	system: System;
	counts: readonly (readonly NodeStep[])[];
	effects: (node: number, pod: number, step: number) => Readonly<Effects>;
	from: number;
	stepMs: number;
	/** Requests that each simulated one stands for. */
	scale: number;
	style: MetricStyle;
	without: ReadonlySet<number>;
	/** Share of samples that are missing. */
	missing: number;
}

const ROLES: Record<SystemNode["kind"], readonly (readonly [MetricRole, number])[]> = {
	gateway: [
		["rate", 1],
		["p50", 0.6],
		["p95", 1],
		["max", 0.3],
		["errors", 1],
		["cpu", 0.8],
		["memory", 0.7],
		["received", 0.5],
		["sent", 0.5],
		["inFlight", 0.4],
	],
	service: [
		["rate", 0.95],
		["p50", 0.8],
		["p95", 0.95],
		["max", 0.5],
		["errors", 0.95],
		["cpu", 0.95],
		["memory", 0.95],
		["heap", 0.5],
		["received", 0.45],
		["sent", 0.45],
		["inUse", 0.6],
		["waiting", 0.5],
		["inFlight", 0.3],
		["threads", 0.35],
		["outgoingErrors", 0.3],
		["restarts", 0.5],
		["limit", 0.35],
	],
	worker: [
		["rate", 0.9],
		["p50", 0.5],
		["p95", 0.9],
		["errors", 0.8],
		["cpu", 0.9],
		["memory", 0.9],
		["heap", 0.4],
		["threads", 0.3],
		["restarts", 0.5],
		["limit", 0.3],
	],
	database: [
		["rate", 0.9],
		["p50", 0.4],
		["p95", 0.8],
		["errors", 0.3],
		["cpu", 0.95],
		["memory", 0.8],
		["connections", 0.95],
		["disk", 0.9],
		["received", 0.5],
		["sent", 0.5],
		["limit", 0.3],
	],
	cache: [
		["rate", 0.9],
		["hits", 0.9],
		["cpu", 0.8],
		["memory", 0.9],
		["p95", 0.3],
		["received", 0.4],
		["sent", 0.4],
		["limit", 0.3],
	],
	queue: [
		["rate", 0.9],
		["depth", 1],
		["age", 0.6],
		["disk", 0.5],
		["memory", 0.5],
	],
	provider: [],
};
/** Roles that are kept by pod, where a system keeps any by pod. */
const BY_POD: ReadonlySet<MetricRole> = new Set(["cpu", "memory"]);

/** The figures of every node over the window, as its monitoring would show them. */
export function measure(input: MetricInput): RoleSeries[] {
	return input.system.nodes.filter((n) => !input.without.has(n.index)).flatMap((node) => ofNode(input, node));
}

function ofNode(input: MetricInput, node: SystemNode): RoleSeries[] {
	const random = input.random.fork(`metrics${node.index}`);
	const roles = ROLES[node.kind].filter(([, share]) => random.chance(share)).map(([role]) => role);
	return roles.flatMap((role) => {
		const pods = BY_POD.has(role) && input.style.byPod && node.pods.length > 0 ? node.pods.map((_, i) => i) : [undefined];
		return pods.map((pod) => oneSeries(input, random.fork(`${role}${pod ?? ""}`), node, pod, role));
	});
}

function oneSeries(input: MetricInput, random: Random, node: SystemNode, pod: number | undefined, role: MetricRole): RoleSeries {
	const counts = input.style.window === 1 ? (input.counts[node.index] ?? []) : pooled(input.counts[node.index] ?? [], input.style.window);
	const raw = valuesOf(input, random, node, pod, role, counts);
	const name = METRIC_NAMES[role](input.style, node);
	const keep = Array.from(raw, (v) => Number.isFinite(v) && !random.chance(input.missing));
	const at = Array.from(raw.keys()).filter((k) => keep[k]);
	const jitter = random.between(0, 0.4) * input.stepMs;
	return {
		node,
		pod,
		role,
		values: raw,
		series: {
			id: "",
			source: node.managed ? "cloudwatch" : "grafana",
			resource: pod === undefined ? node.name : (node.pods[pod] ?? node.name),
			service: node.name,
			metric: name.name,
			unit: name.unit,
			times: Float64Array.from(at, (k) => Math.round(input.from + k * input.stepMs + jitter)),
			values: Float64Array.from(at, (k) => rounded((raw[k] ?? 0) * name.factor + (name.offset ?? 0))),
		},
	};
}

const rounded = (v: number) => Number(v.toPrecision(4));

function valuesOf(
	input: MetricInput,
	random: Random,
	node: SystemNode,
	pod: number | undefined,
	role: MetricRole,
	counts: readonly NodeStep[],
): Float64Array {
	const usual = Math.max(0.5, mean(counts.slice(0, Math.ceil(counts.length / 4)).map((c) => c.calls)));
	const busy = Math.max(1, mean(counts.slice(0, Math.ceil(counts.length / 4)).map((c) => c.busyMs)));
	const drift = walk(random, counts.length, 0.012);
	const noise = random.between(0.02, 0.09);
	const saw = sawtooth(random, counts.length);
	const bytes = random.logNormal(1800, 0.8);
	const threads = random.int(8, 60);
	let killed = random.chance(0.15) ? random.int(1, 4) : 0;
	let depth = random.int(0, 5);
	let disk = random.between(0.25, 0.6);
	let last = Number.NaN;
	return Float64Array.from(counts, (c, k) => {
		const e = pod !== undefined ? input.effects(node.index, pod, k) : averaged(input, node, k);
		const load = c.calls / usual;
		const blur = Math.exp(noise * random.normal() + (drift[k] ?? 0));
		disk += random.between(0, 0.0003);
		switch (role) {
			case "rate":
				return ((c.calls * input.scale) / (input.stepMs / 1000)) * (input.scale > 3 ? Math.exp(0.02 * random.normal()) : 1);
			case "p50":
			case "p95":
				last = c.durations.length > 0 ? quantile(c.durations, role === "p50" ? 0.5 : 0.95) : last;
				return last;
			case "max":
				last = c.durations.length > 0 ? Math.max(...c.durations) : last;
				return last;
			case "heap":
				return node.memoryLimit * (0.1 + 0.25 * (saw[k] ?? 0) + Math.max(0, e.memory) * 0.6) * Math.exp(0.05 * random.normal());
			case "received":
			case "sent":
				return (c.calls * input.scale * bytes * Math.exp(0.15 * random.normal())) / (input.stepMs / 1000) + random.between(100, 900);
			case "threads":
				return Math.round(threads + Math.min(60, Math.max(0, c.busyMs / busy - 1) * 4) + random.int(0, 2));
			case "restarts":
				killed += e.down > 0 && e.down < 1 && random.chance(0.25) ? 1 : 0;
				return killed;
			case "limit":
				return 1;
			case "errors":
				return c.calls > 0 ? c.errors / c.calls : 0;
			case "outgoingErrors":
				return c.calls > 0 ? Math.min(1, c.outgoingErrors / c.calls) : 0;
			case "cpu":
				return Math.min(0.995, node.cpuBase * (0.35 + 0.65 * load) * blur + e.cpu * Math.exp(0.04 * random.normal()));
			case "memory":
				return Math.max(
					0.02,
					Math.min(0.995, node.memoryBase * (0.94 + 0.1 * (saw[k] ?? 0)) * Math.exp(0.2 * (drift[k] ?? 0)) + restarts(e, k)),
				);
			case "disk":
				return Math.min(1, disk + e.disk);
			case "connections":
			case "inUse":
				return Math.round(node.connections * Math.min(1, 0.12 + 0.1 * Math.min(4, c.busyMs / busy) * blur + e.connections));
			case "waiting":
				return e.connections > 0.3 ? random.poisson(e.connections * 9) : random.poisson(0.004 * load);
			case "inFlight":
				return (c.busyMs * input.scale) / input.stepMs;
			case "hits":
				return c.hits + c.misses > 0 ? c.hits / (c.hits + c.misses) : Number.NaN;
			case "depth":
			case "age": {
				const workers = input.system.nodes.filter((w) => w.kind === "worker" && input.system.callers[w.index]?.includes(node.index));
				const slowed = Math.max(1, ...workers.map((w) => averaged(input, w, k).slow * (1 + averaged(input, w, k).errorShare)));
				depth = Math.max(0, depth + random.poisson(c.calls) - random.poisson(Math.max(c.calls, usual) * (1.3 / slowed)));
				return role === "depth" ? depth * Math.max(1, input.scale / 5) : (depth / usual) * (input.stepMs / 1000) + random.between(0, 2);
			}
		}
	});
}

/** Memory falls when the container is killed, and climbs again. */
const restarts = (e: Readonly<Effects>, step: number): number => (e.memory > 0.5 && step % 6 === 0 ? e.memory * 0.4 : e.memory);

/** What all pods of a node feel on average, for figures that are kept for the whole. */
function averaged(input: MetricInput, node: SystemNode, step: number): Readonly<Effects> {
	const all = Array.from({ length: Math.max(1, node.pods.length) }, (_, pod) => input.effects(node.index, pod, step));
	if (all.every((e) => e === all[0])) return all[0] ?? NEUTRAL;
	const of = (pick: (e: Readonly<Effects>) => number) => mean(all.map(pick));
	return {
		...NEUTRAL,
		cpu: of((e) => e.cpu),
		memory: of((e) => e.memory),
		disk: of((e) => e.disk),
		connections: of((e) => e.connections),
		slow: of((e) => e.slow),
		errorShare: of((e) => e.errorShare),
	};
}

/** Counts as a query over the last few steps sees them (`rate(...[5m])`): as much a step, over a longer window. */
function pooled(counts: readonly NodeStep[], window: number): NodeStep[] {
	return counts.map((_, k) => {
		const over = counts.slice(Math.max(0, k - window + 1), k + 1);
		const sum = (pick: (c: NodeStep) => number) => over.reduce((s, c) => s + pick(c), 0) / over.length;
		return {
			calls: sum((c) => c.calls),
			errors: sum((c) => c.errors),
			durations: over.flatMap((c) => c.durations),
			busyMs: sum((c) => c.busyMs),
			outgoingErrors: sum((c) => c.outgoingErrors),
			hits: sum((c) => c.hits),
			misses: sum((c) => c.misses),
		};
	});
}

const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / Math.max(1, xs.length);

function quantile(xs: number[], q: number): number {
	const sorted = xs.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

function walk(random: Random, steps: number, size: number): Float64Array {
	let at = 0;
	return Float64Array.from({ length: steps }, () => {
		at = 0.97 * at + size * random.normal();
		return at;
	});
}

/** A heap that fills and is collected. */
function sawtooth(random: Random, steps: number): Float64Array {
	const period = random.int(5, 30);
	const phase = random.int(0, period);
	return Float64Array.from({ length: steps }, (_, k) => ((k + phase) % period) / period);
}
