import { type AttentionInput, type AttentionWeights, attend } from "./attention-network.ts";

/** How much a node's score drew from each other node. */
export interface Carried {
	node: number;
	/** Mean attention over the heads of both layers, in [0, 1]. */
	attention: number;
}

/** Whom one node attended to when it was scored, itself excluded, the most first. */
export function carriedBy(weights: AttentionWeights, input: AttentionInput, node: number): Carried[] {
	const { first, second } = attend(weights, input);
	const { heads } = weights.shape;
	return (input.attended[node] ?? [])
		.map(([other], n) => {
			let sum = 0;
			for (const { alpha } of [first, second]) for (let head = 0; head < heads; head++) sum += alpha[node]?.[n * heads + head] ?? 0;
			return { node: other, attention: sum / (2 * heads) };
		})
		.filter(({ node: other }) => other !== node)
		.sort((a, b) => b.attention - a.attention || a.node - b.node);
}
