import { createHash } from "node:crypto";
import type { AlertSignal, ChangeSignal, EventSignal, EvidenceSet, MetricSeries, Signal, SpanSignal } from "@faultline/contracts";
import { isAlert, isChange, isEvent, isSpan } from "@faultline/contracts";
import { shiftEvidence } from "./time-shift.ts";

/** A pod that the capture names, or the one invented for a service of which it names none. */
export interface Pod {
	/** A valid Kubernetes name. */
	name: string;
	/** The capture's own name. */
	resource: string;
	/** The capture's own name of its service. */
	service: string;
	invented: boolean;
}

/** A service of the capture; a Deployment in the sandbox's cluster. */
export interface Service {
	/** The capture's own name. */
	name: string;
	/** A valid Kubernetes name, unique among the services. */
	slug: string;
	/** At least one. */
	pods: Pod[];
}

/** A loaded capture with what the four APIs look up in it. Times are already shifted. */
export interface World {
	evidence: EvidenceSet;
	/** How far times were moved, in milliseconds. */
	shiftMs: number;
	/** The sandbox's clock, in milliseconds since the epoch: the real one when times were moved to now, else the end of the window. */
	now(): number;
	/** All ascending by time. */
	logs: Signal[];
	errors: Signal[];
	spans: SpanSignal[];
	alerts: AlertSignal[];
	changes: ChangeSignal[];
	/** Events proper, of Kubernetes and of others (`event.reporter`). */
	events: EventSignal[];
	/** Status snapshots of objects (`event.status`). */
	objects: EventSignal[];
	/** Database performance digests (`event.performance`). */
	performance: EventSignal[];
	services: Service[];
	serviceByName: Map<string, Service>;
	/** By the capture's own name of the pod. */
	podByResource: Map<string, Pod>;
	/** By the name the sandbox's cluster gives it. */
	podByName: Map<string, Pod>;
	/** The pod that a log, error or span comes from: its own, or the first of its service. */
	podOf(signal: Signal): Pod | undefined;
	/** Baseline and window of one (resource, metric) as one series, ascending. */
	series: MetricSeries[];
}

export interface WorldOptions {
	/** "now" moves every time so that the window ends now; by whole minutes, so that samples stay on their grid. */
	time?: "original" | "now";
	/** The real clock, in milliseconds since the epoch. */
	clock?: () => number;
}

/** Indexes a capture for the four APIs. */
export function createWorld(original: EvidenceSet, options: WorldOptions = {}): World {
	const clock = options.clock ?? Date.now;
	const shiftMs = options.time === "now" ? Math.floor((clock() - Date.parse(original.window.to)) / 60_000) * 60_000 : 0;
	const evidence = shiftEvidence(original, shiftMs);
	const end = Date.parse(evidence.window.to);
	const events = evidence.signals.filter(isEvent);
	const services = findServices(evidence);
	const serviceByName = new Map(services.map((s) => [s.name, s]));
	const pods = services.flatMap((s) => s.pods);
	const podByResource = new Map(pods.filter((p) => !p.invented).map((p) => [p.resource, p]));
	return {
		evidence,
		shiftMs,
		now: options.time === "now" ? clock : () => end,
		logs: evidence.signals.filter((s) => s.kind === "log"),
		errors: evidence.signals.filter((s) => s.kind === "error"),
		spans: evidence.signals.filter(isSpan),
		alerts: evidence.signals.filter(isAlert),
		changes: evidence.signals.filter(isChange),
		events: events.filter((e) => !e.event.status && !e.event.performance),
		objects: events.filter((e) => e.event.status !== undefined),
		performance: events.filter((e) => e.event.performance !== undefined),
		services,
		serviceByName,
		podByResource,
		podByName: new Map(pods.map((p) => [p.name, p])),
		podOf: (signal) => podByResource.get(signal.resource) ?? serviceByName.get(signal.service ?? signal.resource)?.pods[0],
		series: joinSeries(evidence.baselineSeries, evidence.series),
	};
}

/** "<service>-<template hash>-<suffix>", as a Deployment names its pods. */
const POD_NAME = /^(.+)-[a-f0-9]{6,10}-[a-z0-9]{5}$/;

