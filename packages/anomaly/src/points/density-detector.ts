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

/** Beyond e^30 times as far as in the densest place, further is not more unusual. */
const GREATEST = 30;

/**
 * HDBSCAN with GLOSH as votes: how much further a point is from its nearest cluster than that cluster's densest points are from each other.
 * Its figure is -ln(1 - GLOSH), which does not crowd at 1.
 */
export async function fitDensityDetector(baseline: Rows, options: DensityDetectorOptions): Promise<PointDetector> {
	const { minClusterSize = 5, minSamples = minClusterSize, metric = "euclidean", sample = 4_000 } = options;
	const { fit: whole, heldOut } = split(baseline, options.random);
	const fit: Rows = { values: whole.values.subarray(0, sample * whole.dimensions), dimensions: whole.dimensions };
	const model = hdbscan(fit, { minClusterSize, minSamples, metric });
	return calibrate(
		{
			detector: "density",
			async look(rows) {
				const scored = scorePoints(model, fit, rows, { minSamples, metric });
				const figures = Float64Array.from(scored, ({ score }) => Math.min(GREATEST, -Math.log1p(-score)));
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
