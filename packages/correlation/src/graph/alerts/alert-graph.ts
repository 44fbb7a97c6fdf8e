/** What alerted around one incident, and on what: the input of a ranker that learns from labelled incidents. */
export interface AlertGraph {
	id: string;
	/** The candidates. */
	nodes: readonly string[];
	/** Pairs of indexes into `nodes`; who is linked with whom, in either direction, possibly several times. */
	edges: readonly (readonly [number, number])[];
	/** In the order in which they were raised. */
	alerts: readonly GraphAlert[];
}

export interface GraphAlert {
	/** "metric", "trace", "log", or whatever else the source calls it. */
	kind: string;
	/** Who raised it; of a trace alert the caller. It need not be a candidate. */
	node: string;
	/** What was seen: [metric, direction], [callee, operation, what], [template]. */
	token: readonly string[];
}

export interface LabelledAlertGraph extends AlertGraph {
	/** The node that caused the incident. */
	root: string;
}

/** One observation on one candidate, without any candidate's name in it. */
export interface Observation {
	token: string;
	kind: string;
	/** Index into the graph's nodes. */
	node: number;
	/** When in its kind's list of alerts it was raised, in [0, 1): 0 is the first. Undefined where that list is not by time. */
	position: number | undefined;
}

/** A graph as numbers: observations by candidate, neighbours and replicas by index. */
export interface IndexedGraph {
	size: number;
	observations: readonly Observation[];
	neighbours: readonly (readonly number[])[];
	/** Other instances of the same workload: names that differ in their last number alone. */
	replicas: readonly (readonly number[])[];
	/** Whom each candidate was seen calling in an alert, and by whom it was seen called. */
	callees: readonly (readonly number[])[];
	callers: readonly (readonly number[])[];
}

/** What several incidents of one system tell about it, whoever caused them. It joins evidence by name; it is no evidence itself. */
export interface Acquaintance {
	/** Who was seen calling whom. */
	callees: ReadonlyMap<string, ReadonlySet<string>>;
	/** Who serves an operation for others. */
	servers: ReadonlyMap<string, ReadonlySet<string>>;
	/** Kinds of alerts whose lists are sorted by name, so that their order tells nothing of time. */
	sortedKinds: ReadonlySet<string>;
}

export function acquaint(graphs: readonly AlertGraph[]): Acquaintance {
	const callees = new Map<string, Set<string>>();
	const servers = new Map<string, Set<string>>();
	for (const { kind, node, token } of graphs.flatMap((graph) => graph.alerts)) {
		const [callee, operation] = token;
		if (kind !== "trace" || callee === undefined || operation === undefined || callee === node) continue;
		callees.set(node, (callees.get(node) ?? new Set()).add(callee));
		servers.set(operation, (servers.get(operation) ?? new Set()).add(callee));
	}
	return { callees, servers, sortedKinds: sortedKinds(graphs) };
}

/** In a list by time the next name is the greater one about every other time; in a sorted one (almost) always, or never. */
function sortedKinds(graphs: readonly AlertGraph[]): Set<string> {
	const steps = new Map<string, { up: number; all: number }>();
	for (const { alerts } of graphs) {
		const last = new Map<string, string>();
		for (const { kind, node } of alerts) {
			const before = last.get(kind);
			last.set(kind, node);
			const step = steps.get(kind) ?? { up: 0, all: 0 };
			steps.set(kind, step);
			if (before === undefined || before === node) continue;
			step.all++;
			if (before < node) step.up++;
		}
	}
	return new Set([...steps].flatMap(([kind, { up, all }]) => (up <= 0.05 * all || up >= 0.95 * all ? [kind] : [])));
}

/** The graph by index. Calls are those that `known` has seen between its nodes, and those of its own alerts. */
export function indexGraph(graph: AlertGraph, known: Acquaintance): IndexedGraph {
	const index = new Map(graph.nodes.map((node, i) => [node, i]));
	const size = graph.nodes.length;
	const neighbours = emptySets(size);
	for (const [a, b] of graph.edges) {
		if (a === b || neighbours[a] === undefined || neighbours[b] === undefined) continue;
		neighbours[a].add(b);
		neighbours[b].add(a);
	}
	const callees = emptySets(size);
	const callers = emptySets(size);
	const here = acquaint([graph]);
	for (const [from, name] of graph.nodes.entries()) {
		for (const callee of [...(known.callees.get(name) ?? []), ...(here.callees.get(name) ?? [])]) {
			const to = index.get(callee);
			if (to === undefined) continue;
			callees[from]?.add(to);
			callers[to]?.add(from);
		}
	}
	return {
		size,
		observations: observationsOf(graph, index, known),
		neighbours: neighbours.map((s) => [...s]),
		replicas: replicasOf(graph.nodes),
		callees: callees.map((s) => [...s]),
		callers: callers.map((s) => [...s]),
	};
}

const emptySets = (size: number): Set<number>[] => Array.from({ length: size }, () => new Set<number>());

function replicasOf(nodes: readonly string[]): number[][] {
	const workload = nodes.map((name) => name.replace(/-\d+$/, ""));
	return nodes.map((_, i) => nodes.flatMap((_, j) => (j !== i && workload[j] === workload[i] ? [j] : [])));
}

function observationsOf({ alerts }: AlertGraph, index: ReadonlyMap<string, number>, known: Acquaintance): Observation[] {
	const totals = new Map<string, number>();
	for (const { kind } of alerts) totals.set(kind, (totals.get(kind) ?? 0) + 1);
	const seen = new Map<string, number>();
	const found: Observation[] = [];
	for (const alert of alerts) {
		const at = seen.get(alert.kind) ?? 0;
		seen.set(alert.kind, at + 1);
		const position = known.sortedKinds.has(alert.kind) ? undefined : at / (totals.get(alert.kind) ?? 1);
		for (const [node, token] of tokensOf(alert, index, known)) found.push({ token, kind: alert.kind, node, position });
	}
	return found;
}

/** An alert as evidence on one or two candidates. Candidates' names are taken out, so that what is learned holds for any of them. */
function tokensOf({ kind, node, token }: GraphAlert, index: ReadonlyMap<string, number>, known: Acquaintance): [number, string][] {
	const own = index.get(node);
	if (kind === "trace") {
		const [callee = "", operation = "", what = ""] = token;
		const to = index.get(callee);
		if (own !== undefined && own === to) return withinOrAttempt(own, operation, what, index, known);
		const sides: [number, string][] = [];
		if (own !== undefined) sides.push([own, to === undefined ? `calls out ${what}` : `caller ${what}`]);
		if (to !== undefined) sides.push([to, own === undefined ? `entered ${what}` : `callee ${what}`]);
		return sides;
	}
	if (own === undefined) return [];
	const parts = token.map((part) => (part.startsWith(node) ? part.slice(node.length).replace(/^[^\p{L}\p{N}]+/u, "") : part));
	return [[own, `${kind} ${parts.join(" ")}`]];
}

/** A span that a candidate timed itself: its own work, or, where others are known to serve that operation, its attempt to call them. */
function withinOrAttempt(
	own: number,
	operation: string,
	what: string,
	index: ReadonlyMap<string, number>,
	known: Acquaintance,
): [number, string][] {
	const servers = known.servers.get(operation) ?? new Set<string>();
	const others = [...servers].flatMap((name) => index.get(name) ?? []).filter((i) => i !== own);
	if (others.length === 0 || others.length < servers.size) return [[own, `within ${what}`]];
	return [[own, `attempts ${what}`], ...others.map((i): [number, string] => [i, `attempted ${what}`])];
}
