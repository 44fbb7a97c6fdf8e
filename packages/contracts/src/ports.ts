/** What the analysis needs from outside: each is an argument, never ambient. */

/** Turns texts into vectors of unit length. Implementations: hashing (no file), ONNX models, two of them joined. */
export interface Encoder {
	readonly name: string;
	/** Tells its vectors from those of another model of this name: part of the key under which they are kept. */
	readonly version?: string;
	readonly dimensions: number;
	/** What it was trained on: lines as they are, or with placeholders for what varies (the default). */
	readonly input?: "raw" | "normalised";
	/** One vector per text, in order, L2-normalised. @throws CANCELLED where the signal aborts */
	encode(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
	/** Lets go of threads and files. */
	close?(): Promise<void>;
}

export interface Neighbour {
	id: number;
	/** Inner product with the query; for unit vectors the cosine, in [-1, 1]. */
	similarity: number;
}

/** Nearest neighbours by inner product. Implementations: FAISS, exact typed arrays. Ids count insertions from 0 and are never used again. */
export interface VectorIndex {
	readonly kind: "faiss" | "exact";
	readonly dimensions: number;
	readonly size: number;
	add(vectors: readonly Float32Array[]): void;
	/** Takes vectors out; how many of the ids were there. */
	remove(ids: readonly number[]): number;
	/** Up to k neighbours per query, most similar first; fewer where the index holds fewer. */
	search(queries: readonly Float32Array[], k: number): Neighbour[][];
}

/** Uniform on [0, 1), seeded. */
export type Random = () => number;

export interface ModelRequest {
	system: string;
	prompt: string;
	maxTokens: number;
	signal?: AbortSignal;
}
export interface ModelReply {
	text: string;
	inputTokens: number;
	outputTokens: number;
	costUsd: number;
	/** How it ended, where it did not simply finish: such a text is not to be trusted. */
	ended?: "cut-off" | "refused";
}

/** A language model that words what was found; it never decides what is evidence, a cause or an action. */
export interface LanguageModel {
	readonly name: string;
	complete(request: ModelRequest): Promise<ModelReply>;
	/** What so many tokens cost at most, in US dollars; absent where it is not known. */
	costOf?(inputTokens: number, outputTokens: number): number;
}

/** A repeatable source of randomness (mulberry32). */
export function seededRandom(seed: number): Random {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}
