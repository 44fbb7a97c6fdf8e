import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHashingEncoder } from "./hashing-encoder.ts";

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

describe("createHashingEncoder", () => {
	it("gives unit vectors, in order, equal for equal texts", async () => {
		const encoder = createHashingEncoder({ dimensions: 256, cacheSize: 8 });
		await fc.assert(
			fc.asyncProperty(fc.array(fc.string({ unit: "binary", maxLength: 80 }), { maxLength: 20 }), async (texts) => {
				const vectors = await encoder.encode(texts);
				expect(vectors.length).toBe(texts.length);
				for (const vector of vectors) {
					expect(vector.length).toBe(256);
					expect(dot(vector, vector)).toBeCloseTo(1, 4);
				}
				expect(await createHashingEncoder({ dimensions: 256 }).encode(texts)).toEqual(vectors);
			}),
		);
	});

	it("puts similar lines nearer than others", async () => {
		const [a, b, c] = (await createHashingEncoder().encode([
			"connection to <host> refused",
			"connection to <ip> was refused",
			"disk quota exceeded for volume",
		])) as [Float32Array, Float32Array, Float32Array];
		expect(dot(a, b)).toBeGreaterThan(0.6);
		expect(dot(a, c)).toBeLessThan(0.3);
	});

	it("answers again from its cache", async () => {
		const encoder = createHashingEncoder();
		const [first] = await encoder.encode(["a line"]);
		expect((await encoder.encode(["a line"]))[0]).toBe(first);
	});

	it("names itself and its size", () => {
		expect(createHashingEncoder()).toMatchObject({ name: "hash", dimensions: 512 });
	});
});
