import type { CondensedTree } from "./condensed-tree.ts";

export type ClusterSelection = "excess-of-mass" | "leaf";

/**
 * Stability of each cluster: the sum over its points of lambda at which they left it less the lambda at which it appeared (Campello et al.
 * 2013, eq. 3; a point that goes on into a child left when the child appeared). Infinity where its points are duplicates of each other.
 */
export function stabilities(tree: CondensedTree): Float64Array {
	const stability = new Float64Array(tree.parent.length);
	const add = (cluster: number, lambda: number, points: number): void => {
		stability[cluster] = (stability[cluster] as number) + points * (lambda - (tree.birth[cluster] as number));
	};
	tree.pointCluster.forEach((cluster, point) => void add(cluster, tree.pointLambda[point] as number, 1));
	tree.parent.forEach((parent, cluster) => {
		if (parent >= 0) add(parent, tree.birth[cluster] as number, tree.size[cluster] as number);
	});
	return stability;
}

/**
 * The clusters that make the flat clustering: by excess of mass, no two of one branch and the greatest sum of stabilities (Campello et al.
 * 2013, section 5, from the leaves up; the root competes only where a single cluster is allowed), or simply the leaves of the tree.
 */
export function selectClusters(tree: CondensedTree, selection: ClusterSelection, allowSingleCluster: boolean): Uint8Array {
	const clusters = tree.parent.length;
	const selected = new Uint8Array(clusters).fill(1);
	if (selection === "leaf") {
		for (const parent of tree.parent) if (parent >= 0) selected[parent] = 0;
	} else {
		const stability = stabilities(tree);
		const below = new Float64Array(clusters);
		for (let cluster = clusters - 1; cluster >= 0; cluster--) {
			const parent = tree.parent[cluster] as number;
			if ((below[cluster] as number) > (stability[cluster] as number) || (parent < 0 && !allowSingleCluster)) selected[cluster] = 0;
			if (parent >= 0) below[parent] = (below[parent] as number) + Math.max(stability[cluster] as number, below[cluster] as number);
		}
		deselectUnderSelected(tree, selected);
	}
	if (!allowSingleCluster) selected[0] = 0;
	return selected;
}

/** Parents come before their children, so one pass suffices. */
function deselectUnderSelected(tree: CondensedTree, selected: Uint8Array): void {
	const covered = new Uint8Array(tree.parent.length);
	tree.parent.forEach((parent, cluster) => {
		if (parent < 0 || ((covered[parent] as number) === 0 && (selected[parent] as number) === 0)) return;
		covered[cluster] = 1;
		selected[cluster] = 0;
	});
}
