import type { ErrorCode } from "@faultline/contracts";

const STATUS: Record<ErrorCode, number> = {
	BAD_INPUT: 400,
	BAD_CONFIG: 500,
	NOT_FOUND: 404,
	UNAUTHORIZED: 502,
	FORBIDDEN: 502,
	RATE_LIMITED: 429,
	TIMEOUT: 504,
	UNAVAILABLE: 503,
	BAD_RESPONSE: 502,
	CANCELLED: 499,
	INTERNAL: 500,
};

/** The HTTP status of one of our errors. UNAUTHORIZED is a source's, not the caller's: 502. */
export function toHttpStatus(code: ErrorCode): number {
	return STATUS[code];
}
