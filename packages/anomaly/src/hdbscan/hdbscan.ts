import { AppError } from "@faultline/contracts";
import { checkRows, type Rows } from "../rows.ts";
import { type CondensedTree, condense } from "./condensed-tree.ts";
import { squaredCoreDistances } from "./core-distances.ts";
import { createDistanceKernel, type DistanceKernel } from "./distance-kernel.ts";
import { outlierScores } from "./outlier-scores.ts";
import { type ClusterSelection, selectClusters, stabilities } from "./select-clusters.ts";
import { spanningTree } from "./spanning-tree.ts";

/**
 * HDBSCAN: clusters of any density, without their number, and what belongs to none.
 *
 *   d_mreach(a, b) = max(core(a), core(b), d(a, b)),   core(a) = distance of a to its minSamples-th nearest, a included
 *
 * minimum spanning tree of d_mreach, its single linkage tree condensed to clusters of at least minClusterSize points, the most stable ones.
 * Campello, Moulavi & Sander, "Density-Based Clustering Based on Hierarchical Density Estimates", PAKDD 2013; outlier scores (GLOSH) of
 * Campello et al., TKDD 2015. O(n^2 d) time, O(n (d + minSamples)) memory: distances are made as they are needed.
 * Differs from the paper: minClusterSize and minSamples are two numbers, as in hdbscan and scikit-learn.
 */
export interface HdbscanOptions {
	/** Points that make a cluster, at least 2. */
	minClusterSize?: number;
	/** Neighbours (the point included) that make a place dense; `minClusterSize` unless told. More than there are points is all of them. */
	minSamples?: number;
	/** "cosine": euclidean distance of the vectors at length 1, sqrt(2 - 2 cos); a vector of zeros stays one. */
	metric?: "euclidean" | "cosine";
	selection?: ClusterSelection;
	/** Whether all points may be one cluster. */
	allowSingleCluster?: boolean;
}

export interface Hdbscan {
	/** By point: its cluster, or -1 for noise. Clusters are numbered by their first point. */
	labels: Int32Array;
	/** By point: how central in its cluster, in [0, 1]; 0 for noise. */
	probabilities: Float64Array;
	/** By point: GLOSH, in [0, 1]; higher is more of an outlier. 0 where there are too few points for a cluster. */
	outlierScores: Float64Array;
	/** By cluster. */
	clusters: { size: number; stability: number }[];
}

/** What a fit leaves to judge other points by (score-point.ts). */
export interface HdbscanModel extends Hdbscan {
	tree: CondensedTree;
	/** By point, in the unit of the rows. */
	coreDistances: Float64Array;
}

/** WebAssembly's memory ends at 4 GiB. */
const MOST_NUMBERS = 2 ** 30 - 2 ** 20;

/** Fewer points than minClusterSize are all noise. @throws AppError BAD_INPUT for options or values that make no sense. */
export function hdbscan(rows: Rows, options: HdbscanOptions = {}): HdbscanModel {
	const { minClusterSize = 5, minSamples = minClusterSize, metric = "euclidean" } = options;
	assertCount("minClusterSize", minClusterSize, 2);
	assertCount("minSamples", minSamples, 1);
	const n = checkRows(rows);
	if (n * (rows.dimensions + 4) > MOST_NUMBERS)
		throw new AppError("BAD_INPUT", `${n} points of ${rows.dimensions} dimensions are too many to cluster`, { hint: "cluster a sample" });
	const kernel = createDistanceKernel(metric === "cosine" ? toUnitLength(rows) : rows, n);
	const core = squaredCoreDistances(kernel, minSamples);
	const tree = condense(spanningTree(kernel, core), n, minClusterSize);
	return { ...flatten(tree, options), tree, coreDistances: inUnits(core, kernel) };
}

function flatten(tree: CondensedTree, { selection = "excess-of-mass", allowSingleCluster = false }: HdbscanOptions): Hdbscan {
	const selected = selectClusters(tree, selection, allowSingleCluster);
	const home = homes(tree, selected);
	const stability = stabilities(tree);
	const lasting = lastLambdas(tree);
	const numbers = new Map<number, number>();
	const clusters: Hdbscan["clusters"] = [];
	const labels = new Int32Array(tree.pointCluster.length).fill(-1);
	const probabilities = new Float64Array(labels.length);
	tree.pointCluster.forEach((last, point) => {
		const cluster = home[last] as number;
		const lambda = tree.pointLambda[point] as number;
		const longest = lasting[cluster] as number;
		// Of the root only the points that stay to its end are a cluster (scikit-learn's and hdbscan's rule).
		if (cluster < 0 || (cluster === 0 && lambda < longest && last === 0)) return;
		if (!numbers.has(cluster)) {
			numbers.set(cluster, clusters.length);
			clusters.push({ size: 0, stability: stability[cluster] as number });
		}
		const label = numbers.get(cluster) as number;
		labels[point] = label;
		(clusters[label] as { size: number }).size++;
		probabilities[point] = Number.isFinite(lambda) && longest > 0 ? Math.min(lambda, longest) / longest : 1;
	});
	const tooFew = tree.pointLambda.every((lambda) => lambda === Number.POSITIVE_INFINITY) && tree.parent.length === 1;
	return { labels, probabilities, outlierScores: tooFew ? new Float64Array(labels.length) : outlierScores(tree), clusters };
}

/** By cluster: the selected cluster that it is or lies in, or -1. */
function homes(tree: CondensedTree, selected: Uint8Array): Int32Array {
	const home = new Int32Array(selected.length);
	tree.parent.forEach((parent, cluster) => {
		home[cluster] = selected[cluster] === 1 ? cluster : parent < 0 ? -1 : (home[parent] as number);
	});
	return home;
}

/** By cluster: the lambda at which it ended, by its last point leaving or by its split. */
function lastLambdas(tree: CondensedTree): Float64Array {
	const last = new Float64Array(tree.parent.length);
	const raise = (cluster: number, lambda: number): void => {
		last[cluster] = Math.max(last[cluster] as number, lambda);
	};
	tree.pointCluster.forEach((cluster, point) => void raise(cluster, tree.pointLambda[point] as number));
	tree.parent.forEach((parent, cluster) => {
		if (parent >= 0) raise(parent, tree.birth[cluster] as number);
	});
	return last;
}

export function toUnitLength({ values, dimensions }: Rows): Rows {
	const unit = new Float64Array(values.length);
	for (let start = 0; start < values.length; start += dimensions) {
		const length = Math.hypot(...values.subarray(start, start + dimensions));
		for (let i = start; i < start + dimensions; i++) unit[i] = length > 0 ? (values[i] as number) / length : 0;
	}
	return { values: unit, dimensions };
}

const inUnits = (squared: Float32Array, kernel: DistanceKernel): Float64Array =>
	Float64Array.from(squared, (s) => Math.sqrt(s) * kernel.scale);

function assertCount(name: string, value: number, least: number): void {
	if (!Number.isInteger(value) || value < least)
		throw new AppError("BAD_INPUT", `${name} is ${value}`, { hint: `give a whole number of at least ${least}` });
}
