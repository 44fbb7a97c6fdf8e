import { AppError, type LanguageModel, type ModelReply } from "@faultline/contracts";
import { jsonObjectIn } from "./json-object.ts";
import { estimateTokens } from "./price.ts";

/** What one diagnosis may spend. */
export interface Budget {
	/** Prompt and answer tokens of all calls together; default 60,000. */
	maxTokens?: number;
	/** US dollars; default 0.25. */
	maxCostUsd?: number;
	/** For all calls together, in milliseconds; default 20 s. */
	timeoutMs?: number;
}

/** Room for an answer; models that think spend some of it on that. */
const ANSWER_TOKENS = 4_000;

/** A model with a budget: what a call may cost is reserved before it and settled after it. */
export interface Purse {
	/** The JSON object that the model answers. @throws AppError where there is none, or no means for it. */
	ask(system: string, prompt: string): Promise<Record<string, unknown>>;
	spent(): { tokens: number; cost: number };
}

export function openPurse(model: LanguageModel, given: Budget, caller: AbortSignal | undefined): Purse {
	const budget = { maxTokens: 60_000, maxCostUsd: 0.25, timeoutMs: 20_000, ...given };
	const limit = AbortSignal.timeout(budget.timeoutMs);
	const signal = caller === undefined ? limit : AbortSignal.any([caller, limit]);
	const spent = { tokens: 0, cost: 0 };
	const reserved = { tokens: 0, cost: 0 };
	return {
		spent: () => ({ ...spent }),
		async ask(system, prompt) {
			const input = estimateTokens(system) + estimateTokens(prompt);
			const tokens = input + ANSWER_TOKENS;
			const cost = model.costOf?.(input, ANSWER_TOKENS) ?? 0;
			if (spent.tokens + reserved.tokens + tokens > budget.maxTokens) throw beyond("token");
			if (spent.cost + reserved.cost + cost > budget.maxCostUsd) throw beyond("cost");
			reserved.tokens += tokens;
			reserved.cost += cost;
			try {
				const reply = await untilAborted(() => model.complete({ system, prompt, maxTokens: ANSWER_TOKENS, signal }), signal);
				spent.tokens += reply.inputTokens + reply.outputTokens;
				spent.cost += reply.costUsd;
				return objectOf(reply);
			} finally {
				reserved.tokens -= tokens;
				reserved.cost -= cost;
			}
		},
	};
}

function beyond(what: string): AppError {
	return new AppError("BAD_INPUT", `the ${what} budget does not allow the call to the language model`);
}

function objectOf(reply: ModelReply): Record<string, unknown> {
	if (reply.ended === "refused") throw new AppError("BAD_RESPONSE", "the language model declined to answer");
	if (reply.ended === "cut-off") throw new AppError("BAD_RESPONSE", "the language model's answer was cut off");
	const object = jsonObjectIn(reply.text);
	if (object === undefined) throw new AppError("BAD_RESPONSE", "the language model's answer is not the JSON that was asked for");
	return object;
}

/** A model that does not mind its signal must not keep us. */
function untilAborted<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const giveUp = () => {
			const timedOut = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
			reject(
				timedOut
					? new AppError("TIMEOUT", "the language model took too long")
					: new AppError("CANCELLED", "the call to the language model was cancelled"),
			);
		};
		if (signal.aborted) return giveUp();
		signal.addEventListener("abort", giveUp, { once: true });
		start()
			.then(resolve, reject)
			.finally(() => signal.removeEventListener("abort", giveUp));
	});
}
