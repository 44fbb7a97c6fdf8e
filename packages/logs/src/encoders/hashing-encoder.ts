import type { Encoder } from "@faultline/contracts";
import { LRUCache } from "lru-cache";
import { toUnitLength } from "./unit-length.ts";

export interface HashingEncoderOptions {
	/** Length of a vector; more buckets, fewer collisions. */
	dimensions?: number;
	/** Vectors kept by text. */
	cacheSize?: number;
}

/** Characters of a text that are looked at. */
const MAX_CHARS = 4_096;
const SHORTEST = 3;
const LONGEST = 5;

/**
 * Lexical vectors without a model file: each word, and each run of 3 to 5 characters of a word (with its borders), is hashed into a signed bucket.
 *
 *   v[h(g) mod d] += sign(g) sqrt(tf(g)),   v / |v|
 *
 * Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009, with the subword n-grams of Bojanowski et al.,
 * TACL 2017. Cost O(characters). The vector of an empty text is zero but for its first component.
 */
export function createHashingEncoder({ dimensions = 512, cacheSize = 10_000 }: HashingEncoderOptions = {}): Encoder {
	const cache = new LRUCache<string, Float32Array>({ max: cacheSize });
	return {
		name: "hash",
		dimensions,
		encode: async (texts) =>
			texts.map((text) => {
				const known = cache.get(text);
				if (known !== undefined) return known;
				const vector = embed(text, dimensions);
				cache.set(text, vector);
				return vector;
			}),
	};
}

function embed(text: string, dimensions: number): Float32Array {
	const counts = new Map<number, number>();
	for (const word of words(text)) {
		count(counts, word, 0, word.length, 2);
		const padded = ` ${word} `;
		for (let size = SHORTEST; size <= LONGEST; size++) {
			for (let from = 0; from + size <= padded.length; from++) count(counts, padded, from, from + size, 1);
		}
	}
	const vector = new Float32Array(dimensions);
	for (const [hash, tf] of counts) {
		const at = (hash >>> 1) % dimensions;
		vector[at] = (vector[at] ?? 0) + (hash & 1 ? Math.sqrt(tf) : -Math.sqrt(tf));
	}
	return toUnitLength(vector);
}

const words = (text: string): string[] =>
	text
		.slice(0, MAX_CHARS)
		.toLowerCase()
		.match(/<[a-z*-]+>|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]+/gu) ?? [];

/** FNV-1a over UTF-16 code units, finished so that the low bits are mixed too. */
function count(counts: Map<number, number>, text: string, from: number, to: number, weight: number): void {
	let hash = 0x811c9dc5 ^ weight;
	for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
	hash ^= hash >>> 15;
	hash = Math.imul(hash, 0x2c1b3c6d);
	hash = (hash ^ (hash >>> 13)) >>> 0;
	counts.set(hash, (counts.get(hash) ?? 0) + weight);
}
