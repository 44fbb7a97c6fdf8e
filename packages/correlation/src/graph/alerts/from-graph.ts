import type { IncidentGraph } from "@faultline/contracts";
import type { AlertGraph, GraphAlert } from "./alert-graph.ts";
import { STANDING } from "./observe.ts";

/** As for drawing. */
const HIT = 0.2;

/** An incident's own graph as one that a ranker learns from; undefined of a report that was made before observations were kept. */
export function alertGraphOf(id: string, { nodes, edges, observations }: IncidentGraph): AlertGraph | undefined {
	if (observations === undefined || observations.length === 0) return undefined;
	// By name: the order of the ranking must not tell its answer twice.
	const names = nodes.map((node) => node.resource).toSorted();
	const at = new Map(names.map((name, i) => [name, i]));
	const abnormal = new Map(nodes.map((node) => [node.resource, node.abnormal]));
	const hit = (name: string): boolean => (abnormal.get(name) ?? 0) >= HIT;
	const linked = edges.filter(({ from, to }) => at.has(from) && at.has(to) && from !== to);
	const calls = linked.map(({ from, to }): GraphAlert => {
		const which = hit(from) ? (hit(to) ? "both abnormal" : "caller abnormal") : hit(to) ? "callee abnormal" : "quiet";
		return { kind: "trace", node: from, token: [to, "depends", which] };
	});
	return {
		id,
		nodes: names,
		edges: linked.map(({ from, to }) => [at.get(from) ?? 0, at.get(to) ?? 0] as const),
		alerts: [...observations.map(({ resource, kind, token }) => ({ kind, node: resource, token })), ...calls],
	};
}

/** How alike two incidents are: the cosine of how often each token was seen, whoever it was seen at. In [0, 1]. */
export function similarityOf(a: AlertGraph, b: AlertGraph): number {
	const [x, y] = [countsOf(a), countsOf(b)];
	const dot = [...x].reduce((sum, [token, n]) => sum + n * (y.get(token) ?? 0), 0);
	const length = (of: ReadonlyMap<string, number>) => Math.sqrt([...of.values()].reduce((sum, n) => sum + n * n, 0));
	const both = length(x) * length(y);
	return both === 0 ? 0 : dot / both;
}

const LEFT_OUT: ReadonlySet<string> = new Set([...STANDING, "trace"]);

function countsOf({ alerts }: AlertGraph): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { kind, token } of alerts) {
		if (LEFT_OUT.has(kind)) continue;
		const key = `${kind} ${token.join(" ")}`;
		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	return counts;
}
