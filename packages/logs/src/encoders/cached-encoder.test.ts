import { AppError, type Encoder } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { cacheVectors, modelKey, type VectorStore, vectorKey } from "./cached-encoder.ts";
import { createHashingEncoder } from "./hashing-encoder.ts";

/** A hashing encoder that tells what it was asked. */
function counted(): { encoder: Encoder; asked: string[] } {
	const inner = createHashingEncoder({ dimensions: 32 });
	const asked: string[] = [];
	const encode: Encoder["encode"] = (texts) => {
		asked.push(...texts);
		return inner.encode(texts);
	};
	return { asked, encoder: { ...inner, encode } };
}

function memoryStore(): VectorStore & { kept: Map<string, Float32Array>; total: [number, number] } {
	const kept = new Map<string, Float32Array>();
	const total: [number, number] = [0, 0];
	return {
		kind: "memory",
		kept,
		total,
		read: async (model, keys) => keys.map((key) => kept.get(`${model} ${key}`)),
		write: async (model, vectors) => {
			for (const [key, vector] of vectors) kept.set(`${model} ${key}`, vector);
		},
		count: async (_, hits, misses) => {
			total[0] += hits;
			total[1] += misses;
		},
		counts: async () => new Map(),
		close: async () => undefined,
	};
}

describe("cacheVectors", () => {
	it("computes each text once, in memory and beyond, and counts", async () => {
		const store = memoryStore();
		const first = counted();
		const cached = cacheVectors(first.encoder, { store });
		const vectors = await cached.encode(["a", "b", "a"]);
		expect(vectors[0]).toBe(vectors[2]);
		expect(vectors).toEqual(await createHashingEncoder({ dimensions: 32 }).encode(["a", "b", "a"]));
		await cached.encode(["b", "c"]);
		expect(first.asked).toEqual(["a", "b", "c"]);
		expect(cached.counts()).toEqual({ memory: 1, store: 0, misses: 3 });
		expect(store.total).toEqual([2, 3]);

		const later = counted();
		const again = cacheVectors(later.encoder, { store });
		expect(await again.encode(["c", "d", "a"])).toEqual(await createHashingEncoder({ dimensions: 32 }).encode(["c", "d", "a"]));
		expect(later.asked).toEqual(["d"]);
		expect(again.counts()).toEqual({ memory: 0, store: 2, misses: 1 });
	});

	it("keeps no text, and never answers another version's vectors", async () => {
		const store = memoryStore();
		const { encoder } = counted();
		await cacheVectors(encoder, { store }).encode(["password of bob"]);
		expect([...store.kept.keys()].join()).not.toContain("bob");
		const other = counted();
		await cacheVectors({ ...other.encoder, version: "2" }, { store }).encode(["password of bob"]);
		expect(other.asked).toEqual(["password of bob"]);
	});

	it("computes what was damaged in the store", async () => {
		const store = memoryStore();
		const { encoder, asked } = counted();
		const key = `${modelKey(encoder)} ${vectorKey("a")}`;
		for (const damaged of [new Float32Array(32), new Float32Array(31).fill(0.1), new Float32Array(32).fill(Number.NaN)]) {
			store.kept.set(key, damaged);
			expect((await cacheVectors(encoder, { store }).encode(["a"]))[0]).toEqual((await encoder.encode(["a"]))[0]);
		}
		expect(asked.filter((t) => t === "a")).toHaveLength(6);
	});

	it("works without a store that fails, and says so", async () => {
		const broken = new AppError("UNAVAILABLE", "Redis does not answer");
		const store = { ...memoryStore(), read: () => Promise.reject(broken), write: () => Promise.reject(new Error("secret detail")) };
		const cached = cacheVectors(counted().encoder, { store });
		expect(await cached.encode(["a"])).toHaveLength(1);
		const readOnly = cacheVectors(counted().encoder, { store: { ...store, count: () => Promise.reject(broken) } });
		await readOnly.encode(["a"]);
		expect(readOnly.counts().storeProblem).toBe("Redis does not answer");
	});

	it("forgets the least recently used", async () => {
		const { encoder, asked } = counted();
		const cached = cacheVectors(encoder, { size: 2 });
		await cached.encode(["a", "b"]);
		await cached.encode(["a", "c"]);
		await cached.encode(["a", "b"]);
		expect(asked).toEqual(["a", "b", "c", "b"]);
	});

	it("passes errors on, and closes what it wraps", async () => {
		let closed = 0;
		const failing: Encoder = {
			name: "no",
			dimensions: 2,
			encode: () => Promise.reject(new AppError("CANCELLED", "no")),
			close: async () => {
				closed++;
			},
		};
		const cached = cacheVectors(failing, { store: memoryStore() });
		await expect(cached.encode(["a"])).rejects.toThrow("no");
		await cached.close?.();
		expect(closed).toBe(1);
	});
});
