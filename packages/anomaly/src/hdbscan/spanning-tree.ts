import type { DistanceKernel } from "./distance-kernel.ts";

/** Edges of a tree over n rows, n - 1 of them, by ascending weight. */
export interface SpanningTree {
	readonly from: Int32Array;
	readonly to: Int32Array;
	/** Mutual reachability distances, in the unit of the rows. */
	readonly weights: Float64Array;
}

/**
 * Minimum spanning tree of the mutual reachability graph, max(core(a), core(b), d(a, b)) (Campello et al. 2013, def. 3 and 4), by Prim's
 * algorithm with distances made as they are needed. O(n^2 d), memory O(n). The kernel's rows are in another order afterwards.
 */
export function spanningTree(kernel: DistanceKernel, squaredCore: Float32Array): SpanningTree {
	const n = kernel.rows;
	const edges = Math.max(0, n - 1);
	const tree = { from: new Int32Array(edges), to: new Int32Array(edges), weights: new Float64Array(edges) };
	/** Rows outside the tree, at the kernel's positions 0 to left - 1: which row, its core distance, its best edge and where that leads. */
	const outside = Int32Array.from({ length: n }, (_, i) => i);
	const core = squaredCore.slice();
	const best = new Float32Array(n).fill(Number.POSITIVE_INFINITY);
	const parent = new Int32Array(n);
	const current = n;
	let at = 0;
	for (let left = edges, edge = -1; left >= 0; left--, edge++) {
		const row = outside[at] as number;
		if (edge >= 0) {
			tree.from[edge] = parent[at] as number;
			tree.to[edge] = row;
			tree.weights[edge] = Math.sqrt(best[at] as number) * kernel.scale;
		}
		const own = core[at] as number;
		kernel.copyRow(at, current);
		kernel.copyRow(left, at);
		for (const array of [outside, core, best, parent]) array[at] = array[left] as number;
		at = relax(kernel.distances(current, 0, left), left, row, own, outside, core, best, parent);
	}
	return ascending(tree);
}

/** Offers the edges of a row that came into the tree to those outside, and returns the position of the nearest, of equals the first row. */
function relax(
	distances: Float32Array,
	left: number,
	row: number,
	own: number,
	outside: Int32Array,
	core: Float32Array,
	best: Float32Array,
	parent: Int32Array,
): number {
	let least = Number.POSITIVE_INFINITY;
	let at = 0;
	for (let i = 0; i < left; i++) {
		let reach = distances[i] as number;
		if (own > reach) reach = own;
		const other = core[i] as number;
		if (other > reach) reach = other;
		const known = best[i] as number;
		if (reach < known) {
			best[i] = reach;
			parent[i] = row;
		} else reach = known;
		if (reach > least || (reach === least && (outside[i] as number) > (outside[at] as number))) continue;
		least = reach;
		at = i;
	}
	return at;
}

function ascending({ from, to, weights }: SpanningTree): SpanningTree {
	const order = Int32Array.from(weights, (_, i) => i).sort((a, b) => (weights[a] as number) - (weights[b] as number) || a - b);
	return {
		from: order.map((i) => from[i] as number),
		to: order.map((i) => to[i] as number),
		weights: Float64Array.from(order, (i) => weights[i] as number),
	};
}
