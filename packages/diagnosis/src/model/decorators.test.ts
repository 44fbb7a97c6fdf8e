import { AppError, type LanguageModel } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { modelFromEnv } from "../config.ts";
import { withBreaker } from "./breaker.ts";
import { memoryReplyCache, withReplyCache } from "./cache.ts";
import { estimateTokens, priceOf } from "./price.ts";

const ASK = { system: "s", prompt: "p", maxTokens: 10 };

/** A model that does as a script says, and counts. */
function scripted(script: () => Promise<string>): LanguageModel & { calls: number } {
	const model = {
		name: "scripted",
		calls: 0,
		complete: async () => {
			model.calls++;
			return { text: await script(), inputTokens: 5, outputTokens: 6, costUsd: 0.1 };
		},
	};
	return model;
}

describe("withBreaker", () => {
	it("leaves a failing model alone after three failures, and tries once more later", async () => {
		let well = false;
		const inner = scripted(async () => {
			if (!well) throw new AppError("UNAVAILABLE", "down");
			return "up";
		});
		const model = withBreaker(inner, { failures: 3, openMs: 10 });
		for (let i = 0; i < 3; i++) await expect(model.complete(ASK)).rejects.toMatchObject({ message: "down" });
		await expect(model.complete(ASK)).rejects.toMatchObject({ code: "UNAVAILABLE", message: /left alone/ });
		expect(inner.calls).toBe(3);
		well = true;
		await new Promise((done) => setTimeout(done, 30));
		expect((await model.complete(ASK)).text).toBe("up");
	});

	it("does not count what the caller did wrong or cancelled", async () => {
		const inner = scripted(async () => {
			throw new AppError("CANCELLED", "never mind");
		});
		const model = withBreaker(inner, { failures: 1 });
		for (let i = 0; i < 5; i++) await expect(model.complete(ASK)).rejects.toMatchObject({ code: "CANCELLED" });
		expect(inner.calls).toBe(5);
	});
});

describe("withReplyCache", () => {
	it("answers the same request once, at no further cost", async () => {
		const inner = scripted(async () => "text");
		const model = withReplyCache(inner, memoryReplyCache());
		expect((await model.complete(ASK)).costUsd).toBe(0.1);
		expect(await model.complete(ASK)).toEqual({ text: "text", inputTokens: 0, outputTokens: 0, costUsd: 0 });
		await model.complete({ ...ASK, prompt: "another" });
		expect(inner.calls).toBe(2);
	});

	it("keeps no half answer, and works without its cache", async () => {
		const inner: LanguageModel = {
			name: "m",
			complete: async () => ({ text: "hal", inputTokens: 1, outputTokens: 1, costUsd: 1, ended: "cut-off" }),
		};
		const model = withReplyCache(inner, memoryReplyCache());
		await model.complete(ASK);
		expect((await model.complete(ASK)).costUsd).toBe(1);
		const broken = withReplyCache(
			scripted(async () => "text"),
			{ get: () => Promise.reject(new Error("no")), set: () => Promise.reject(new Error("no")) },
		);
		expect((await broken.complete(ASK)).text).toBe("text");
	});
});

describe("modelFromEnv", () => {
	it("gives a model only with a key", () => {
		expect(modelFromEnv({})).toBeUndefined();
		expect(modelFromEnv({ ANTHROPIC_API_KEY: "  " })).toBeUndefined();
		expect(
			modelFromEnv({
				ANTHROPIC_API_KEY: "k",
				FAULTLINE_MODEL: "claude-opus-5-5",
				ANTHROPIC_BASE_URL: "http://127.0.0.1:1",
				FAULTLINE_MODEL_TIMEOUT_MS: "500",
			})?.name,
		).toBe("claude-opus-5-5");
	});

	it("tells every problem at once and quotes no value", () => {
		const bad = () =>
			modelFromEnv({
				ANTHROPIC_API_KEY: "k",
				ANTHROPIC_BASE_URL: "not-a-url-but-secret",
				FAULTLINE_MODEL: "a b",
				FAULTLINE_MODEL_TIMEOUT_MS: "soon",
			});
		expect(bad).toThrow(/ANTHROPIC_BASE_URL.*FAULTLINE_MODEL.*FAULTLINE_MODEL_TIMEOUT_MS/);
		expect(bad).not.toThrow(/secret/);
	});
});

describe("prices", () => {
	it("knows models by the beginning of their names, and the rest at the dearest rate", () => {
		expect(priceOf("claude-sonnet-5-5").output).toBe(10);
		expect(priceOf("claude-haiku-4-5-20251001").effort).toBe(false);
		expect(priceOf("claude-opus-5-5").input).toBe(4);
		expect(priceOf("claude-opus-55").input).toBe(10);
		expect(estimateTokens("abcd")).toBe(2);
	});
});
