import { AppError } from "@faultline/contracts";

export interface RequestQueueOptions {
	/** Requests that may run at once. */
	concurrency: number;
	/** Tokens that come back per second; none means no rate limit. */
	perSecond?: number;
	/** Size of the bucket: how many may go at once after a pause. Default: perSecond, at least 1. */
	burst?: number;
	now?: () => number;
}

export interface RequestQueue {
	/** Waits for a place and a token, then runs; gives up its place when `signal` aborts. */
	run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
	/** Milliseconds that requests have waited here so far, all together. */
	readonly waitedMs: number;
	/** Milliseconds that the requests of one caller have waited here: those that were run with its very signal. */
	waitedBy(signal: AbortSignal): number;
	readonly running: number;
	readonly waiting: number;
}

/** First come, first served; a token bucket over a limit on concurrency, for one endpoint. */
export function createRequestQueue(options: RequestQueueOptions): RequestQueue {
	const now = options.now ?? Date.now;
	const perSecond = options.perSecond ?? Number.POSITIVE_INFINITY;
	const burst = options.burst ?? Math.max(1, perSecond);
	const line: Array<{ start: () => void }> = [];
	let tokens = burst;
	let refilledAt = now();
	let running = 0;
	let waitedMs = 0;
	const waitedBySignal = new WeakMap<AbortSignal, number>();
	let timer: NodeJS.Timeout | undefined;

	function refill(): void {
		const at = now();
		if (Number.isFinite(perSecond)) tokens = Math.min(burst, tokens + ((at - refilledAt) / 1000) * perSecond);
		refilledAt = at;
	}

	function advance(): void {
		refill();
		while (line.length > 0 && running < options.concurrency && tokens >= 1) {
			tokens -= 1;
			running += 1;
			line.shift()?.start();
		}
		// a finished request wakes the line when places are short; only a lack of tokens needs a clock
		if (line.length > 0 && running < options.concurrency && timer === undefined) {
			timer = setTimeout(
				() => {
					timer = undefined;
					advance();
				},
				Math.max(1, Math.ceil(((1 - tokens) / perSecond) * 1000)),
			);
		}
	}

	async function enter(signal: AbortSignal | undefined): Promise<void> {
		const since = now();
		const place = Promise.withResolvers<void>();
		const entry = { start: place.resolve };
		const leave = () => {
			const at = line.indexOf(entry);
			if (at < 0) return;
			line.splice(at, 1);
			place.reject(new AppError("CANCELLED", "the request was cancelled while it waited for its turn"));
		};
		line.push(entry);
		signal?.addEventListener("abort", leave, { once: true });
		if (signal?.aborted) leave();
		advance();
		try {
			await place.promise;
		} finally {
			signal?.removeEventListener("abort", leave);
			const waited = now() - since;
			waitedMs += waited;
			if (signal !== undefined) waitedBySignal.set(signal, (waitedBySignal.get(signal) ?? 0) + waited);
		}
	}

	return {
		async run(work, signal) {
			await enter(signal);
			try {
				return await work();
			} finally {
				running -= 1;
				advance();
			}
		},
		get waitedMs() {
			return waitedMs;
		},
		waitedBy: (signal) => waitedBySignal.get(signal) ?? 0,
		get running() {
			return running;
		},
		get waiting() {
			return line.length;
		},
	};
}
