import { expect, it } from "vitest";
import { createRequestQueue } from "./request-queue.ts";
import { createWaitLedger } from "./wait-ledger.ts";

it("tells of each call how long it waited, and of no other", async () => {
	let clock = 0;
	const ledger = createWaitLedger(() => clock);
	const queue = ledger.around(createRequestQueue({ concurrency: 1 }));
	const [first, second, third] = [new AbortController().signal, new AbortController().signal, new AbortController().signal];
	const gate = Promise.withResolvers<void>();
	const running = queue.run(async () => await gate.promise, first);
	const waiting = queue.run(async () => clock, second);
	expect([queue.running, queue.waiting]).toEqual([1, 1]);
	clock = 70;
	gate.resolve();
	await Promise.all([running, waiting]);
	expect([ledger.waitedMs(first), ledger.waitedMs(second), ledger.waitedMs(third)]).toEqual([0, 70, 0]);
	expect(queue.waitedMs).toBeGreaterThanOrEqual(0);
});
