import type { VectorIndex } from "@faultline/contracts";
import { createExactIndex } from "./exact-index.ts";
import { createFaissIndex, faissStatus } from "./faiss-index.ts";

export interface VectorIndexOptions {
	dimensions: number;
	/** "faiss" (the default) falls back to the exact index where the native module is missing; `kind` says which it became. */
	prefer?: "faiss" | "exact";
}

export function createVectorIndex({ dimensions, prefer = "faiss" }: VectorIndexOptions): VectorIndex {
	return prefer === "faiss" && faissStatus().available ? createFaissIndex(dimensions) : createExactIndex(dimensions);
}
