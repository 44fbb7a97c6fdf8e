import type { AppErrorOptions, ErrorCode } from "@faultline/contracts";
import { AppError } from "@faultline/contracts";

export interface FailureContext {
	source: string;
	/** Without credentials or query. */
	url: string;
	hints: Partial<Record<ErrorCode, string>>;
}

/** What stood behind an AppError of an HTTP answer; never the upstream's own text. */
export class HttpStatusCause extends Error {
	readonly status: number;

	constructor(status: number) {
		super(`HTTP ${status}`);
		this.name = "HttpStatusCause";
		this.status = status;
	}
}

/** The status behind an AppError that an HTTP answer caused, if one did. */
export function httpStatusOf(error: unknown): number | undefined {
	return error instanceof AppError && error.cause instanceof HttpStatusCause ? error.cause.status : undefined;
}

/** One answer that is not a success, as an AppError. */
export function statusFailure(response: Response, context: FailureContext): AppError {
	const { status } = response;
	const { code, what, hint } = describeStatus(status, context);
	const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), Date.now());
	return new AppError(
		code,
		`${context.source} ${what} (HTTP ${status}) at ${context.url}`,
		options(context.hints[code] ?? hint, new HttpStatusCause(status), retryAfterMs),
	);
}

/** Whatever fetch, the body's stream or the limits threw, as an AppError. */
export function transportFailure(thrown: unknown, context: FailureContext & { timeoutMs: number; cancelled: boolean }): AppError {
	if (context.cancelled) return new AppError("CANCELLED", `the request to ${context.source} was cancelled`);
	if (thrown instanceof AppError) return thrown;
	const name = thrown instanceof Error ? thrown.name : "";
	const code = systemCode(thrown);
	if (
		name === "TimeoutError" ||
		code === "UND_ERR_CONNECT_TIMEOUT" ||
		code === "UND_ERR_HEADERS_TIMEOUT" ||
		code === "UND_ERR_BODY_TIMEOUT"
	) {
		const hint = context.hints.TIMEOUT ?? "ask for a shorter window, or check the network between here and the source";
		return new AppError(
			"TIMEOUT",
			`${context.source} did not answer within ${context.timeoutMs} ms at ${context.url}`,
			options(hint, undefined),
		);
	}
	const { what, hint } = describeSystemCode(code);
	return new AppError("UNAVAILABLE", `${context.source} ${what} at ${context.url}`, options(context.hints.UNAVAILABLE ?? hint, undefined));
}

/** Retry-After in seconds or as an HTTP date, in milliseconds from `now`; undefined where it is neither. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
	if (header === null) return undefined;
	if (/^\d{1,9}(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
	const at = Date.parse(header);
	return Number.isFinite(at) ? Math.max(0, at - now) : undefined;
}

function options(hint: string, cause: unknown, retryAfterMs?: number): AppErrorOptions {
	return { hint, ...(cause === undefined ? {} : { cause }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function describeStatus(status: number, context: FailureContext): { code: ErrorCode; what: string; hint: string } {
	const { source } = context;
	if (status === 401)
		return {
			code: "UNAUTHORIZED",
			what: "did not accept the credentials",
			hint: `check that the token of ${source} is set, whole and not expired`,
		};
	if (status === 403) return { code: "FORBIDDEN", what: "refused access", hint: `give the token of ${source} read access to this` };
	if (status === 404 || status === 410)
		return { code: "NOT_FOUND", what: "does not know this", hint: "check the names in the configuration and the URL's path" };
	if (status === 408) return { code: "TIMEOUT", what: "gave up waiting", hint: "ask for a shorter window" };
	if (status === 429) return { code: "RATE_LIMITED", what: "asked to slow down", hint: "wait, or ask for a shorter window or less often" };
	if (status >= 500) return { code: "UNAVAILABLE", what: "failed", hint: `see whether ${source} is healthy, then try again` };
	if (status === 400 || status === 422)
		return { code: "BAD_INPUT", what: "did not accept the request", hint: "check the query, the names and the window" };
	if (status >= 300 && status < 400)
		return {
			code: "BAD_RESPONSE",
			what: "redirected elsewhere",
			hint: "give the final URL (http or https, host, sub-path); a sign-in page may stand in front of the API",
		};
	return { code: "BAD_RESPONSE", what: "answered unexpectedly", hint: `check that ${context.url} is the API of ${source}` };
}

function systemCode(thrown: unknown): string {
	for (let error = thrown; error instanceof Error; error = error.cause) {
		if ("code" in error && typeof error.code === "string") return error.code;
	}
	return "";
}

function describeSystemCode(code: string): { what: string; hint: string } {
	if (code === "ECONNREFUSED") return { what: "refused the connection", hint: "check the host and port, and that it is running" };
	if (code === "ENOTFOUND" || code === "EAI_AGAIN")
		return { what: "has a host name that cannot be resolved", hint: "check the host name, and DNS" };
	if (code === "EHOSTUNREACH" || code === "ENETUNREACH")
		return { what: "cannot be reached", hint: "check the network, a VPN or a firewall" };
	if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code))
		return { what: "has a certificate that is not trusted", hint: "set NODE_EXTRA_CA_CERTS to your authority's certificate" };
	if (code === "EPROTO" || code.startsWith("ERR_SSL"))
		return { what: "did not speak TLS", hint: "check whether the URL should begin with http or https" };
	return { what: "broke the connection", hint: "try again; if it stays, check the network and the source" };
}
