/** Probabilities of scores at a temperature: softmax(s / T). */
export function probabilities(scores: readonly number[], temperature: number): number[] {
	const most = Math.max(...scores);
	const raised = scores.map((score) => Math.exp((score - most) / temperature));
	const sum = raised.reduce((a, b) => a + b, 0);
	return raised.map((x) => x / sum);
}

/** Temperatures that are tried, from sharp to flat. */
const TEMPERATURES = Array.from({ length: 41 }, (_, k) => 0.1 * 1.2 ** k);

/**
 * The temperature at which the right answers were likeliest: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2, by search
 * over a grid. The lists must not be ones that the scores were fitted on.
 */
export function fitTemperature(lists: readonly { scores: readonly number[]; right: number }[]): number {
	let best = 1;
	let least = Number.POSITIVE_INFINITY;
	for (const temperature of TEMPERATURES) {
		const loss = lists.reduce(
			(sum, { scores, right }) => sum - Math.log(Math.max(1e-9, probabilities(scores, temperature)[right] ?? 0)),
			0,
		);
		if (loss < least) [best, least] = [temperature, loss];
	}
	return best;
}

/** Two rankings' probabilities as one; `weight` is the second's, in [0, 1]. */
export function blend(untrained: readonly number[], learned: readonly number[], weight: number): number[] {
	return untrained.map((p, i) => (1 - weight) * p + weight * (learned[i] ?? 0));
}
