import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@faultline/contracts";

/** The longest wait for a window to begin anew; a longer one fails at once. */
const MAX_WAIT_MS = 10_000;
/** Sentry tells the end of a window in whole seconds: it ends within that second. */
const AFTER_RESET_MS = 20;

export interface Pacer {
	/** Takes one request of what the window of this endpoint still allows; waits for the next window where nothing is left. */
	ready(endpoint: string, signal: AbortSignal, caller?: AbortSignal): Promise<void>;
	/** Learns from an answer's X-Sentry-Rate-Limit-* headers. */
	learn(endpoint: string, headers: Headers, status?: number): void;
	/** Milliseconds that the requests of a caller have waited. */
	waitedBy(caller: AbortSignal): number;
}

interface Limit {
	remaining: number;
	/** How many a window allows; unknown where no answer said so. */
	size: number;
	/** Milliseconds since the epoch. */
	resetAt: number;
	underWay: number;
}

/**
 * Keeps to the limits that Sentry tells on every answer, one per caller and endpoint, so that none is refused. Requests under way are
 * not in the count that an answer tells, so they are taken off it here.
 */
export function createPacer(now: () => number = Date.now): Pacer {
	const limits = new Map<string, Limit>();
	const waits = new WeakMap<AbortSignal, number>();
	const limitOf = (endpoint: string): Limit => {
		const known = limits.get(endpoint);
		if (known !== undefined) return known;
		const fresh = { remaining: Number.POSITIVE_INFINITY, size: Number.POSITIVE_INFINITY, resetAt: 0, underWay: 0 };
		limits.set(endpoint, fresh);
		return fresh;
	};
	return {
		async ready(endpoint, signal, caller = signal) {
			const limit = limitOf(endpoint);
			for (;;) {
				if (limit.resetAt > 0 && now() >= limit.resetAt) {
					limit.remaining = Math.max(1, limit.size - limit.underWay);
					limit.resetAt = 0;
				}
				if (limit.remaining > 0) break;
				const wait = limit.resetAt - now();
				if (wait > MAX_WAIT_MS) {
					throw new AppError("RATE_LIMITED", `sentry's rate limit is used up for ${Math.ceil(wait / 1000)} s`, {
						retryAfterMs: wait,
						hint: "wait, or ask for a shorter window or fewer projects",
					});
				}
				const pause = Math.max(1, wait);
				await sleep(pause, undefined, { signal });
				waits.set(caller, (waits.get(caller) ?? 0) + pause);
			}
			limit.remaining -= 1;
			limit.underWay += 1;
		},
		learn(endpoint, headers, status = 200) {
			const limit = limitOf(endpoint);
			limit.underWay = Math.max(0, limit.underWay - 1);
			const told = (name: string) => {
				const text = headers.get(`x-sentry-rate-limit-${name}`);
				return text === null || !Number.isFinite(Number(text)) ? undefined : Number(text);
			};
			const [remaining, reset, size] = [told("remaining"), told("reset"), told("limit")];
			if (size !== undefined && size > 0) limit.size = size;
			if (reset === undefined || remaining === undefined) return;
			const resetAt = reset * 1000 + AFTER_RESET_MS;
			const left = status === 429 ? 0 : Math.max(0, remaining - limit.underWay);
			// an answer from a window that is over says nothing of this one
			if (resetAt <= now()) return;
			// within one window only the lower count is true: an answer may be older than what was sent since
			if (resetAt > limit.resetAt) limit.remaining = left;
			else if (resetAt === limit.resetAt) limit.remaining = Math.min(limit.remaining, left);
			limit.resetAt = Math.max(limit.resetAt, resetAt);
		},
		waitedBy: (caller) => waits.get(caller) ?? 0,
	};
}

/** The endpoint of a path, which is what Sentry limits: ids and versions in it do not count. */
export function endpointOf(path: string): string {
	return path
		.split("/")
		.map((part, i, parts) =>
			i > 0 && ["issues", "events", "releases", "projects"].includes(parts[i - 1] ?? "") && part !== "" ? ":id" : part,
		)
		.join("/");
}
