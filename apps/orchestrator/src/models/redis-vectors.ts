import { AppError } from "@faultline/contracts";
import type { VectorStore } from "@faultline/logs/encoders";
import { Redis } from "ioredis";

const PREFIX = "faultline:vectors";
/** Unused for so long, a vector goes: seconds. */
const KEEP_S = 30 * 24 * 3600;
const PER_COMMAND = 500;
const CONNECT_MS = 1_000;
const ANSWER_MS = 2_000;

/** Vectors in a Redis that several machines share; each is kept for 30 days after it was last written or read. */
export function redisVectors(url: string): VectorStore {
	const redis = new Redis(url, {
		lazyConnect: true,
		connectTimeout: CONNECT_MS,
		commandTimeout: ANSWER_MS,
		maxRetriesPerRequest: 0,
		retryStrategy: () => null,
		enableReadyCheck: false,
	});
	// Each command tells its own failure; without a listener the same would end the program.
	redis.on("error", () => undefined);
	/** A connection that was lost is sought anew at the next use, not before. */
	async function ask<T>(work: () => Promise<T>): Promise<T> {
		try {
			if (redis.status === "wait" || redis.status === "end") await redis.connect();
			return await work();
		} catch {
			// The client's message may hold the address, and the address a password.
			throw new AppError("UNAVAILABLE", "Redis, where vectors are kept, does not answer", {
				hint: "check cache.redis of the configuration; without it vectors are kept on this machine",
			});
		}
	}
	return {
		kind: "redis",
		read: (model, keys) =>
			ask(async () => {
				const found: (Float32Array | undefined)[] = [];
				for (const part of parts(keys, PER_COMMAND)) {
					const pipeline = redis.pipeline();
					for (const key of part) pipeline.getexBuffer(nameOf(model, key), "EX", KEEP_S);
					for (const [error, bytes] of (await pipeline.exec()) ?? []) {
						if (error !== null) throw error;
						found.push(toVector(bytes));
					}
				}
				return found;
			}),
		write: (model, vectors) =>
			ask(async () => {
				for (const part of parts([...vectors], PER_COMMAND)) {
					const pipeline = redis.pipeline();
					for (const [key, vector] of part)
						pipeline.set(nameOf(model, key), Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength), "EX", KEEP_S);
					for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
				}
			}),
		count: (model, hits, misses) =>
			ask(async () => {
				await redis.pipeline().hincrby(`${PREFIX}:hits`, model, hits).hincrby(`${PREFIX}:misses`, model, misses).exec();
			}),
		counts: () =>
			ask(async () => {
				const [hits, misses] = await Promise.all([redis.hgetall(`${PREFIX}:hits`), redis.hgetall(`${PREFIX}:misses`)]);
				const models = new Set([...Object.keys(hits), ...Object.keys(misses)]);
				return new Map(Array.from(models, (m) => [m, { hits: Number(hits[m] ?? 0), misses: Number(misses[m] ?? 0) }]));
			}),
		close: async () => redis.disconnect(),
	};
}

const nameOf = (model: string, key: string): string => `${PREFIX}:${model}:${key}`;

function toVector(bytes: unknown): Float32Array | undefined {
	return bytes instanceof Uint8Array && bytes.byteLength % 4 === 0 ? new Float32Array(Uint8Array.from(bytes).buffer) : undefined;
}

function parts<T>(all: readonly T[], size: number): T[][] {
	return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
