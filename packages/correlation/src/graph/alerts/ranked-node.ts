import { softmax } from "./linear-ranker.ts";

export interface RankedNode {
	resource: string;
	/** Probability of being the root, among the graph's nodes. */
	score: number;
}

/** Scores as a ranking: softmax, the likeliest first, equal ones in the graph's order. */
export function rankByScore(nodes: readonly string[], scores: ArrayLike<number>): RankedNode[] {
	const p = softmax(Float64Array.from(scores));
	return nodes.map((resource, i) => ({ resource, score: p[i] as number })).sort((a, b) => b.score - a.score);
}
