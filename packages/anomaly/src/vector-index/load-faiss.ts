import { existsSync } from "node:fs";
import { createRequire } from "node:module";

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

export const isPatched = (faiss: Faiss): boolean => typeof faiss.Index.prototype.setParameters === "function";

/** Whether FAISS can be used here. */
export function faissStatus(): FaissStatus {
	const state = loadFaiss();
	return "faiss" in state ? { available: true, patched: isPatched(state.faiss) } : { available: false, reason: state.reason };
}
