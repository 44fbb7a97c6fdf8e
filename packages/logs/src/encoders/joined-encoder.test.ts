import { describe, expect, it } from "vitest";
import { createHashingEncoder } from "./hashing-encoder.ts";
import { joinEncoders } from "./joined-encoder.ts";

const dot = (a: Float32Array | undefined, b: Float32Array | undefined): number =>
	Array.from(a ?? []).reduce((sum, x, i) => sum + x * (b?.[i] ?? 0), 0);
const a = createHashingEncoder({ dimensions: 16 });
const b = { ...createHashingEncoder({ dimensions: 48 }), input: "raw" as const, version: "7" };

describe("joinEncoders", () => {
	it("gives unit vectors whose similarity is the weighted mean of the parts'", async () => {
		const joined = joinEncoders("both", [
			{ encoder: a, weight: 1 },
			{ encoder: b, weight: 2 },
		]);
		expect(joined).toMatchObject({ name: "both", dimensions: 64, input: "raw", version: "hash@1*1+hash@7*2" });
		const texts = ["disk is full", "disk was full"];
		const [x, y] = await joined.encode(texts);
		const [[xa, ya], [xb, yb]] = [await a.encode(texts), await b.encode(texts)];
		expect(dot(x, x)).toBeCloseTo(1, 5);
		expect(dot(x, y)).toBeCloseTo((dot(xa, ya) + 4 * dot(xb, yb)) / 5, 5);
		await joined.close?.();
	});

	it("gives each part what it was made for", async () => {
		const joined = joinEncoders("both", [
			{ encoder: a, weight: 1 },
			{ encoder: b, weight: 1, prepare: (text) => text.replace(/\d+/g, "<num>") },
		]);
		const [x, y] = await joined.encode(["job 17 done", "job 4 done"]);
		const [xa, ya] = await a.encode(["job 17 done", "job 4 done"]);
		expect(dot(x, y)).toBeCloseTo((dot(xa, ya) + 1) / 2, 5);
	});

	it("refuses weights that are none", () => {
		expect(() => joinEncoders("x", [{ encoder: a, weight: 0 }])).toThrow("above 0");
		expect(() => joinEncoders("x", [])).toThrow("above 0");
	});
});
