import { AppError, type LanguageModel } from "@faultline/contracts";
import { z } from "zod";
import { withBreaker } from "./model/breaker.ts";
import { memoryReplyCache, withReplyCache } from "./model/cache.ts";
import { type ClaudeOptions, createClaude } from "./model/claude.ts";

const text = z.string().trim();

/** The environment of the language model; all of it optional: without a key the wording is deterministic. */
export const ModelEnv = z.object({
	ANTHROPIC_API_KEY: text.optional(),
	ANTHROPIC_BASE_URL: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]).optional(),
	/** Name of the model, as the Messages API takes it. */
	FAULTLINE_MODEL: z.union([z.literal(""), text.regex(/^[\w.:@/-]{1,100}$/, "a model name: letters, digits and . : @ / -")]).optional(),
	/** For one attempt, in milliseconds. */
	FAULTLINE_MODEL_TIMEOUT_MS: z.union([z.literal(""), z.coerce.number().int().min(100).max(600_000)]).optional(),
});

/**
 * The language model that the environment asks for, behind a circuit breaker and a cache of replies in memory; undefined
 * without ANTHROPIC_API_KEY. Throws BAD_CONFIG with every problem; no value is quoted.
 */
export function modelFromEnv(env: Record<string, string | undefined>): LanguageModel | undefined {
	const parsed = ModelEnv.safeParse(env);
	if (!parsed.success) {
		const problems = parsed.error.issues.map(
			(issue) => `${issue.path.join(".")}: ${issue.code === "invalid_format" ? "has the wrong format" : issue.message}`,
		);
		throw new AppError("BAD_CONFIG", `the language model's configuration is wrong: ${problems.join("; ")}`);
	}
	const {
		ANTHROPIC_API_KEY: apiKey,
		ANTHROPIC_BASE_URL: baseUrl,
		FAULTLINE_MODEL: model,
		FAULTLINE_MODEL_TIMEOUT_MS: timeoutMs,
	} = parsed.data;
	if (apiKey === undefined || apiKey === "") return undefined;
	const options: ClaudeOptions = { apiKey };
	if (baseUrl) options.baseUrl = baseUrl;
	if (model) options.model = model;
	if (typeof timeoutMs === "number") options.timeoutMs = timeoutMs;
	return withReplyCache(withBreaker(createClaude(options)), memoryReplyCache());
}
