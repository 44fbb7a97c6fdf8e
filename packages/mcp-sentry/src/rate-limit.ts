import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@faultline/contracts";

/** The longest wait for a window to begin anew; a longer one fails at once. */
const MAX_WAIT_MS = 10_000;

export interface Pacer {
	/** Waits where the last answers said that the limit is used up. */
	ready(signal: AbortSignal): Promise<void>;
	/** Learns from an answer's X-Sentry-Rate-Limit-* headers. */
	learn(headers: Headers): void;
}

/** Keeps to the limits that Sentry tells on every answer, so that none is refused: when Remaining is 0, the next waits for Reset. */
export function createPacer(now: () => number = Date.now): Pacer {
	let closedUntil = 0;
	return {
		async ready(signal) {
			const wait = closedUntil - now();
			if (wait <= 0) return;
			if (wait > MAX_WAIT_MS) {
				throw new AppError("RATE_LIMITED", `sentry's rate limit is used up for ${Math.ceil(wait / 1000)} s`, {
					retryAfterMs: wait,
					hint: "wait, or ask for a shorter window or fewer projects",
				});
			}
			await sleep(wait, undefined, { signal });
		},
		learn(headers) {
			const remaining = headers.get("x-sentry-rate-limit-remaining");
			const reset = Number(headers.get("x-sentry-rate-limit-reset"));
			if (remaining !== null && Number(remaining) <= 0 && Number.isFinite(reset)) closedUntil = reset * 1000;
		},
	};
}
