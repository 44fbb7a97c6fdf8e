import type { MetricSeries, Signal, Topology } from "@faultline/contracts";
import type { SourceHarvest } from "./collect-source.ts";

export interface MergedEvidence {
	/** Ascending by time. */
	signals: Signal[];
	series: MetricSeries[];
	topology: Topology;
}

/** All that the sources answered as one: duplicates gone, ids unique, in order of time. The answer does not depend on who answered first. */
export function mergeEvidence(harvests: readonly SourceHarvest[]): MergedEvidence {
	const ordered = [...harvests].sort((a, b) => compare(a.source, b.source));
	const tools = ordered.flatMap((h) => [...h.tools].sort((a, b) => compare(a.tool, b.tool)));
	return {
		signals: mergeSignals(tools.flatMap((t) => t.signals)),
		series: mergeSeries(tools.flatMap((t) => t.series)),
		topology: mergeTopologies(tools.flatMap((t) => t.topologies)),
	};
}

/** The same id from the same source is the same record (pages that overlap); from another source it is another, and gets its source's name. */
function mergeSignals(signals: readonly Signal[]): Signal[] {
	const byId = new Map<string, Signal>();
	for (const signal of signals) {
		const first = byId.get(signal.id);
		if (first === undefined) byId.set(signal.id, signal);
		else if (first.source !== signal.source) byId.set(`${signal.source}:${signal.id}`, { ...signal, id: `${signal.source}:${signal.id}` });
	}
	const timed = Array.from(byId.values(), (signal) => ({ signal, ms: Date.parse(signal.time) }));
	timed.sort((a, b) => a.ms - b.ms || compare(a.signal.time, b.signal.time) || compare(a.signal.id, b.signal.id));
	return timed.map((t) => t.signal);
}

/** A series that came in several pages becomes one: points in order of time, one per instant (the later page wins). */
function mergeSeries(series: readonly MetricSeries[]): MetricSeries[] {
	const byId = new Map<string, MetricSeries[]>();
	for (const one of series) {
		const id = `${one.source}\u0000${one.id}`;
		byId.set(id, [...(byId.get(id) ?? []), one]);
	}
	const taken = new Map<string, string>();
	return Array.from(byId.values(), (parts) => {
		const first = parts[0] as MetricSeries;
		const owner = taken.get(first.id);
		taken.set(first.id, owner ?? first.source);
		const id = owner === undefined || owner === first.source ? first.id : `${first.source}:${first.id}`;
		return { ...first, id, ...pointsOf(parts) };
	});
}

function pointsOf(parts: readonly MetricSeries[]): { times: Float64Array; values: Float64Array } {
	const points = new Map<number, number>();
	for (const part of parts) for (const [i, time] of part.times.entries()) points.set(time, part.values[i] ?? Number.NaN);
	const sorted = [...points].sort((a, b) => a[0] - b[0]);
	return { times: Float64Array.from(sorted, (p) => p[0]), values: Float64Array.from(sorted, (p) => p[1]) };
}

function mergeTopologies(topologies: readonly Topology[]): Topology {
	const nodes = new Map<string, Topology["nodes"][number]>();
	const edges = new Map<string, Topology["edges"][number]>();
	for (const topology of topologies) {
		for (const node of topology.nodes) nodes.set(node.id, { ...node, ...nodes.get(node.id) });
		for (const edge of topology.edges) edges.set([edge.from, edge.to, edge.kind, edge.learnedFrom].join("\u0000"), edge);
	}
	return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
