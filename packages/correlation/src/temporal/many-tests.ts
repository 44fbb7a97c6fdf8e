/**
 * p-values corrected for how many were asked for at once, in their order: none below its own, none above 1.
 *
 *   p'_(i) = min_{j >= i} min(1, m p_(j) / j)
 *
 * Benjamini & Hochberg, "Controlling the false discovery rate", JRSS B 1995: of what is called significant at q, at most a share q is chance.
 * Cost O(m log m). `tests` counts those that were made but are not listed.
 */
export function falseDiscoveryRates(ps: readonly number[], tests = ps.length): number[] {
	const order = ps.map((_, i) => i).sort((a, b) => (ps[a] as number) - (ps[b] as number));
	const out = new Array<number>(ps.length).fill(1);
	let least = 1;
	for (let rank = order.length; rank >= 1; rank--) {
		const i = order[rank - 1] as number;
		least = Math.min(least, (tests * (ps[i] as number)) / rank);
		out[i] = least;
	}
	return out;
}
