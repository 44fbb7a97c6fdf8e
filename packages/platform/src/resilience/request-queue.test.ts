import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRequestQueue } from "./request-queue.ts";

// Virtual time: what is tested is when the queue lets go, not how fast this machine is.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a request queue", () => {
	it("lets a burst go at once, and the rest at its rate, in order", async () => {
		const queue = createRequestQueue({ concurrency: 100, perSecond: 2, burst: 3 });
		const began: Array<[number, number]> = [];
		const start = Date.now();
		const all = Promise.all(
			Array.from(
				{ length: 6 },
				async (_, i) =>
					await queue.run(async () => {
						began.push([i, Date.now() - start]);
					}),
			),
		);
		await vi.advanceTimersByTimeAsync(10_000);
		await all;
		expect(began.map(([i]) => i)).toEqual([0, 1, 2, 3, 4, 5]);
		expect(began.map(([, at]) => Math.round(at / 100))).toEqual([0, 0, 0, 5, 10, 15]);
		expect(queue.waitedMs).toBeGreaterThanOrEqual(3000);
		expect(queue.waitedMs).toBeLessThan(3100);
	});

	it("knows what each caller has waited", async () => {
		const queue = createRequestQueue({ concurrency: 100, perSecond: 2, burst: 1 });
		const [first, second] = [new AbortController().signal, new AbortController().signal];
		const all = Promise.all([first, first, second].map((signal) => queue.run(async () => undefined, signal)));
		await vi.advanceTimersByTimeAsync(5_000);
		await all;
		expect([queue.waitedBy(first), queue.waitedBy(second)].map((ms) => Math.round(ms / 100))).toEqual([5, 10]);
		expect(queue.waitedBy(new AbortController().signal)).toBe(0);
	});

	it("frees a place when work fails", async () => {
		const queue = createRequestQueue({ concurrency: 1 });
		await expect(queue.run(async () => await Promise.reject(new Error("no")))).rejects.toThrow("no");
		await expect(queue.run(async () => 2)).resolves.toBe(2);
		expect(queue).toMatchObject({ running: 0, waiting: 0 });
	});

	it("lets a caller leave the line, and does not run what it left", async () => {
		const queue = createRequestQueue({ concurrency: 1 });
		const first = Promise.withResolvers<void>();
		const running = queue.run(async () => await first.promise);
		const controller = new AbortController();
		const ran = vi.fn(async () => undefined);
		const left = expect(queue.run(ran, controller.signal)).rejects.toMatchObject({ code: "CANCELLED" });
		expect(queue.waiting).toBe(1);
		controller.abort();
		await left;
		first.resolve();
		await running;
		expect(ran).not.toHaveBeenCalled();
		await expect(queue.run(async () => 1, AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" });
	});
});
