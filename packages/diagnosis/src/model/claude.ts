import type Anthropic from "@anthropic-ai/sdk";
import { AppError, type LanguageModel, type ModelReply, type ModelRequest } from "@faultline/contracts";
import { costOf, type ModelPrice, priceOf } from "./price.ts";

export const DEFAULT_MODEL = "claude-sonnet-5-5";

export interface ClaudeOptions {
	apiKey: string;
	/** Another address that speaks the Messages API (a gateway, a proxy). */
	baseUrl?: string;
	/** Name of the model; default DEFAULT_MODEL. */
	model?: string;
	/** For one attempt, in milliseconds; default 20 s. */
	timeoutMs?: number;
	/** Further attempts after 408, 409, 429, 5xx or a lost connection, by the SDK, which honours retry-after; default 2. */
	maxRetries?: number;
	/** How long the model may think; default "low": the facts are already worked out. Sent only to models known to take it. */
	effort?: "low" | "medium" | "high";
	/** Overrides the price list, in US dollars per million tokens. */
	price?: ModelPrice;
}

/**
 * Claude behind the LanguageModel port. The SDK is loaded at the first call, so that nothing pays for it without a key.
 *
 * Throws AppError only: UNAUTHORIZED, FORBIDDEN, RATE_LIMITED (with retryAfterMs), TIMEOUT, UNAVAILABLE, BAD_INPUT,
 * BAD_RESPONSE, CANCELLED. No message or cause holds the key or the service's own text.
 */
export function createClaude(options: ClaudeOptions): LanguageModel {
	const model = options.model ?? DEFAULT_MODEL;
	const price = options.price ?? priceOf(model);
	let client: Promise<Anthropic> | undefined;
	return {
		name: model,
		// As if all of the prompt were written to the cache: the dearest case.
		costOf: (input, output) => costOf(price, { input: 0, output, cacheWrite: input, cacheRead: 0 }),
		async complete(request) {
			client ??= connect(options);
			const message = await send(await client, model, price.effort ? (options.effort ?? "low") : undefined, request);
			return toReply(message, price);
		},
	};
}

async function connect(options: ClaudeOptions): Promise<Anthropic> {
	const { default: Sdk } = await import("@anthropic-ai/sdk");
	return new Sdk({
		apiKey: options.apiKey,
		baseURL: options.baseUrl ?? "https://api.anthropic.com",
		timeout: options.timeoutMs ?? 20_000,
		maxRetries: options.maxRetries ?? 2,
		// The SDK logs to the console by default, and standard output may be a protocol.
		logLevel: "off",
		openTelemetry: false,
	});
}

async function send(
	client: Anthropic,
	model: string,
	effort: "low" | "medium" | "high" | undefined,
	request: ModelRequest,
): Promise<Anthropic.Message> {
	try {
		return await client.messages.create(
			{
				model,
				max_tokens: request.maxTokens,
				// The instructions are the same for every incident: the one block worth caching.
				system: [{ type: "text", text: request.system, cache_control: { type: "ephemeral" } }],
				messages: [{ role: "user", content: request.prompt }],
				...(effort === undefined ? {} : { output_config: { effort } }),
			},
			request.signal === undefined ? {} : { signal: request.signal },
		);
	} catch (thrown) {
		throw await toModelError(thrown, request.signal);
	}
}

function toReply(message: Anthropic.Message, price: ModelPrice): ModelReply {
	const usage: Anthropic.Usage | null | undefined = message?.usage;
	if (!Array.isArray(message?.content) || usage === undefined || usage === null)
		throw new AppError("BAD_RESPONSE", "the language model's answer is not a message");
	const use = {
		input: usage.input_tokens,
		output: usage.output_tokens,
		cacheWrite: usage.cache_creation_input_tokens ?? 0,
		cacheRead: usage.cache_read_input_tokens ?? 0,
	};
	const text = message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
	const ended = message.stop_reason === null ? undefined : ENDED.get(message.stop_reason);
	return {
		text,
		inputTokens: use.input + use.cacheWrite + use.cacheRead,
		outputTokens: use.output,
		costUsd: costOf(price, use),
		...(ended === undefined ? {} : { ended }),
	};
}

const ENDED = new Map<string, "cut-off" | "refused">([
	["refusal", "refused"],
	["max_tokens", "cut-off"],
	["model_context_window_exceeded", "cut-off"],
]);

/** The SDK's errors quote the service's body and may hold request headers: only the status and retry-after survive. */
async function toModelError(thrown: unknown, signal: AbortSignal | undefined): Promise<AppError> {
	const sdk = await import("@anthropic-ai/sdk");
	if (signal?.aborted === true || thrown instanceof sdk.APIUserAbortError) {
		const timedOut = signal?.reason instanceof Error && signal.reason.name === "TimeoutError";
		return timedOut
			? new AppError("TIMEOUT", "the language model took too long")
			: new AppError("CANCELLED", "the call to the language model was cancelled");
	}
	if (thrown instanceof sdk.APIConnectionTimeoutError) return new AppError("TIMEOUT", "the language model took too long");
	if (thrown instanceof sdk.APIConnectionError)
		return new AppError("UNAVAILABLE", "the language model cannot be reached", { hint: "check the base URL and the network" });
	if (thrown instanceof sdk.APIError && typeof thrown.status === "number") return fromStatus(thrown.status, thrown.headers);
	return new AppError("BAD_RESPONSE", "the language model's answer could not be read");
}

function fromStatus(status: number, headers: Headers | undefined): AppError {
	if (status === 401)
		return new AppError("UNAUTHORIZED", "the language model's key was not accepted (401)", { hint: "check ANTHROPIC_API_KEY" });
	if (status === 403)
		return new AppError("FORBIDDEN", "the key does not reach this language model (403)", {
			hint: "check the key's workspace and the model's name",
		});
	if (status === 404)
		return new AppError("NOT_FOUND", "the language model does not exist there (404)", { hint: "check the model's name and the base URL" });
	if (status === 408) return new AppError("TIMEOUT", "the language model took too long (408)");
	if (status === 429) {
		const seconds = Number(headers?.get("retry-after") ?? Number.NaN);
		return new AppError(
			"RATE_LIMITED",
			"the language model is rate limited (429)",
			Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {},
		);
	}
	if (status >= 500) return new AppError("UNAVAILABLE", `the language model is ${status === 529 ? "overloaded" : "failing"} (${status})`);
	return new AppError("BAD_INPUT", `the language model did not accept the request (${status})`, { hint: "check the model's name" });
}
