import type { IndexedGraph, Observation } from "./alert-graph.ts";

/** Named numbers of each candidate of a graph. What is absent is 0. */
export type NodeFeatures = Map<string, number>[];

/**
 * What is known of each candidate: its own evidence, when it came, how it differs from the candidate's replicas, and
 * what stands on the other side of its calls.
 */
export function featuresOf(graph: IndexedGraph): NodeFeatures {
	const features: NodeFeatures = Array.from({ length: graph.size }, () => new Map());
	const counts = countsOf(graph);
	addOwn(features, counts);
	addContrasts(features, counts, graph);
	addOrder(features, graph);
	addTotals(features, graph);
	return features;
}

/** Per candidate: log(1 + number) of each token. */
function countsOf(graph: IndexedGraph): NodeFeatures {
	const counts: NodeFeatures = Array.from({ length: graph.size }, () => new Map());
	for (const { node, token } of graph.observations) add(counts[node], token, 1);
	for (const of of counts) for (const [token, n] of of) of.set(token, Math.log1p(n));
	return counts;
}

function addOwn(features: NodeFeatures, counts: NodeFeatures): void {
	for (const [i, of] of counts.entries()) for (const [token, n] of of) features[i]?.set(`own ${token}`, n);
}

function addContrasts(features: NodeFeatures, counts: NodeFeatures, graph: IndexedGraph): void {
	const everywhere = new Map<string, number>();
	for (const of of counts) for (const [token, n] of of) add(everywhere, token, n / graph.size);
	for (const [i, own] of features.entries()) {
		for (const [token, mean] of everywhere) {
			const mine = counts[i]?.get(token) ?? 0;
			const ofReplicas = meanOf(graph.replicas[i], counts, token);
			if (ofReplicas !== undefined) set(own, `versus ${token}`, mine - ofReplicas);
			// A log template is one program's: elsewhere it means nothing.
			if (token.startsWith("log ")) continue;
			if (mine !== 0) own.set(`rare ${token}`, mine - mean);
			set(own, `replicas ${token}`, ofReplicas);
			set(own, `callees ${token}`, meanOf(graph.callees[i], counts, token));
			set(own, `callers ${token}`, meanOf(graph.callers[i], counts, token));
		}
	}
}

/** Undefined of nobody. */
function meanOf(others: readonly number[] | undefined, counts: NodeFeatures, token: string): number | undefined {
	if (others === undefined || others.length === 0) return undefined;
	let sum = 0;
	for (const other of others) sum += counts[other]?.get(token) ?? 0;
	return sum / others.length;
}

function set(own: Map<string, number>, name: string, value: number | undefined): void {
	if (value !== undefined && value !== 0) own.set(name, value);
}

/** How early each token, and each kind of evidence, was seen: 1 for the first alert of the graph, falling to 0; and the candidates' order of appearance. */
function addOrder(features: NodeFeatures, graph: IndexedGraph): void {
	const firsts = new Map<string, Map<number, number>>();
	for (const o of graph.observations) {
		if (o.position === undefined) continue;
		setMax(features[o.node], `early ${o.token}`, 1 - o.position);
		const first = firsts.get(o.kind) ?? new Map<number, number>();
		if (!first.has(o.node)) first.set(o.node, first.size);
		firsts.set(o.kind, first);
	}
	for (const [kind, first] of firsts) {
		for (const [node, rank] of first) {
			features[node]?.set(`order ${kind}`, 1 / (1 + rank));
			features[node]?.set(`place ${kind}`, 1 + rank);
			const after = graph.replicas[node]?.filter((r) => (first.get(r) ?? Infinity) < rank).length ?? 0;
			if (after > 0) features[node]?.set(`after its replica ${kind}`, after);
		}
	}
}

function addTotals(features: NodeFeatures, graph: IndexedGraph): void {
	const kinds = [...new Set(graph.observations.map((o) => o.kind))];
	const total = (keep: (o: Observation) => boolean): number => graph.observations.filter(keep).length;
	for (const kind of kinds) {
		const all = total((o) => o.kind === kind);
		for (const [i, own] of features.entries()) {
			const mine = total((o) => o.kind === kind && o.node === i);
			own.set(`share ${kind}`, mine / all);
			own.set(`number ${kind}`, Math.log1p(mine));
			own.set(`all ${kind}`, Math.log1p(all));
			const replicas = graph.replicas[i] ?? [];
			const theirs = total((o) => o.kind === kind && replicas.includes(o.node)) / Math.max(1, replicas.length);
			if (replicas.length > 0) own.set(`versus number ${kind}`, Math.log1p(mine) - Math.log1p(theirs));
		}
	}
	for (const [i, own] of features.entries()) {
		own.set("callees", graph.callees[i]?.length ?? 0);
		own.set("callers", graph.callers[i]?.length ?? 0);
		own.set("neighbours", graph.neighbours[i]?.length ?? 0);
		own.set("replicas", graph.replicas[i]?.length ?? 0);
	}
}

function add(map: Map<string, number> | undefined, key: string, by: number): void {
	map?.set(key, (map.get(key) ?? 0) + by);
}

function setMax(map: Map<string, number> | undefined, key: string, value: number): void {
	if (map !== undefined && (map.get(key) ?? -Infinity) < value) map.set(key, value);
}
