import { type Random, seededRandom } from "@faultline/contracts";

export interface Warping {
	/** Root of the summed squared differences along the best path. */
	distance: number;
	/** Median of j - i along the path, in samples: positive where y does later what x does. */
	lag: number;
}

/**
 * Dynamic time warping: the cheapest way to run through both series together, each sample matched at least once.
 *
 *   D_{i,j} = (x_i - y_j)^2 + min(D_{i-1,j}, D_{i,j-1}, D_{i-1,j-1}),   distance = sqrt(D_{n,m})
 *
 * Sakoe & Chiba, "Dynamic programming algorithm optimization for spoken word recognition", 1978, with their band |i - j| <= window (widened to
 * |n - m|, below which there is no path). Cost O(n window) in time, and as much memory for the path. Of equal steps the diagonal is taken.
 * undefined for an empty series or values that are not numbers.
 */
export function warp(x: ArrayLike<number>, y: ArrayLike<number>, window = Number.POSITIVE_INFINITY): Warping | undefined {
	const [n, m] = [x.length, y.length];
	if (n === 0 || m === 0 || !allFinite(x) || !allFinite(y)) return undefined;
	const width = Math.min(Math.max(window, Math.abs(n - m)), Math.max(n, m));
	const cost = new Float64Array((n + 1) * (m + 1)).fill(Number.POSITIVE_INFINITY);
	const at = (i: number, j: number): number => cost[i * (m + 1) + j] as number;
	cost[0] = 0;
	for (let i = 1; i <= n; i++) {
		for (let j = Math.max(1, i - width); j <= Math.min(m, i + width); j++) {
			const step = ((x[i - 1] as number) - (y[j - 1] as number)) ** 2;
			cost[i * (m + 1) + j] = step + Math.min(at(i - 1, j - 1), at(i - 1, j), at(i, j - 1));
		}
	}
	return { distance: Math.sqrt(at(n, m)), lag: medianLag(n, m, at) };
}

function medianLag(n: number, m: number, at: (i: number, j: number) => number): number {
	const lags: number[] = [];
	for (let i = n, j = m; i > 0 && j > 0; ) {
		lags.push(j - i);
		const [diagonal, up, left] = [at(i - 1, j - 1), at(i - 1, j), at(i, j - 1)];
		if (diagonal <= up && diagonal <= left) {
			i--;
			j--;
		} else if (up <= left) i--;
		else j--;
	}
	lags.sort((a, b) => a - b);
	return lags[lags.length >> 1] ?? 0;
}

/**
 * How often as short a distance is met by chance: y turned round by random shifts keeps its own shape and loses its place in time.
 *
 *   p = (1 + #{shifts with distance <= d}) / (1 + shifts)
 *
 * Politis & Romano's circular blocks with one block ("A circular block-resampling procedure for stationary data", 1992). Shifts within `window`
 * of none are not drawn: warping would undo them.
 */
export function warpSignificance(
	x: ArrayLike<number>,
	y: ArrayLike<number>,
	window: number,
	{ shifts = 99, random = seededRandom(1) }: { shifts?: number; random?: Random } = {},
): number {
	const found = warp(x, y, window);
	const n = y.length;
	const room = n - 2 * window - 1;
	if (found === undefined || room < 2) return 1;
	let closer = 0;
	for (let s = 0; s < shifts; s++) {
		const by = window + 1 + Math.floor(random() * room);
		const turned = Float64Array.from({ length: n }, (_, i) => y[(i + by) % n] as number);
		if ((warp(x, turned, window)?.distance ?? Number.POSITIVE_INFINITY) <= found.distance) closer++;
	}
	return (1 + closer) / (1 + shifts);
}

/** Mean 0 and deviation 1: warping compares shapes, not sizes. undefined for a constant series. */
export function standardised(x: ArrayLike<number>): Float64Array | undefined {
	const values = Float64Array.from(x);
	const mean = values.reduce((a, b) => a + b, 0) / values.length;
	const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
	return deviation > 1e-12 * Math.abs(mean) && deviation > 0 ? values.map((v) => (v - mean) / deviation) : undefined;
}

function allFinite(x: ArrayLike<number>): boolean {
	for (let i = 0; i < x.length; i++) if (!Number.isFinite(x[i])) return false;
	return true;
}
