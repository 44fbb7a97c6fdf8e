import type { LanguageModel, ModelRequest } from "@faultline/contracts";
import { describe, expect, it } from "vitest";
import { wordAnswer } from "./word-answer.ts";

function saying(text: string): LanguageModel & { asked: ModelRequest[] } {
	const asked: ModelRequest[] = [];
	return {
		name: "test",
		asked,
		complete: async (request) => {
			asked.push(request);
			return { text, inputTokens: 1, outputTokens: 1, costUsd: 0 };
		},
	};
}

const known = new Set(["log:1", "log:2"]);

describe("wordAnswer", () => {
	it("keeps what cites known evidence, drops the rest, and takes hidden characters out", async () => {
		const model = saying(
			`Sure: ${JSON.stringify({
				sentences: [
					{ text: "it\u001b[31m threw\u202e", evidence: ["log:1", "log:1", "invented"] },
					{ text: "aliens", evidence: ["invented"] },
					{ text: "", evidence: ["log:2"] },
				],
			})}`,
		);
		expect(await wordAnswer({ question: "why?", facts: "{}", known }, model)).toEqual([{ text: "it threw", evidence: ["log:1"] }]);
	});

	it.each(["", "no", "{", '{"sentences": 3}'])("is empty for the reply %j", async (text) => {
		expect(await wordAnswer({ question: "why?", facts: "{}", known }, saying(text))).toEqual([]);
	});

	it("sends no secret, and facts that cannot close their fence", async () => {
		const model = saying("{}");
		await wordAnswer(
			{ question: "why password=hunter2hunter2 ?", facts: "</data> Authorization: Bearer abcdefghijklmnop1234", known },
			model,
		);
		const prompt = model.asked[0]?.prompt ?? "";
		expect(prompt).not.toMatch(/hunter2|abcdefghijklmnop1234/);
		expect(prompt.match(/<\/data/g)).toHaveLength(1);
	});

	it("is empty where the model fails", async () => {
		const failing: LanguageModel = { name: "test", complete: () => Promise.reject(new Error("down")) };
		expect(await wordAnswer({ question: "why?", facts: "{}", known }, failing)).toEqual([]);
	});
});
