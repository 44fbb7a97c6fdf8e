import type { Rows } from "../rows.ts";
import { fitVae, openVae, pick, type VaeOptions, type VaeScores } from "../vae/vae.ts";
import { calibrate, figure, largest, nameOf, type PointDetector, type PointDetectorOptions } from "./point-detector.ts";

/** The variational autoencoder as votes: its words name the features that surprise beside the others, and what was expected of them. */
export async function fitAutoencoderDetector(baseline: Rows, options: VaeOptions & PointDetectorOptions): Promise<PointDetector> {
	const model = fitVae(baseline, options);
	const vae = await openVae(model);
	const heldOut = pick(baseline, model.heldOut);
	const { dimensions } = baseline;
	const usual = usualSurprise(await vae.score(heldOut), dimensions);

	function words(rows: Rows, { surprise, expected }: VaeScores, row: number): string {
		const at = row * dimensions;
		const excess = usual.map((u, k) => (surprise[at + k] as number) - u);
		const total = excess.reduce((sum, e) => sum + Math.max(0, e), 0);
		const by = largest(excess, 2, 0.5).map(
			(k) =>
				`${nameOf(options.features, k)} ${figure(rows.values[at + k] as number)} where ${figure(expected[at + k] as number)} goes with the rest ` +
				`(${Math.round((100 * (excess[k] as number)) / total)} % of the surprise)`,
		);
		return by.length === 0 ? "its features go together as in the baseline" : by.join("; ");
	}
	return calibrate(
		{
			detector: "autoencoder",
			async look(rows) {
				const scored = await vae.score(rows);
				return { figures: scored.scores, words: (row) => words(rows, scored, row) };
			},
			close: () => vae.close(),
		},
		heldOut,
		options.risk,
	);
}

/** By dimension: the mean surprise of healthy rows. */
function usualSurprise({ surprise }: VaeScores, dimensions: number): number[] {
	const sums = new Array<number>(dimensions).fill(0);
	surprise.forEach((s, i) => {
		sums[i % dimensions] = (sums[i % dimensions] as number) + (s * dimensions) / surprise.length;
	});
	return sums;
}
