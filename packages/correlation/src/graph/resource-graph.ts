import type { EvidenceSet, SpanSignal } from "@faultline/contracts";
import { isSpan } from "@faultline/contracts";
import { calledInErrors } from "./called-in-errors.ts";
import { workloadOfPod } from "./names.ts";

export interface GraphEdge {
	from: string;
	to: string;
	/** "calls": from depends on to. "owns", "runs-on" as in Topology. "co-occurs": they have something to do with each other, nobody says what; only drawn. */
	kind: "calls" | "owns" | "runs-on" | "co-occurs";
	/** Where the edge was learned: "spans", "capture", "log text"... */
	learnedFrom: string[];
	/** Calls seen, or mentions. */
	weight: number;
}

/** Candidates and who depends on whom. Pods stand for their services; a pair may have been learned from several places. */
export interface ResourceGraph {
	nodes: ReadonlySet<string>;
	edges: readonly GraphEdge[];
	/** The candidate that a name stands for: a pod's service, else the name itself. */
	candidateOf(resource: string, service?: string): string;
	callees(node: string): ReadonlySet<string>;
	callers(node: string): ReadonlySet<string>;
	/** Everything that `node` depends on, itself excluded. */
	dependencies(node: string): ReadonlySet<string>;
	/** Steps from `node` down to each dependency. */
	depthBelow(node: string): ReadonlyMap<string, number>;
	kindOf(node: string): string;
	/** Whether it is known only because others call it: nothing that it says itself was collected. */
	isExternal(node: string): boolean;
	/** The raw resources that stand behind a candidate. */
	membersOf(node: string): ReadonlySet<string>;
}

export function buildResourceGraph(evidence: EvidenceSet): ResourceGraph {
	const candidateOf = createCandidates(evidence);
	const nodes = new Set<string>();
	const kinds = new Map<string, string>();
	const members = new Map<string, Set<string>>();
	const edges = new Map<string, GraphEdge>();
	const see = (resource: string, service?: string, kind?: string): string => {
		const node = candidateOf(resource, service);
		nodes.add(node);
		if (kind !== undefined && !kinds.has(node)) kinds.set(node, kind);
		const behind = members.get(node) ?? new Set();
		behind.add(resource);
		members.set(node, behind);
		return node;
	};
	const link = (from: string, to: string, kind: GraphEdge["kind"], learnedFrom: string): void => {
		if (from === to) return;
		const key = `${from}\u0000${to}\u0000${kind}`;
		const edge = edges.get(key);
		if (edge === undefined) edges.set(key, { from, to, kind, learnedFrom: [learnedFrom], weight: 1 });
		else {
			edge.weight++;
			if (!edge.learnedFrom.includes(learnedFrom)) edge.learnedFrom.push(learnedFrom);
		}
	};
	for (const node of evidence.topology.nodes) see(node.id, node.service, node.kind);
	for (const edge of evidence.topology.edges) link(see(edge.from), see(edge.to), edge.kind, edge.learnedFrom);
	for (const series of [...evidence.series, ...evidence.baselineSeries]) see(series.resource, series.service);
	for (const signal of evidence.signals) {
		if (signal.kind === "change" || (signal.resource === "unknown" && signal.service === undefined)) continue;
		see(signal.resource, signal.service, signal.kind === "event" ? signal.event?.object.kind.toLowerCase() : undefined);
	}
	for (const [from, to] of spanEdges(evidence.signals.filter(isSpan)))
		link(see(from.resource, from.service), see(to.resource, to.service), "calls", "spans");
	const speaking = new Set(nodes);
	for (const { from, peer } of peerCalls(evidence.signals.filter(isSpan))) {
		const called = see(peer);
		// What its clients call a database is one, whatever runs it.
		if (from.attributes["db.system.name"] !== undefined || from.attributes["db.system"] !== undefined) kinds.set(called, "database");
		link(see(from.resource, from.service), called, "calls", "spans");
	}
	// Where nobody else says who calls whom, errors that name the callee do; whom only they know is seen by them alone.
	const untold = ![...edges.values()].some((edge) => edge.kind === "calls");
	const isNode = (name: string): boolean => nodes.has(candidateOf(name));
	for (const { from, to } of calledInErrors(evidence.signals, isNode)) {
		const callee = candidateOf(to);
		if (untold || !speaking.has(callee)) link(see(from.resource, from.service), see(callee), "calls", "log text");
	}
	return createGraph(nodes, [...edges.values()], candidateOf, kinds, members, speaking);
}

/** Resolves a name to its candidate. */
export function createCandidates(evidence: EvidenceSet): (resource: string, service?: string) => string {
	const services = new Map<string, string>();
	const names = new Set<string>();
	const note = (resource: string, service: string | undefined): void => {
		if (service === undefined) return;
		names.add(service);
		if (service !== resource && !services.has(resource)) services.set(resource, service);
	};
	for (const signal of evidence.signals) note(signal.resource, signal.service);
	for (const series of [...evidence.series, ...evidence.baselineSeries]) note(series.resource, series.service);
	for (const node of evidence.topology.nodes) note(node.id, node.service);
	for (const edge of evidence.topology.edges) if (edge.kind === "owns") note(edge.to, services.get(edge.from) ?? edge.from);
	const known = new Map<string, string>();
	return (resource, service) => {
		if (service !== undefined && service !== "") return service;
		let candidate = known.get(resource);
		if (candidate === undefined) {
			candidate = services.get(resource) ?? workloadOfPod(resource, names) ?? serviceOfHost(resource, names) ?? resource;
			known.set(resource, candidate);
		}
		return candidate;
	};
}

