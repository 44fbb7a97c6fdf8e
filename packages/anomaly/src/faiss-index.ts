import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { AppError, type Neighbour, type VectorIndex } from "@faultline/contracts";
import { assertDimensions, assertK } from "./exact-index.ts";

/** What is used of faiss-node. */
interface FaissFlatIndex {
	add(values: number[]): void;
	search(values: number[], k: number): { distances: number[]; labels: number[] };
	ntotal(): number;
}
interface Faiss {
	IndexFlatIP: new (dimensions: number) => FaissFlatIndex;
}

export interface FaissStatus {
	available: boolean;
	/** Why it is not, and how to mend it. */
	reason?: string;
}

let loaded: { faiss: Faiss } | { reason: string } | undefined;

/** Loads the native module on first use, once per process: what cannot be loaded now cannot be loaded later. */
function load(): { faiss: Faiss } | { reason: string } {
	if (loaded !== undefined) return loaded;
	for (const place of places(import.meta.url)) {
		try {
			loaded = { faiss: createRequire(place)("faiss-node") as Faiss };
			return loaded;
		} catch {
			// Not to be found or not to be loaded from there; the next place may do.
		}
	}
	loaded = {
		reason: "faiss-node's native module is not built (node scripts/faiss.mjs builds it); vectors are searched with the exact index",
	};
	return loaded;
}

/** This file; and, where it has been bundled into an app of a checkout, the package that declares faiss-node. */
function places(here: string): string[] {
	const found = [here];
	for (let folder = new URL(".", here); folder.pathname !== "/"; folder = new URL("..", folder)) {
		const declaring = new URL("packages/anomaly/package.json", folder);
		if (existsSync(declaring)) found.push(declaring.href);
	}
	return found;
}

/** Whether FAISS can be used here. */
export function faissStatus(): FaissStatus {
	const state = load();
	return "faiss" in state ? { available: true } : { available: false, reason: state.reason };
}

/** Numbers handed to one native call: bounds what it allocates, and what an unpatched faiss-node leaks per call. */
const NUMBERS_PER_CALL = 1 << 20;

/**
 * FAISS's flat index by inner product (Johnson, Douze & Jégou, "Billion-scale similarity search with GPUs", 2017), exact.
 * Throws UNAVAILABLE where the native module is missing.
 */
export function createFaissIndex(dimensions: number): VectorIndex {
	const state = load();
	if (!("faiss" in state)) throw new AppError("UNAVAILABLE", state.reason, { hint: "run node scripts/faiss.mjs" });
	const index = new state.faiss.IndexFlatIP(dimensions);
	const rowsPerCall = Math.max(1, Math.floor(NUMBERS_PER_CALL / dimensions));
	return {
		kind: "faiss",
		dimensions,
		get size() {
			return index.ntotal();
		},
		add(vectors) {
			for (const vector of vectors) assertDimensions(vector, dimensions);
			for (const part of parts(vectors, rowsPerCall)) index.add(flatten(part, dimensions));
		},
		search(queries, k) {
			assertK(k);
			for (const query of queries) assertDimensions(query, dimensions);
			// faiss-node throws where k exceeds what the index holds.
			const reachable = Math.min(k, index.ntotal());
			if (reachable === 0) return queries.map(() => []);
			return parts(queries, rowsPerCall).flatMap((part) => {
				const { distances, labels } = index.search(flatten(part, dimensions), reachable);
				return part.map((_, row) => neighbours(distances, labels, row * reachable, reachable));
			});
		},
	};
}

function neighbours(distances: number[], labels: number[], from: number, k: number): Neighbour[] {
	const found: Neighbour[] = [];
	for (let i = from; i < from + k; i++) {
		const id = labels[i] ?? -1;
		if (id >= 0) found.push({ id, similarity: distances[i] ?? 0 });
	}
	return found;
}

function parts<T>(all: readonly T[], size: number): T[][] {
	const result: T[][] = [];
	for (let from = 0; from < all.length; from += size) result.push(all.slice(from, from + size));
	return result;
}

/** faiss-node takes plain arrays only. */
function flatten(vectors: readonly Float32Array[], dimensions: number): number[] {
	const values = new Array<number>(vectors.length * dimensions);
	vectors.forEach((vector, row) => {
		for (let i = 0; i < dimensions; i++) values[row * dimensions + i] = vector[i] ?? 0;
	});
	return values;
}
