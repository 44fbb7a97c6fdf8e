import { hdbscan } from "../hdbscan/hdbscan.ts";
import { scorePoints } from "../hdbscan/score-point.ts";
import type { Rows } from "../rows.ts";
import { calibrate, figure, type PointDetector, type PointDetectorOptions, split } from "./point-detector.ts";

export interface DensityDetectorOptions extends PointDetectorOptions {
	minClusterSize?: number;
	minSamples?: number;
	metric?: "euclidean" | "cosine";
	/** Points of the baseline that are clustered at most: the time grows with their square. */
	sample?: number;
}

/** A cluster counts as no denser than this share of the usual distance between neighbours: beside duplicates nothing would ever be near. */
const FLOOR_SHARE = 0.01;

/**
 * HDBSCAN with GLOSH as votes: how much further a point is from its nearest cluster than that cluster's densest points are from each other.
 * Its figure is the logarithm of that, ln(eps(x) / eps_max), which unlike GLOSH = 1 - eps_max / eps(x) does not crowd at 1.
 */
export async function fitDensityDetector(baseline: Rows, options: DensityDetectorOptions): Promise<PointDetector> {
	const { minClusterSize = 5, minSamples = minClusterSize, metric = "euclidean", sample = 4_000 } = options;
	const { fit: whole, heldOut } = split(baseline, options.random);
	const fit: Rows = { values: whole.values.subarray(0, sample * whole.dimensions), dimensions: whole.dimensions };
	const model = hdbscan(fit, { minClusterSize, minSamples, metric });
	const floor = FLOOR_SHARE * usualDistance(model.coreDistances);
	return calibrate(
		{
			detector: "density",
			async look(rows) {
				const scored = scorePoints(model, fit, rows, { minSamples, metric });
				const figures = Float64Array.from(scored, ({ distance, densest }) =>
					Math.max(0, Math.log(Math.max(distance, floor) / Math.max(densest, floor))),
				);
				return {
					figures,
					words(row) {
						const { label, distance } = scored[row] as (typeof scored)[number];
						const times = figure(Math.exp(figures[row] as number));
						const cluster = label < 0 ? "none of the clusters" : `a cluster of ${model.clusters[label]?.size} points`;
						return `${times} times as far from its neighbours (${figure(distance)}) as the densest points there; the nearest belongs to ${cluster}`;
					},
				};
			},
		},
		heldOut,
		options.risk,
	);
}

/** Median of the core distances that are not 0; where all points are duplicates, anything is far. */
function usualDistance(cores: Float64Array): number {
	const apart = cores.filter((core) => core > 0).sort();
	return apart[apart.length >> 1] ?? 1e-9;
}
