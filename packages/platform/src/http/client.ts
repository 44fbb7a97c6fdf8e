import type { ErrorCode } from "@faultline/contracts";
import { AppError } from "@faultline/contracts";
import type { RequestQueue } from "../resilience/request-queue.ts";
import { attemptTimeout, withRetries } from "../resilience/retry.ts";
import type { FailureContext } from "./failure.ts";
import { statusFailure, transportFailure } from "./failure.ts";
import { parseJson, readText } from "./read-body.ts";
import type { Query } from "./request-url.ts";
import { buildUrl, isSameOrigin, shownUrl } from "./request-url.ts";

export interface HttpClientOptions {
	/** Named in every message: "sentry", "grafana". */
	source: string;
	baseUrl: string;
	/** Sent with every request, to the base URL's own origin only. */
	headers?: Record<string, string>;
	/** Per attempt, body included; default 15,000. */
	timeoutMs?: number;
	/** Further attempts after the first; default 2. */
	retries?: number;
	/** The longest Retry-After that is waited for; a longer one fails at once with RATE_LIMITED. Default 10,000. */
	maxWaitMs?: number;
	/** First pause between attempts; doubles. Default 200. */
	backoffMs?: number;
	/** Largest body read; default 32 MiB. */
	maxBytes?: number;
	/** Limits how many requests run at once and per second. */
	queue?: RequestQueue;
	/** What to mend, per code, where the source knows better than the general hint. */
	hints?: Partial<Record<ErrorCode, string>>;
	fetch?: typeof globalThis.fetch;
}

export interface HttpRequest {
	query?: Query;
	headers?: Record<string, string>;
	signal?: AbortSignal;
	timeoutMs?: number;
	/** Default "json". "text" skips parsing: `body` is a string. */
	as?: "json" | "text";
	/** Statuses other than 2xx that are answers and not failures (404 where "none" is a fine answer). */
	accept?: readonly number[];
	/** Whether a repeat is harmless: true for GET; a POST that only asks (a query) may say so. */
	idempotent?: boolean;
}

export interface HttpReply {
	status: number;
	headers: Headers;
	/** Parsed JSON, not yet checked: `wire.ts` does that. Undefined for an empty body. */
	body: unknown;
}

export interface HttpClient {
	readonly baseUrl: string;
	/** `path` is relative to the base URL, or absolute on the same origin (a Link header's next page). */
	get(path: string, request?: HttpRequest): Promise<HttpReply>;
	post(path: string, body: unknown, request?: HttpRequest): Promise<HttpReply>;
}

const MAX_REDIRECTS = 3;

/**
 * JSON over HTTP for one source: a limit on time and size per attempt, retries of idempotent requests on 429, 502, 503,
 * 504 and network failures, and every failure as an AppError that names what to mend and nothing that is secret.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
	const { base, login } = parseBase(options);
	const headers = { ...login, ...options.headers };
	const send = (method: "GET" | "POST", path: string, body: unknown, request: HttpRequest = {}) => {
		const url = buildUrl(base, path, request.query);
		const failure: FailureContext = { source: options.source, url: shownUrl(url), hints: options.hints ?? {} };
		if (!isSameOrigin(base, url)) {
			throw new AppError("BAD_RESPONSE", `${options.source} pointed to another host`, {
				hint: `check that ${shownUrl(base)} is the address users reach it at`,
			});
		}
		const attempt = (signal: AbortSignal) => attemptOnce(options, { method, url, body, request, failure, base, headers }, signal);
		const retries = (request.idempotent ?? method === "GET") ? (options.retries ?? 2) : 0;
		return withRetries(attempt, {
			retries,
			backoffMs: options.backoffMs ?? 200,
			maxWaitMs: options.maxWaitMs ?? 10_000,
			signal: request.signal,
		});
	};
	return {
		baseUrl: shownUrl(base),
		get: async (path, request) => await send("GET", path, undefined, request),
		post: async (path, body, request) => await send("POST", path, body, request),
	};
}

/** A name and password in the URL are sent as a Basic login, and leave the URL: fetch takes none there, and messages must not show them. */
function parseBase(options: HttpClientOptions): { base: URL; login: Record<string, string> } {
	const base = URL.canParse(options.baseUrl) ? new URL(options.baseUrl) : undefined;
	// the text itself is not told: it may hold a password
	if (base === undefined || !/^https?:$/.test(base.protocol)) {
		throw new AppError("BAD_CONFIG", `the URL of ${options.source} is not an http or https URL`, {
			hint: "give it as https://host or https://host/sub-path",
		});
	}
	const credentials = [base.username, base.password].map(percentDecoded).join(":");
	base.username = "";
	base.password = "";
	return { base, login: credentials === ":" ? {} : { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

function percentDecoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		// a bare "%" in a password: taken as it stands
		return text;
	}
}

interface Attempt {
	method: "GET" | "POST";
	url: URL;
	body: unknown;
	request: HttpRequest;
	failure: FailureContext;
	base: URL;
	headers: Record<string, string>;
}

async function attemptOnce(options: HttpClientOptions, attempt: Attempt, caller: AbortSignal): Promise<HttpReply> {
	const timeoutMs = attempt.request.timeoutMs ?? options.timeoutMs ?? 15_000;
	const limited = () => attemptTimeout((signal) => exchange(options, attempt, signal), timeoutMs, caller);
	try {
		return await (options.queue === undefined ? limited() : options.queue.run(limited, caller));
	} catch (thrown) {
		throw transportFailure(thrown, { ...attempt.failure, timeoutMs, cancelled: caller.aborted });
	}
}

async function exchange(options: HttpClientOptions, attempt: Attempt, signal: AbortSignal): Promise<HttpReply> {
	const { method, body, request, failure } = attempt;
	const doFetch = options.fetch ?? globalThis.fetch;
	let url = attempt.url;
	for (let hop = 0; ; hop++) {
		const response = await doFetch(url.href, {
			method,
			signal,
			redirect: "manual",
			headers: {
				accept: request.as === "text" ? "*/*" : "application/json",
				...(body === undefined ? {} : { "content-type": "application/json" }),
				...attempt.headers,
				...request.headers,
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const next = redirectTarget(response, url);
		if (next !== undefined && method === "GET" && hop < MAX_REDIRECTS && isSameOrigin(attempt.base, next)) {
			await response.body?.cancel();
			url = next;
			continue;
		}
		if (!response.ok && !(request.accept ?? []).includes(response.status)) {
			await response.body?.cancel();
			throw statusFailure(response, failure);
		}
		const text = await readText(response, options.maxBytes ?? 32 * 1024 * 1024, failure);
		return { status: response.status, headers: response.headers, body: request.as === "text" ? text : parseJson(text, response, failure) };
	}
}

function redirectTarget(response: Response, from: URL): URL | undefined {
	if (response.status < 300 || response.status > 399) return undefined;
	const location = response.headers.get("location");
	return location !== null && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}