/** "orders.shop.svc.cluster.local" is "orders" where that is a service. */
function serviceOfHost(resource: string, services: ReadonlySet<string>): string | undefined {
	const dot = resource.indexOf(".");
	return dot > 0 && services.has(resource.slice(0, dot)) ? resource.slice(0, dot) : undefined;
}

/** Outgoing calls whose other side is named but not traced: a database, a provider. */
export function* peerCalls(spans: readonly SpanSignal[]): Generator<{ from: SpanSignal; peer: string }> {
	const answered = new Set(spans.map((s) => `${s.traceId ?? ""}/${s.span.parentId ?? ""}`));
	for (const span of spans) {
		const peer = peerOf(span);
		if (peer !== undefined && !answered.has(`${span.traceId ?? ""}/${span.spanId ?? ""}`)) yield { from: span, peer };
	}
}

/** Whom an outgoing span calls, by OpenTelemetry's attributes; undefined for incoming spans and where only an address is known. */
export function peerOf({ attributes, service, resource }: SpanSignal): string | undefined {
	if (/server|consumer|internal/i.test(String(attributes["span.kind"] ?? attributes.kind ?? ""))) return undefined;
	// Its own name before the kind of thing that it is: two databases of one make are two.
	for (const key of ["peer.service", "server.address", "net.peer.name", "db.system.name", "db.system", "messaging.system", "rpc.service"]) {
		const name = attributes[key];
		if (typeof name !== "string" || name === "" || /^(?:[\d.:a-f]+|localhost)$/i.test(name)) continue;
		return name === service || name === resource ? undefined : name;
	}
	return undefined;
}

/** Pairs of spans where one service called another. */
export function* spanEdges(spans: readonly SpanSignal[]): Generator<[SpanSignal, SpanSignal]> {
	const byId = indexSpans(spans);
	for (const span of spans) {
		const parent = parentOf(span, byId);
		if (parent !== undefined && (parent.service ?? parent.resource) !== (span.service ?? span.resource)) yield [parent, span];
	}
}

/** Spans by trace and id, and by id alone where only one service uses that id: traces whose id was lost on the way are joined again. */
export function indexSpans(spans: readonly SpanSignal[]): Map<string, SpanSignal> {
	const index = new Map<string, SpanSignal>();
	const lost = new Set<string>();
	for (const span of spans) {
		index.set(`${span.traceId ?? ""}/${span.spanId ?? ""}`, span);
		const alone = `*/${span.spanId ?? ""}`;
		const other = index.get(alone);
		if (other !== undefined && (other.service ?? other.resource) !== (span.service ?? span.resource)) lost.add(alone);
		index.set(alone, span);
	}
	for (const key of lost) index.delete(key);
	return index;
}

export function parentOf(span: SpanSignal, byId: ReadonlyMap<string, SpanSignal>): SpanSignal | undefined {
	const { parentId } = span.span;
	if (parentId === undefined || parentId === span.spanId) return undefined;
	return byId.get(`${span.traceId ?? ""}/${parentId}`) ?? byId.get(`*/${parentId}`);
}

const NONE: ReadonlySet<string> = new Set();

function createGraph(
	nodes: Set<string>,
	edges: GraphEdge[],
	candidateOf: ResourceGraph["candidateOf"],
	kinds: Map<string, string>,
	members: Map<string, Set<string>>,
	speaking: ReadonlySet<string>,
): ResourceGraph {
	const down = new Map<string, Set<string>>();
	const up = new Map<string, Set<string>>();
	const put = (map: Map<string, Set<string>>, key: string, value: string): void => {
		const set = map.get(key) ?? new Set();
		set.add(value);
		map.set(key, set);
	};
	for (const edge of edges) {
		if (edge.kind !== "calls") continue;
		put(down, edge.from, edge.to);
		put(up, edge.to, edge.from);
	}
	const depths = new Map<string, Map<string, number>>();
	const depthBelow = (node: string): Map<string, number> => {
		let depth = depths.get(node);
		if (depth !== undefined) return depth;
		depth = new Map();
		const queue = [node];
		for (let i = 0; i < queue.length; i++) {
			const at = queue[i] as string;
			for (const next of down.get(at) ?? NONE) {
				if (next === node || depth.has(next)) continue;
				depth.set(next, (depth.get(at) ?? 0) + 1);
				queue.push(next);
			}
		}
		depths.set(node, depth);
		return depth;
	};
	return {
		nodes,
		edges,
		candidateOf,
		callees: (node) => down.get(node) ?? NONE,
		callers: (node) => up.get(node) ?? NONE,
		dependencies: (node) => new Set(depthBelow(node).keys()),
		depthBelow,
		kindOf: (node) => kinds.get(node) ?? (speaking.has(node) ? "service" : "dependency"),
		isExternal: (node) => !speaking.has(node),
		membersOf: (node) => members.get(node) ?? NONE,
	};
}
