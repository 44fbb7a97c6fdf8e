import type { SpanningTree } from "./spanning-tree.ts";

/**
 * The condensed cluster tree: how clusters of at least `minClusterSize` points split, and when each point left, as the density lambda = 1/d
 * rises (Campello, Moulavi & Sander 2013, section 4; Campello et al. 2015, section 5). Cluster 0 is the root; a child's number is greater
 * than its parent's.
 */
export interface CondensedTree {
	/** By cluster: its parent (-1 for the root), the lambda at which it appeared, and its size then. */
	readonly parent: readonly number[];
	readonly birth: readonly number[];
	readonly size: readonly number[];
	/** By point: the last cluster that it was in, and the lambda at which it left it (Infinity: never). */
	readonly pointCluster: Int32Array;
	readonly pointLambda: Float64Array;
}

/** The single linkage tree: node n + i joins left[i] and right[i] at distance[i]. */
interface Linkage {
	left: Int32Array;
	right: Int32Array;
	distance: Float64Array;
	size: Int32Array;
}

/**
 * O(n log n). Merges at one and the same distance stay in the order of the edges, as in scikit-learn and hdbscan: a point that joins two
 * clusters at once goes with one of them, so labels of such points (a handful in a thousand) depend on the order of the rows.
 */
export function condense(tree: SpanningTree, n: number, minClusterSize: number): CondensedTree {
	const linkage = link(tree, n);
	const condensed = {
		parent: [-1],
		birth: [0],
		size: [n],
		pointCluster: new Int32Array(n),
		pointLambda: new Float64Array(n),
	};
	const sizeOf = (node: number): number => (node < n ? 1 : (linkage.size[node - n] as number));
	const leave = (node: number, cluster: number, lambda: number): void => {
		for (const point of pointsUnder(linkage, n, node)) {
			condensed.pointCluster[point] = cluster;
			condensed.pointLambda[point] = lambda;
		}
	};
	if (n < Math.max(2, minClusterSize)) {
		condensed.pointLambda.fill(Number.POSITIVE_INFINITY);
		return condensed;
	}
	const open = [{ node: 2 * n - 2, cluster: 0 }];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const { node, cluster } = next;
		const lambda = 1 / (linkage.distance[node - n] as number);
		const pieces = [linkage.left[node - n] as number, linkage.right[node - n] as number];
		const large = pieces.filter((piece) => sizeOf(piece) >= minClusterSize);
		for (const piece of pieces) if (sizeOf(piece) < minClusterSize) leave(piece, cluster, lambda);
		if (large.length === 1) open.push({ node: large[0] as number, cluster });
		else
			for (const piece of large) {
				open.push({ node: piece, cluster: condensed.parent.length });
				condensed.parent.push(cluster);
				condensed.birth.push(lambda);
				condensed.size.push(sizeOf(piece));
			}
	}
	return condensed;
}

/** Kruskal's order over the sorted edges, with path halving. */
function link({ from, to, weights }: SpanningTree, n: number): Linkage {
	const edges = weights.length;
	const linkage = { left: new Int32Array(edges), right: new Int32Array(edges), distance: weights, size: new Int32Array(edges) };
	const above = Int32Array.from({ length: n + edges }, (_, i) => i);
	const rootOf = (node: number): number => {
		let at = node;
		for (let up = above[at] as number; up !== at; up = above[at] as number) {
			above[at] = above[up] as number;
			at = above[at] as number;
		}
		return at;
	};
	const sizeOf = (node: number): number => (node < n ? 1 : (linkage.size[node - n] as number));
	for (let i = 0; i < edges; i++) {
		const a = rootOf(from[i] as number);
		const b = rootOf(to[i] as number);
		linkage.left[i] = a;
		linkage.right[i] = b;
		linkage.size[i] = sizeOf(a) + sizeOf(b);
		above[a] = n + i;
		above[b] = n + i;
	}
	return linkage;
}

function pointsUnder(linkage: Linkage, n: number, node: number): number[] {
	const points: number[] = [];
	const open = [node];
	for (let at = open.pop(); at !== undefined; at = open.pop())
		if (at < n) points.push(at);
		else open.push(linkage.left[at - n] as number, linkage.right[at - n] as number);
	return points;
}