/** The service of a pod, from its name; undefined where it does not look like a pod's. */
function serviceFromPodName(name: string, services: ReadonlySet<string>): string | undefined {
	const deployment = POD_NAME.exec(name)?.[1];
	if (deployment !== undefined) return deployment;
	const stateful = /^(.+)-\d+$/.exec(name)?.[1];
	return stateful !== undefined && services.has(stateful) ? stateful : undefined;
}

/**
 * Services are what signals and the topology call so. Pods are what a log, an error or a span of a service names beside
 * it, the objects of kind Pod, and the metric resources whose name is that of a pod.
 */
function findServices(evidence: EvidenceSet): Service[] {
	const names = new Set<string>();
	const serviceOfPod = new Map<string, string>();
	for (const s of evidence.signals) {
		if (s.service) names.add(s.service);
		const fromWorkload = s.kind === "log" || s.kind === "error" || s.kind === "span";
		if (fromWorkload && s.service && s.resource !== s.service) serviceOfPod.set(s.resource, s.service);
		if (s.event?.object.kind === "Deployment") names.add(s.event.object.name);
	}
	const candidates = [
		...evidence.signals.filter((s) => s.event?.object.kind === "Pod").map((s) => s.event?.object.name ?? s.resource),
		...evidence.topology.nodes.map((n) => n.id),
		...[...evidence.baselineSeries, ...evidence.series].map((s) => s.resource),
	];
	for (const name of candidates) {
		const service = serviceOfPod.get(name) ?? serviceFromPodName(name, names);
		if (service === undefined) continue;
		serviceOfPod.set(name, service);
		names.add(service);
	}
	for (const { id } of evidence.topology.nodes) if (!serviceOfPod.has(id)) names.add(id);
	for (const pod of serviceOfPod.keys()) names.delete(pod);
	return nameForCluster([...names].sort(), serviceOfPod);
}

function nameForCluster(names: readonly string[], serviceOfPod: ReadonlyMap<string, string>): Service[] {
	const taken = new Set<string>();
	const podNames = new Set<string>();
	return names.map((name) => {
		const slug = unique(slugOf(name, 50), taken);
		const pods = [...serviceOfPod]
			.filter(([, service]) => service === name)
			.map(([resource]): Pod => ({ name: unique(slugOf(resource, 240), podNames), resource, service: name, invented: false }));
		if (pods.length === 0) pods.push({ name: unique(inventPodName(slug, name), podNames), resource: name, service: name, invented: true });
		return { name, slug, pods };
	});
}

/** The same every time: 10 hexadecimal digits, then 5 lower-case letters and digits. */
function inventPodName(slug: string, seed: string): string {
	const digest = createHash("sha256").update(seed).digest("hex");
	return `${slug}-${digest.slice(0, 10)}-${Number.parseInt(digest.slice(10, 20), 16).toString(36).padStart(5, "0").slice(0, 5)}`;
}

/** A DNS-1123 name: lower-case letters, digits and hyphens, starting and ending with a letter or digit. */
export function slugOf(name: string, longest = 63): string {
	const slug = name
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-")
		.slice(0, longest)
		.replace(/^-+|-+$/g, "");
	return slug || "unnamed";
}

function unique(name: string, taken: Set<string>): string {
	let candidate = name;
	for (let n = 2; taken.has(candidate); n++) candidate = `${name}-${n}`;
	taken.add(candidate);
	return candidate;
}

function joinSeries(baseline: readonly MetricSeries[], window: readonly MetricSeries[]): MetricSeries[] {
	const groups = new Map<string, MetricSeries[]>();
	for (const s of [...baseline, ...window]) {
		const key = JSON.stringify([s.resource, s.metric, s.unit]);
		const group = groups.get(key);
		if (group) group.push(s);
		else groups.set(key, [s]);
	}
	return [...groups.values()].map(joinOne);
}

function joinOne(parts: readonly MetricSeries[]): MetricSeries {
	const last = parts.at(-1) as MetricSeries;
	const byTime = new Map<number, number>();
	for (const part of parts) for (const [i, t] of part.times.entries()) byTime.set(t, part.values[i] ?? Number.NaN);
	const points = [...byTime].filter(([, v]) => Number.isFinite(v)).sort((a, b) => a[0] - b[0]);
	return { ...last, times: Float64Array.from(points, (p) => p[0]), values: Float64Array.from(points, (p) => p[1]) };
}
