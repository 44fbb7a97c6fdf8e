import { inspect } from "node:util";
import { AppError, type LanguageModel } from "@faultline/contracts";
import { afterEach, describe, expect, it, vi } from "vitest";
import { breaksOff, fails, hangs, type MessagesServer, messagesServer, says, sendJson, type Turn } from "../testing/messages-server.ts";
import { type ClaudeOptions, createClaude, DEFAULT_MODEL } from "./claude.ts";

const KEY = "sk-ant-api03-very-secret-key";
const ASK = { system: "instructions", prompt: "question", maxTokens: 500 };

let server: MessagesServer | undefined;
afterEach(async () => server?.close());

async function claude(turns: Turn[], options: Partial<ClaudeOptions> = {}): Promise<{ model: LanguageModel; server: MessagesServer }> {
	server = await messagesServer(...turns);
	return { model: createClaude({ apiKey: KEY, baseUrl: server.url, maxRetries: 0, ...options }), server };
}

async function failure(turns: Turn[], options: Partial<ClaudeOptions> = {}, signal?: AbortSignal): Promise<AppError> {
	const { model } = await claude(turns, options);
	const thrown: unknown = await model.complete(signal === undefined ? ASK : { ...ASK, signal }).then(
		() => undefined,
		(error: unknown) => error,
	);
	expect(thrown).toBeInstanceOf(AppError);
	expect(inspect(thrown, { depth: 10, showHidden: true })).not.toContain("very-secret-key");
	return thrown as AppError;
}

describe("createClaude", () => {
	it("sends the instructions as a cached block, the question as the user's turn, and counts tokens and cost", async () => {
		const usage = { input_tokens: 1000, output_tokens: 200, cache_creation_input_tokens: 400, cache_read_input_tokens: 600 };
		const { model, server } = await claude([says("answer", { usage })]);
		const reply = await model.complete(ASK);
		expect(reply.text).toBe("answer");
		expect(reply.inputTokens).toBe(2000);
		expect(reply.outputTokens).toBe(200);
		// 1000 x $2 + 200 x $10 + 400 x $2.50 + 600 x $0.20, per million
		expect(reply.costUsd).toBeCloseTo(0.00512, 10);
		const [request] = server.seen;
		expect(request?.path).toBe("/v1/messages");
		expect(request?.body).toMatchObject({ model: DEFAULT_MODEL, max_tokens: 500, output_config: { effort: "low" } });
		expect(request?.body.system).toEqual([{ type: "text", text: "instructions", cache_control: { type: "ephemeral" } }]);
		expect(request?.body.messages).toEqual([{ role: "user", content: "question" }]);
		expect(JSON.stringify(request?.headers)).toContain(KEY);
	});

	it("does not send an effort to a model that is not known to take one, and counts it at the dearest rate", async () => {
		const { model, server } = await claude([says("answer")], { model: "some-other-model" });
		const reply = await model.complete(ASK);
		expect(server.seen[0]?.body.output_config).toBeUndefined();
		expect(reply.costUsd).toBeCloseTo((1000 * 10 + 200 * 50) / 1e6, 10);
	});

	it.each([
		["refusal", "refused"],
		["max_tokens", "cut-off"],
		["model_context_window_exceeded", "cut-off"],
	])("says that an answer with stop reason %s is not whole", async (stopReason, ended) => {
		const { model } = await claude([says("half", { stopReason })]);
		expect(await model.complete(ASK)).toMatchObject({ ended, outputTokens: 200 });
	});

	it.each([
		[401, "authentication_error", "UNAUTHORIZED"],
		[403, "permission_error", "FORBIDDEN"],
		[404, "not_found_error", "NOT_FOUND"],
		[400, "invalid_request_error", "BAD_INPUT"],
		[500, "api_error", "UNAVAILABLE"],
		[529, "overloaded_error", "UNAVAILABLE"],
	])("turns %i into our code without the service's words or the key", async (status, type, code) => {
		const error = await failure([fails(status, type)]);
		expect(error.code).toBe(code);
		expect(error.message).not.toContain("upstream says");
	});

	it("tells when to come back after 429", async () => {
		const error = await failure([fails(429, "rate_limit_error", { "retry-after": "7" })]);
		expect(error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 7000 });
	});

	it("tries again as often as told, honouring retry-after, and then succeeds", async () => {
		const { model, server } = await claude(
			[
				fails(529, "overloaded_error", { "retry-after-ms": "1" }),
				fails(429, "rate_limit_error", { "retry-after-ms": "1" }),
				says("third time"),
			],
			{ maxRetries: 2 },
		);
		expect((await model.complete(ASK)).text).toBe("third time");
		expect(server.seen).toHaveLength(3);
	});

	it("gives up on a server that never answers", async () => {
		expect((await failure([hangs], { timeoutMs: 50 })).code).toBe("TIMEOUT");
	});

	it("stops when the caller does, also while it waits to try again", async () => {
		expect((await failure([hangs], {}, AbortSignal.timeout(50))).code).toBe("TIMEOUT");
		await server?.close();
		const controller = new AbortController();
		const waits: Turn = (request, response) => {
			fails(429, "rate_limit_error", { "retry-after": "3600" })(request, response);
			setTimeout(() => controller.abort(), 20);
		};
		expect((await failure([waits], { maxRetries: 2 }, controller.signal)).code).toBe("CANCELLED");
	});

	it("does not take half a body, or something that is no message, for an answer", async () => {
		expect((await failure([breaksOff])).code).toBe("BAD_RESPONSE");
		await server?.close();
		expect((await failure([(_, response) => sendJson(response, 200, { hello: "world" })])).code).toBe("BAD_RESPONSE");
		await server?.close();
		expect((await failure([(_, response) => sendJson(response, 200, null)])).code).toBe("BAD_RESPONSE");
	});

	it("says that it cannot reach a closed port", async () => {
		const { model } = await claude([hangs]);
		await server?.close();
		await expect(model.complete(ASK)).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});

	it("writes nothing to the console, whatever the environment asks of the SDK", async () => {
		vi.stubEnv("ANTHROPIC_LOG", "debug");
		const spies = (["debug", "info", "log", "warn", "error"] as const).map((level) =>
			vi.spyOn(console, level).mockImplementation(() => undefined),
		);
		try {
			await failure([fails(500, "api_error")]);
			for (const spy of spies) expect(spy).not.toHaveBeenCalled();
		} finally {
			vi.restoreAllMocks();
			vi.unstubAllEnvs();
		}
	});
});
