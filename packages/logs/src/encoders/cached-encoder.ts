import { createHash } from "node:crypto";
import { AppError, type Encoder } from "@faultline/contracts";
import { LRUCache } from "lru-cache";

/** Keeps vectors beyond a process: the embedded store, or Redis. One that fails is a slower one, never a wrong one. */
export interface VectorStore {
	readonly kind: string;
	/** By key; undefined where it has none. */
	read(model: string, keys: readonly string[]): Promise<(Float32Array | undefined)[]>;
	write(model: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void>;
	/** Adds to what was counted so far. */
	count(model: string, hits: number, misses: number): Promise<void>;
	/** By model: what was counted, and how many vectors are kept where that is known. */
	counts(): Promise<Map<string, { hits: number; misses: number; vectors?: number }>>;
	close(): Promise<void>;
}

/** Texts asked for, by where their vectors came from. */
export interface CacheCounts {
	memory: number;
	store: number;
	/** Had to be computed. */
	misses: number;
	/** Why the store was not used at the last try; absent where it was. */
	storeProblem?: string;
}

export interface CachedEncoder extends Encoder {
	counts(): CacheCounts;
}

export interface CacheOptions {
	store?: VectorStore | undefined;
	/** Vectors kept in memory. */
	size?: number;
}

/** A text's part of the key: its hash, so that no telemetry is kept. */
export const vectorKey = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);

/** The model's part of the key: another version's vectors are never answered. */
export const modelKey = ({ name, version, dimensions }: Encoder): string => `${name}@${version ?? "1"}/${dimensions}`;

/** Answers known texts from memory (the least recently used go first), then from a store; computes each other text once, and keeps it. */
export function cacheVectors(encoder: Encoder, { store, size = 20_000 }: CacheOptions = {}): CachedEncoder {
	const memory = new LRUCache<string, Float32Array>({ max: size });
	const model = modelKey(encoder);
	const counts: CacheCounts = { memory: 0, store: 0, misses: 0 };

	/** The store's answer; without one where it fails. */
	async function ask<T>(work: (store: VectorStore) => Promise<T>, otherwise: T): Promise<T> {
		if (store === undefined) return otherwise;
		try {
			const answer = await work(store);
			delete counts.storeProblem;
			return answer;
		} catch (thrown) {
			counts.storeProblem = thrown instanceof AppError ? thrown.message : "it does not answer";
			return otherwise;
		}
	}

	async function fromStore(texts: readonly string[], found: Map<string, Float32Array>): Promise<void> {
		const kept = await ask((s) => s.read(model, texts.map(vectorKey)), []);
		kept.forEach((vector, i) => {
			if (vector !== undefined && isUsable(vector, encoder.dimensions)) found.set(texts[i] as string, vector);
		});
	}

	return {
		...encoder,
		async encode(texts, signal) {
			const found = new Map<string, Float32Array>();
			const unknown = new Set<string>();
			for (const text of texts) {
				const known = memory.get(text);
				if (known === undefined) unknown.add(text);
				else found.set(text, known);
			}
			const inMemory = texts.length - texts.filter((t) => unknown.has(t)).length;
			const asked = [...unknown];
			if (asked.length > 0) await fromStore(asked, found);
			const missing = asked.filter((text) => !found.has(text));
			const fresh = new Map<string, Float32Array>();
			if (missing.length > 0) {
				const vectors = await encoder.encode(missing, signal);
				missing.forEach((text, i) => {
					fresh.set(text, vectors[i] as Float32Array);
					found.set(text, vectors[i] as Float32Array);
				});
				await ask((s) => s.write(model, new Map(Array.from(fresh, ([text, v]) => [vectorKey(text), v]))), undefined);
			}
			for (const text of asked) memory.set(text, found.get(text) as Float32Array);
			counts.memory += inMemory;
			counts.store += asked.length - missing.length;
			counts.misses += missing.length;
			const hits = texts.length - missing.length;
			await ask((s) => s.count(model, hits, missing.length), undefined);
			return texts.map((text) => found.get(text) as Float32Array);
		},
		counts: () => ({ ...counts }),
		async close() {
			await ask((s) => s.close(), undefined);
			await encoder.close?.();
		},
	};
}

/** A vector of the right length and of unit norm; anything else was damaged on its way. */
function isUsable(vector: Float32Array, dimensions: number): boolean {
	if (vector.length !== dimensions) return false;
	let squares = 0;
	for (const x of vector) squares += x * x;
	return Math.abs(squares - 1) < 1e-3;
}
