import { AppError, type ErrorCode } from "@faultline/contracts";

/** AWS's names of failures, by what they mean to us; suffixes such as "Exception" are cut first. */
const CODES: readonly [ErrorCode, RegExp][] = [
	["RATE_LIMITED", /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|LimitExceeded|SlowDown|BandwidthLimit)/],
	["FORBIDDEN", /^(AccessDenied|UnauthorizedOperation|NotAuthorized|OptInRequired|Forbidden)/],
	[
		"UNAUTHORIZED",
		/^(UnrecognizedClient|InvalidClientTokenId|ExpiredToken|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthentication|AuthFailure|InvalidAccessKeyId|CredentialsProvider|TokenProvider|RequestExpired|NotSigned)/,
	],
	["NOT_FOUND", /^(ResourceNotFound|NoSuch)/],
	[
		"BAD_INPUT",
		/^(InvalidParameter|InvalidLookupAttributes|InvalidTimeRange|InvalidMaxResults|Validation|InvalidNextToken|MalformedQuery|InvalidFormat|MissingRequiredParameter|MissingParameter)/,
	],
	["UNAVAILABLE", /^(InternalFailure|InternalService|InternalServer|ServiceUnavailable|ServiceFault)/],
];

const HINTS: Partial<Record<ErrorCode, string>> = {
	RATE_LIMITED: "wait, ask for a shorter window, or lower FAULTLINE_CLOUDWATCH_QUOTA_SHARE",
	FORBIDDEN:
		"allow the credentials this action (README lists all that are used, each with its service's prefix: logs, cloudwatch, cloudtrail), or the role to be assumed",
	UNAUTHORIZED: "renew the AWS credentials (aws sso login, or new keys) and check AWS_PROFILE",
	NOT_FOUND: "check the names, and AWS_REGION",
	BAD_INPUT: "check the filter pattern, the names and the window",
	UNAVAILABLE: "check AWS_REGION, AWS_ENDPOINT_URL and the network",
	TIMEOUT: "ask for a shorter window or fewer log groups",
	BAD_RESPONSE: "check AWS_ENDPOINT_URL: is it CloudWatch, or a page in front of it?",
	BAD_CONFIG: "set AWS_REGION",
};

/** What the SDK threw, as an AppError that names the operation and never the service's own text. */
export function sdkFailure(thrown: unknown, operation: string, cancelled: boolean): AppError {
	if (cancelled) return new AppError("CANCELLED", `cloudwatch: ${operation} was cancelled`);
	if (thrown instanceof AppError) return thrown;
	const { code, what } = classify(thrown);
	const hint = HINTS[code];
	return new AppError(code, `cloudwatch: ${operation} ${what}`, hint === undefined ? {} : { hint });
}

interface SdkError extends Error {
	code?: unknown;
	$metadata?: { httpStatusCode?: number };
	$response?: { statusCode?: number };
}

function classify(thrown: unknown): { code: ErrorCode; what: string } {
	if (!(thrown instanceof Error)) return { code: "INTERNAL", what: "failed" };
	const error: SdkError = thrown;
	if (/region is missing/i.test(error.message)) return { code: "BAD_CONFIG", what: "needs a region" };
	const name = error.name.replace(/(Exception|Error|Fault)$/, "");
	const named = CODES.find(([, pattern]) => pattern.test(name))?.[0];
	if (named !== undefined) return { code: named, what: `failed (${name})` };
	// The SDK calls a connection that was reset a time-out as well; the system's own code says which it was.
	const system = systemCode(error);
	if (system === "ETIMEDOUT" || (name === "Timeout" && system === undefined)) return { code: "TIMEOUT", what: "got no answer in time" };
	if (system !== undefined) return { code: "UNAVAILABLE", what: `could not reach the service (${system})` };
	return byStatus(error.$metadata?.httpStatusCode ?? error.$response?.statusCode, error);
}

function systemCode(error: SdkError): string | undefined {
	for (const candidate of [error.code, (error.cause as SdkError | undefined)?.code])
		if (typeof candidate === "string" && /^E[A-Z_]+$/.test(candidate)) return candidate;
	return undefined;
}

function byStatus(status: number | undefined, error: SdkError): { code: ErrorCode; what: string } {
	if (status === 401) return { code: "UNAUTHORIZED", what: "was refused (HTTP 401)" };
	if (status === 403) return { code: "FORBIDDEN", what: "was refused (HTTP 403)" };
	if (status === 429) return { code: "RATE_LIMITED", what: "was told to slow down (HTTP 429)" };
	if (status !== undefined && status >= 500) return { code: "UNAVAILABLE", what: `failed (HTTP ${status})` };
	if (status !== undefined || error instanceof SyntaxError)
		return { code: "BAD_RESPONSE", what: `was answered in a form that is not known${status === undefined ? "" : ` (HTTP ${status})`}` };
	return { code: "UNAVAILABLE", what: "could not reach the service" };
}
