import { averagePath, fitIsolationForest, isolationScore } from "../isolation-forest.ts";
import { isolationScores } from "../isolation-scores.ts";
import type { Rows } from "../rows.ts";
import { calibrate, figure, largest, nameOf, type PointDetector, type PointDetectorOptions, split, usualOf } from "./point-detector.ts";

export interface IsolationDetectorOptions extends PointDetectorOptions {
	trees?: number;
	sample?: number;
}

/**
 * Isolation Forest as votes. Its words name the features without which the point would not stand out: those whose replacement by the
 * baseline's median lowers the score most.
 */
export async function fitIsolationDetector(baseline: Rows, options: IsolationDetectorOptions): Promise<PointDetector> {
	const { fit, heldOut } = split(baseline, options.random);
	const forest = fitIsolationForest(fit, options);
	const usual = usualOf(fit);
	const unit = averagePath(forest[1] as number);
	const steps = (score: number): string => figure(-Math.log2(score) * unit);
	const usualSteps = steps(isolationScores(forest, heldOut).sort()[(heldOut.values.length / heldOut.dimensions) >> 1] as number);

	function words(point: Float64Array, score: number): string {
		const drops = usual.map(({ median }, k) => score - isolationScore(forest, point.with(k, median)));
		const by = largest(drops, 2, 0.005).map((k) => {
			const { low, high } = usual[k] as (typeof usual)[number];
			return `${nameOf(options.features, k)} ${figure(point[k] as number)} (usually ${figure(low)} to ${figure(high)})`;
		});
		const why = by.length === 0 ? "" : `, most by ${by.join(" and ")}`;
		return `${steps(score)} random splits set it apart, the usual point ${usualSteps}${why}`;
	}
	return calibrate(
		{
			detector: "isolation forest",
			bounded: true,
			async look(rows) {
				const figures = isolationScores(forest, rows);
				const point = (row: number): Float64Array =>
					Float64Array.from(rows.values.subarray(row * rows.dimensions, (row + 1) * rows.dimensions));
				return { figures, words: (row) => words(point(row), figures[row] as number) };
			},
		},
		heldOut,
		options.risk,
	);
}
