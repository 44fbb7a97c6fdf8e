import type { RequestQueue } from "./request-queue.ts";

/** How long each call of a server has waited for its turn upstream; a call is known by its AbortSignal. */
export interface WaitLedger {
	/** The same queue, whose waits are written down. */
	around(queue: RequestQueue): RequestQueue;
	/** Milliseconds that the requests of this call have waited so far, all together. */
	waitedMs(signal: AbortSignal): number;
}

export function createWaitLedger(now: () => number = Date.now): WaitLedger {
	const waits = new WeakMap<AbortSignal, number>();
	return {
		around: (queue) => ({
			async run(work, signal) {
				const since = now();
				return await queue.run(async () => {
					if (signal !== undefined) waits.set(signal, (waits.get(signal) ?? 0) + now() - since);
					return await work();
				}, signal);
			},
			get waitedMs() {
				return queue.waitedMs;
			},
			get running() {
				return queue.running;
			},
			get waiting() {
				return queue.waiting;
			},
		}),
		waitedMs: (signal) => waits.get(signal) ?? 0,
	};
}
