import type { Neighbour } from "@faultline/contracts";
import { quantile } from "./quantile.ts";

/**
 * Novelty: a vector is as new as its distance to the nearest vector of a baseline.
 *
 *   s(x) = 1 - max_b <x, b>,   anomalous where s(x) > q-quantile of { 1 - max_{b' != b} <b, b'> : b in baseline }
 *
 * Ramaswamy, Rastogi & Shim, "Efficient Algorithms for Mining Outliers from Large Data Sets", SIGMOD 2000 (k = 1), on unit vectors, so that
 * the distance is the cosine's. The threshold comes from the baseline's own distances, never from labels, and moves with what is learned later.
 * Fit O(b) searches. Differs from the paper: no top-n; a threshold, no smaller than `leastThreshold`, since a baseline of duplicates would give 0.
 */
export interface Novelty {
	readonly threshold: number;
	/** One score per vector, in [0, 2]; 1 where the baseline is empty. */
	score(vectors: readonly Float32Array[]): Promise<NoveltyScore[]>;
	/** Takes what proved healthy into the baseline; the threshold follows the newest distances. */
	learn(vectors: readonly Float32Array[]): Promise<void>;
}

export interface NoveltyScore {
	score: number;
	/** Id of the nearest baseline vector, -1 where there is none. */
	nearest: number;
}

/** What novelty needs of an index, in this thread (VectorIndex) or in one of its own (WorkerIndex). */
export interface Searchable {
	add(vectors: readonly Float32Array[]): void | Promise<void>;
	search(queries: readonly Float32Array[], k: number): Neighbour[][] | Promise<Neighbour[][]>;
}

export interface NoveltyOptions {
	q?: number;
	leastThreshold?: number;
	/** Distances that the threshold is learned from: of baseline vectors evenly spaced, later of the newest. */
	sample?: number;
}

/** Adds the baseline to an empty index and learns the threshold. */
export async function fitNovelty(index: Searchable, baseline: readonly Float32Array[], options: NoveltyOptions = {}): Promise<Novelty> {
	const { q = 0.99, leastThreshold = 0.05, sample = 2_000 } = options;
	await index.add(baseline);
	const step = Math.max(1, Math.floor(baseline.length / sample));
	const probes = baseline.filter((_, i) => i % step === 0);
	// The nearest of a baseline vector is itself (or its duplicate): the second is its nearest other.
	let distances = (await index.search(probes, 2)).map((found) => 1 - (found[1]?.similarity ?? 1));
	const learned = (): number => Math.max(leastThreshold, distances.length === 0 ? 0 : quantile(distances, q));
	let threshold = learned();
	const score = async (vectors: readonly Float32Array[]): Promise<NoveltyScore[]> =>
		(await index.search(vectors, 1)).map(([found]) =>
			found === undefined ? { score: 1, nearest: -1 } : { score: 1 - found.similarity, nearest: found.id },
		);
	return {
		get threshold() {
			return threshold;
		},
		score,
		async learn(vectors) {
			distances = [...distances, ...(await score(vectors)).map((each) => each.score)].slice(-sample);
			await index.add(vectors);
			threshold = learned();
		},
	};
}
