import { AppError } from "@faultline/contracts";
import { DelegateBackoff, handleWhen, retry, TaskCancelledError, TimeoutStrategy, timeout } from "cockatiel";

export interface RetryOptions {
	/** Further attempts after the first. */
	retries: number;
	/** First pause; doubles each time, with full jitter above half of it. */
	backoffMs: number;
	/** The longest pause a source may ask for; above it the failure is told at once. */
	maxWaitMs: number;
	signal?: AbortSignal | undefined;
}

const NEVER = new AbortController().signal;

/** Runs `work` again where another attempt can help, waits as long as the source asks, and stops the moment the caller gives up. */
export async function withRetries<T>(work: (signal: AbortSignal) => Promise<T>, options: RetryOptions): Promise<T> {
	const signal = options.signal ?? NEVER;
	const policy = retry(
		handleWhen((error: unknown) => !signal.aborted && isWorthRetrying(error, options.maxWaitMs)),
		{
			maxAttempts: options.retries,
			backoff: new DelegateBackoff<{ attempt: number; result: object }>(({ attempt, result }) =>
				pauseMs(attempt, result, options.backoffMs),
			),
		},
	);
	// cockatiel's pause between attempts cannot be interrupted, so the caller's signal races with the whole
	return await untilAborted(
		policy.execute(async () => {
			throwIfCancelled(signal);
			return await work(signal);
		}, signal),
		signal,
	);
}

/** One attempt with a limit: throws an error named TimeoutError after `ms`, and aborts what it ran. */
export async function attemptTimeout<T>(work: (signal: AbortSignal) => Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
	try {
		return await timeout(ms, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false }).execute(
			({ signal: limited }) => work(limited),
			signal,
		);
	} catch (thrown) {
		if (thrown instanceof TaskCancelledError && !signal.aborted) throw new DOMException(`no answer within ${ms} ms`, "TimeoutError");
		throw thrown;
	}
}

function isWorthRetrying(error: unknown, maxWaitMs: number): boolean {
	if (!(error instanceof AppError)) return false;
	if ((error.retryAfterMs ?? 0) > maxWaitMs) return false;
	if (error.code === "RATE_LIMITED" || error.code === "TIMEOUT") return true;
	return error.code === "UNAVAILABLE" && isTransient(error.cause);
}

/** A 500 or 501 is the source's own defect and repeats; 502, 503 and 504 pass, as do broken connections (no status). */
function isTransient(cause: unknown): boolean {
	const status = cause instanceof Error && "status" in cause ? cause.status : undefined;
	return status === undefined || status === 502 || status === 503 || status === 504;
}

function pauseMs(attempt: number, result: object, backoffMs: number): number {
	const asked = "error" in result && result.error instanceof AppError ? result.error.retryAfterMs : undefined;
	const grown = backoffMs * 2 ** (attempt - 1);
	return Math.max(asked ?? 0, grown / 2 + (Math.random() * grown) / 2);
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	if (signal === NEVER) return await work;
	let stop: () => void = () => undefined;
	const aborted = new Promise<never>((_, reject) => {
		stop = () => reject(new AppError("CANCELLED", "the request was cancelled"));
		signal.addEventListener("abort", stop, { once: true });
		if (signal.aborted) stop();
	});
	try {
		return await Promise.race([work, aborted]);
	} finally {
		signal.removeEventListener("abort", stop);
	}
}

function throwIfCancelled(signal: AbortSignal): void {
	if (signal.aborted) throw new AppError("CANCELLED", "the request was cancelled");
}
