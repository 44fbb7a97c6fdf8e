import { loadNative } from "../native-module.ts";

/** What is used of one index of faiss-node. `setParameters` is there only in what scripts/faiss.mjs compiles (native/patch-source.mjs). */
export interface FaissIndex {
	add(values: number[]): void;
	train(values: number[]): void;
	isTrained(): boolean;
	search(values: number[], k: number): { distances: number[]; labels: number[] };
	ntotal(): number;
	getDimension(): number;
	write(path: string): void;
	setParameters?(parameters: string): void;
}

export interface Faiss {
	Index: {
		fromFactory(dimensions: number, description: string, metric: number): FaissIndex;
		read(path: string): FaissIndex;
		prototype: FaissIndex;
	};
	MetricType: { METRIC_INNER_PRODUCT: number };
}

export interface FaissStatus {
	available: boolean;
	/** Why it is not, and how to mend it. */
	reason?: string;
	/** Whether it is the mended module, which gives back its queries' memory and takes search parameters. */
	patched?: boolean;
}

let loaded: { faiss: Faiss } | { reason: string } | undefined;

/** Loads the native module on first use, once per thread: what cannot be loaded now cannot be loaded later. */
export function loadFaiss(): { faiss: Faiss } | { reason: string } {
	if (loaded !== undefined) return loaded;
	const faiss = loadNative("faiss-node") as Faiss | undefined;
	loaded =
		faiss === undefined
			? { reason: "faiss-node's native module is not built (node scripts/faiss.mjs builds it); vectors are searched with the exact index" }
			: { faiss };
	return loaded;
}

export const isPatched = (faiss: Faiss): boolean => typeof faiss.Index.prototype.setParameters === "function";

/** Whether FAISS can be used here. */
export function faissStatus(): FaissStatus {
	const state = loadFaiss();
	return "faiss" in state ? { available: true, patched: isPatched(state.faiss) } : { available: false, reason: state.reason };
}
