import { studentTwoSided } from "./student-t.ts";

export interface Correlation {
	/** In [-1, 1]; 0 where either side is constant. */
	r: number;
	/** Two-sided, of no correlation. */
	p: number;
	n: number;
}

/**
 * Pearson's correlation over the pairs where both are numbers, with the p-value of its t statistic.
 *
 *   r = cov(x, y) / (s_x s_y),   t = r sqrt((n - 2) / (1 - r^2)) on n - 2 degrees of freedom
 *
 * Cost O(n). Fewer than 3 pairs, or a constant side: r = 0, p = 1.
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): Correlation {
	let n = 0;
	let mx = 0;
	let my = 0;
	let sxx = 0;
	let syy = 0;
	let sxy = 0;
	const length = Math.min(x.length, y.length);
	for (let i = 0; i < length; i++) {
		const a = x[i] as number;
		const b = y[i] as number;
		if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
		n++;
		const dx = a - mx;
		const dy = b - my;
		mx += dx / n;
		my += dy / n;
		sxx += dx * (a - mx);
		syy += dy * (b - my);
		sxy += dx * (b - my);
	}
	const scale = Math.sqrt(sxx) * Math.sqrt(syy);
	if (n < 3 || !(scale > 1e-300)) return { r: 0, p: 1, n };
	const r = Math.max(-1, Math.min(1, sxy / scale));
	const p = Math.abs(r) === 1 ? 0 : studentTwoSided(r * Math.sqrt((n - 2) / (1 - r * r)), n - 2);
	return { r, p, n };
}
