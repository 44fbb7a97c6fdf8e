import type { DistanceKernel } from "./distance-kernel.ts";

/** Rows that are compared with others while they are in the cache. */
const BLOCK = 256;

/**
 * Squared core distances: from each row to its k-th nearest, the row itself being the first (scikit-learn's convention; Campello et al. 2013,
 * def. 1, count the point too). Each pair is looked at once, for both of its ends. O(n^2 d), memory O(n k).
 */
export function squaredCoreDistances(kernel: DistanceKernel, k: number): Float32Array {
	const n = kernel.rows;
	const others = Math.min(k, n) - 1;
	const farthest = new Float32Array(n);
	if (others < 1) return farthest;
	farthest.fill(Number.POSITIVE_INFINITY);
	/** By row, ascending: its `others` nearest so far. */
	const nearest = new Float32Array(n * others).fill(Number.POSITIVE_INFINITY);
	for (let start = 0; start < n; start += BLOCK) {
		const end = Math.min(n, start + BLOCK);
		for (let row = 0; row < end; row++) {
			const first = Math.max(start, row + 1);
			compare(kernel.distances(row, first, end), row, first, end, others, nearest, farthest);
		}
	}
	return farthest;
}

function compare(
	distances: Float32Array,
	row: number,
	first: number,
	end: number,
	others: number,
	nearest: Float32Array,
	farthest: Float32Array,
): void {
	let own = farthest[row] as number;
	for (let other = first; other < end; other++) {
		const d = distances[other - first] as number;
		if (d < own) own = insert(nearest, row * others, others, d);
		if (d < (farthest[other] as number)) farthest[other] = insert(nearest, other * others, others, d);
	}
	farthest[row] = own;
}

/** Puts d among `size` ascending numbers from `start`, drops the greatest, and returns the greatest of those that stay. */
function insert(numbers: Float32Array, start: number, size: number, d: number): number {
	let at = start + size - 1;
	for (; at > start && (numbers[at - 1] as number) > d; at--) numbers[at] = numbers[at - 1] as number;
	numbers[at] = d;
	return numbers[start + size - 1] as number;
}
