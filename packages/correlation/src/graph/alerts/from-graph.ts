import type { IncidentGraph } from "@faultline/contracts";
import type { AlertGraph, GraphAlert } from "./alert-graph.ts";

/** As for drawing. */
const HIT = 0.2;

/** Kinds of token that are about the candidate as the untrained ranking saw it, and not about what went wrong. */
const STANDING = ["is", "place", "score"] as const;

/** An incident's own graph as one that a ranker learns from; undefined of a report that was made before observations were kept. */
export function alertGraphOf(id: string, { nodes, edges, observations }: IncidentGraph): AlertGraph | undefined {
	if (observations === undefined) return undefined;
	const seen = observations.flatMap(([node, told]): GraphAlert[] => {
		const [kind = "", direction = "", strength = "", mechanism] = told.split(" ");
		const resource = nodes[node]?.resource;
		if (resource === undefined) return [];
		const itself = { kind, node: resource, token: [direction, strength] };
		return mechanism === undefined ? [itself] : [itself, { kind: "mechanism", node: resource, token: [mechanism] }];
	});
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
		alerts: [...standingOf(nodes), ...seen, ...calls],
	};
}

/** What sort each candidate is, and its place in the ranking that learns nothing: a learner corrects that ranking instead of starting anew. */
function standingOf(nodes: IncidentGraph["nodes"]): GraphAlert[] {
	const score = (node: IncidentGraph["nodes"][number]): number => node.untrainedScore ?? node.score;
	const best = Math.max(0, ...nodes.map(score));
	return nodes
		.toSorted((a, b) => score(b) - score(a))
		.flatMap((node, place): GraphAlert[] => [
			{ kind: "is", node: node.resource, token: [node.kind] },
			{ kind: "place", node: node.resource, token: [place < 3 ? String(place + 1) : "later"] },
			{ kind: "score", node: node.resource, token: [best > 0 ? String(Math.round((5 * score(node)) / best)) : "0"] },
		]);
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
