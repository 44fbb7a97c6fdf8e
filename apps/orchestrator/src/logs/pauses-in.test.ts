import { describe, expect, it } from "vitest";
import { pausesIn } from "./pauses-in.ts";

describe("pausesIn", () => {
	it("tells of a pause once, loses nothing, and never before the first value", async () => {
		let release = (): void => undefined;
		async function* values(): AsyncGenerator<number> {
			await new Promise((resolve) => setTimeout(resolve, 30));
			yield 1;
			await new Promise<void>((resolve) => {
				release = resolve;
			});
			yield 2;
			yield 3;
		}
		const seen: (number | undefined)[] = [];
		for await (const value of pausesIn(values(), 5)) {
			seen.push(value);
			if (value === undefined && seen.length < 3) release();
		}
		expect(seen.filter((value, i) => value !== undefined || seen[i - 1] !== undefined)).toEqual(seen);
		expect(seen.slice(0, 3)).toEqual([1, undefined, 2]);
		expect(seen.filter((value) => value !== undefined)).toEqual([1, 2, 3]);
	});

	it("passes an error on, and closes what it read when it is left", async () => {
		let closed = false;
		async function* failing(): AsyncGenerator<number> {
			try {
				yield 1;
				throw new Error("gone");
			} finally {
				closed = true;
			}
		}
		await expect(Array.fromAsync(pausesIn(failing(), 1_000))).rejects.toThrow("gone");
		closed = false;
		for await (const _ of pausesIn(failing(), 1_000)) break;
		expect(closed).toBe(true);
	});
});
