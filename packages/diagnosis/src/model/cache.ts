import { createHash } from "node:crypto";
import type { LanguageModel, ModelReply, ModelRequest } from "@faultline/contracts";
import { LRUCache } from "lru-cache";

/** Where replies are kept. Keys are hashes: the store never sees a prompt. */
export interface ReplyCache {
	get(key: string): Promise<ModelReply | undefined>;
	set(key: string, reply: ModelReply): Promise<void>;
}

/** Replies in this process, least recently used out first. */
export function memoryReplyCache(options: { max?: number; ttlMs?: number } = {}): ReplyCache {
	const cache = new LRUCache<string, ModelReply>({ max: options.max ?? 200, ttl: options.ttlMs ?? 3_600_000 });
	return {
		get: async (key) => cache.get(key),
		set: async (key, reply) => {
			cache.set(key, reply);
		},
	};
}

/** A model that answers the same request once; a repeated one costs no tokens. Only finished replies are kept. */
export function withReplyCache(model: LanguageModel, cache: ReplyCache): LanguageModel {
	const costOf = model.costOf?.bind(model);
	return {
		name: model.name,
		...(costOf === undefined ? {} : { costOf }),
		async complete(request) {
			const key = keyOf(model.name, request);
			// A cache that fails is a cache that is empty.
			const known = await cache.get(key).catch(() => undefined);
			if (known !== undefined) return { text: known.text, inputTokens: 0, outputTokens: 0, costUsd: 0 };
			const reply = await model.complete(request);
			if (reply.ended === undefined) await cache.set(key, reply).catch(() => undefined);
			return reply;
		},
	};
}

function keyOf(model: string, request: ModelRequest): string {
	return createHash("sha256")
		.update(JSON.stringify([model, request.maxTokens, request.system, request.prompt]))
		.digest("hex");
}
