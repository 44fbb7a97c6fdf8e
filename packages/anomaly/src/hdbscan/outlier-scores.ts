import type { CondensedTree } from "./condensed-tree.ts";

/** By cluster: the greatest lambda at which any point was still in it or in a cluster that came of it. */
export function greatestLambdas(tree: CondensedTree): Float64Array {
	const greatest = Float64Array.from(tree.birth);
	tree.pointCluster.forEach((cluster, point) => {
		greatest[cluster] = Math.max(greatest[cluster] as number, tree.pointLambda[point] as number);
	});
	for (let cluster = greatest.length - 1; cluster > 0; cluster--) {
		const parent = tree.parent[cluster] as number;
		greatest[parent] = Math.max(greatest[parent] as number, greatest[cluster] as number);
	}
	return greatest;
}

/**
 * GLOSH, outlier scores from the hierarchy: how much less dense than its cluster's densest a point is where it leaves the cluster.
 *
 *   GLOSH(x) = 1 - eps_max(x) / eps(x) = 1 - lambda(x) / lambda_max(C_x)
 *
 * Campello, Moulavi, Zimek & Sander, "Hierarchical Density Estimates for Data Clustering, Visualization, and Outlier Detection", TKDD 2015,
 * eq. 8: eps(x) the least radius at which x is in a cluster C_x, eps_max(x) the least at which C_x or a cluster of it is one. In [0, 1].
 */
export function outlierScores(tree: CondensedTree): Float64Array {
	const greatest = greatestLambdas(tree);
	return Float64Array.from(tree.pointCluster, (cluster, point) =>
		outlierScore(tree.pointLambda[point] as number, greatest[clusterAt(tree, cluster, tree.pointLambda[point] as number)] as number),
	);
}

/** The cluster of this branch that exists at a lambda: one that only appears at it is not there yet. */
export function clusterAt(tree: CondensedTree, cluster: number, lambda: number): number {
	let at = cluster;
	while (at > 0 && (tree.birth[at] as number) >= lambda) at = tree.parent[at] as number;
	return at;
}

export function outlierScore(lambda: number, greatest: number): number {
	if (lambda >= greatest) return 0;
	return Number.isFinite(greatest) ? 1 - lambda / greatest : 1;
}
