/** Every way in which Faultline fails. A closed union: each transport maps it once (to a tool result, an HTTP status, an exit code). */
export const ERROR_CODES = [
	"BAD_INPUT", // the caller's arguments or a file are wrong; mending them helps
	"BAD_CONFIG", // the configuration is wrong or missing
	"NOT_FOUND", // what was named does not exist
	"UNAUTHORIZED", // the source did not accept the credentials (401)
	"FORBIDDEN", // the credentials do not reach this (403)
	"RATE_LIMITED", // the source asked us to slow down (429)
	"TIMEOUT", // no answer within the limit
	"UNAVAILABLE", // refused, reset, 5xx: the source is down
	"BAD_RESPONSE", // the source answered something that is not its own format
	"CANCELLED", // the caller gave up
	"INTERNAL", // a defect of ours
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface AppErrorOptions {
	/** What the reader can do about it; shown after "Try:". */
	hint?: string;
	/** When a retry makes sense, in milliseconds from now. */
	retryAfterMs?: number;
	cause?: unknown;
}

/** The one error type that crosses package borders. `message` never holds a secret or an upstream's own text. */
export class AppError extends Error {
	readonly code: ErrorCode;
	readonly hint: string | undefined;
	readonly retryAfterMs: number | undefined;

	constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = "AppError";
		this.code = code;
		this.hint = options.hint;
		this.retryAfterMs = options.retryAfterMs;
	}
}

/** Anything thrown, as an AppError: an abort becomes CANCELLED, a time-out TIMEOUT, everything unknown INTERNAL. */
export function toAppError(thrown: unknown): AppError {
	if (thrown instanceof AppError) return thrown;
	if (thrown instanceof Error) {
		if (thrown.name === "AbortError") return new AppError("CANCELLED", "the request was cancelled", { cause: thrown });
		if (thrown.name === "TimeoutError") return new AppError("TIMEOUT", "the request took too long", { cause: thrown });
		return new AppError("INTERNAL", thrown.message, { cause: thrown });
	}
	return new AppError("INTERNAL", String(thrown));
}
