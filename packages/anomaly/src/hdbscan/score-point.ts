import { AppError } from "@faultline/contracts";
import { checkRows, type Rows } from "../rows.ts";
import { createDistanceKernel } from "./distance-kernel.ts";
import { type HdbscanModel, toUnitLength } from "./hdbscan.ts";
import { clusterAt, greatestLambdas, outlierScore } from "./outlier-scores.ts";

export interface PointScore {
	/** As GLOSH, in [0, 1]: how much less dense the point's place is than the densest of the cluster that it would belong to. */
	score: number;
	/** The baseline row through which it would be joined, and the mutual reachability distance of that. -1 and Infinity: no baseline. */
	nearest: number;
	distance: number;
	/** The same of the densest place of the cluster that it would belong to. */
	densest: number;
	/** Label of that row in the baseline's clustering. */
	label: number;
}

/**
 * Outlier scores of points that were not clustered, as if each alone were added: lambda(x) = 1 / min_b max(core(x), core(b), d(x, b)), and
 * C_x the cluster of that b at lambda(x). The tree itself stays as it is (McInnes et al.'s approximate prediction). O(n d) a point.
 * `baseline`, `minSamples` and `metric` are those that the model was fitted with.
 */
export function scorePoints(
	model: HdbscanModel,
	baseline: Rows,
	points: Rows,
	options: { minSamples: number; metric?: "euclidean" | "cosine" },
): PointScore[] {
	const n = checkRows(baseline);
	const count = checkRows(points);
	if (points.dimensions !== baseline.dimensions)
		throw new AppError("BAD_INPUT", `points of ${points.dimensions} dimensions against a baseline of ${baseline.dimensions}`, {
			hint: "use one encoder for both",
		});
	if (n === 0)
		return Array.from({ length: count }, () => ({ score: 1, nearest: -1, distance: Number.POSITIVE_INFINITY, densest: 0, label: -1 }));
	const values = new Float64Array(baseline.values.length + points.values.length);
	values.set(baseline.values);
	values.set(points.values, baseline.values.length);
	const joined = { values, dimensions: points.dimensions };
	const kernel = createDistanceKernel(options.metric === "cosine" ? toUnitLength(joined) : joined, n + count);
	const greatest = greatestLambdas(model.tree);
	return Array.from({ length: count }, (_, i) => {
		const { nearest, distance } = attach(kernel.distances(n + i, 0, n), n, model.coreDistances, kernel.scale, options.minSamples);
		const cluster = clusterAt(model.tree, model.tree.pointCluster[nearest] as number, 1 / distance);
		const lambda = greatest[cluster] as number;
		const score = outlierScore(1 / distance, lambda);
		return { score, nearest, distance, densest: 1 / lambda, label: model.labels[nearest] as number };
	});
}

/** The row of least mutual reachability distance; of equals the nearer one. */
function attach(
	squared: Float32Array,
	n: number,
	cores: Float64Array,
	scale: number,
	minSamples: number,
): { nearest: number; distance: number } {
	const others = Math.min(minSamples - 1, n);
	const core = others < 1 ? 0 : Math.sqrt(squared.slice(0, n).sort()[others - 1] as number) * scale;
	let nearest = -1;
	let distance = Number.POSITIVE_INFINITY;
	for (let b = 0; b < n; b++) {
		const reach = Math.max(core, cores[b] as number, Math.sqrt(squared[b] as number) * scale);
		if (nearest >= 0 && (reach > distance || (reach === distance && (squared[b] as number) >= (squared[nearest] as number)))) continue;
		nearest = b;
		distance = reach;
	}
	return { nearest, distance };
}
