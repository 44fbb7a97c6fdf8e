/**
 * What a search runs over: rows are only ever added. Removal, ids and saving are the index's (vector-index.ts), so that each structure is no more
 * than its algorithm. `exact` is ours; the others are FAISS's.
 */
export interface Structure {
	readonly shape: Shape;
	/** Row-major vectors; their rows continue those that are there. */
	add(values: Float32Array): void;
	/** The k best rows of each query, best first, of equals the earlier row where the structure is exact; fewer where fewer are found. */
	search(queries: Float32Array, k: number): Hit[][];
	/** Writes what would be slow to build again; absent where nothing is. */
	write?(path: string): void;
}

export interface Hit {
	row: number;
	similarity: number;
}

export type Shape = "exact" | "flat" | "hnsw" | "ivf";
