import type { VectorIndex } from "@faultline/contracts";
import { quantile } from "./quantile.ts";

/**
 * Novelty: a vector is as new as its distance to the nearest vector of a baseline.
 *
 *   s(x) = 1 - max_b <x, b>,   anomalous where s(x) > q-quantile of { 1 - max_{b' != b} <b, b'> : b in baseline }
 *
 * Ramaswamy, Rastogi & Shim, "Efficient Algorithms for Mining Outliers from Large Data Sets", SIGMOD 2000 (k = 1), on unit vectors, so that
 * the distance is the cosine's. The threshold comes from the baseline's own distances, never from labels. Fit O(b) searches.
 * Differs from the paper: no top-n; a threshold, no smaller than `leastThreshold`, since a baseline of duplicates would give 0.
 */
export interface Novelty {
	threshold: number;
	/** One score per vector, in [0, 2]; 1 where the baseline is empty. */
	score(
		vectors: readonly Float32Array[],
	): { score: number /** Insertion position of the nearest baseline vector, -1 where there is none. */; nearest: number }[];
}

export interface NoveltyOptions {
	q?: number;
	leastThreshold?: number;
	/** Baseline vectors that the threshold is learned from; evenly spaced where there are more. */
	sample?: number;
}

/** Adds the baseline to an empty index and learns the threshold. */
export function fitNovelty(index: VectorIndex, baseline: readonly Float32Array[], options: NoveltyOptions = {}): Novelty {
	const { q = 0.99, leastThreshold = 0.05, sample = 2_000 } = options;
	index.add(baseline);
	const step = Math.max(1, Math.floor(baseline.length / sample));
	const probes = baseline.filter((_, i) => i % step === 0);
	// The nearest of a baseline vector is itself (or its duplicate): the second is its nearest other.
	const distances = index.search(probes, 2).map((found) => 1 - (found[1]?.similarity ?? 1));
	const learned = distances.length === 0 ? leastThreshold : quantile(distances, q);
	return {
		threshold: Math.max(leastThreshold, learned),
		score: (vectors) =>
			index
				.search(vectors, 1)
				.map(([found]) => (found === undefined ? { score: 1, nearest: -1 } : { score: 1 - found.similarity, nearest: found.id })),
	};
}
