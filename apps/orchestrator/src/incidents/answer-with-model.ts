import type { IncidentReport, LanguageModel } from "@faultline/contracts";
import { wordAnswer } from "@faultline/diagnosis";
import type { Answer } from "./answer-question.ts";
import { briefReport } from "./brief-report.ts";
import { plain } from "./plain-text.ts";

/** The answer of the rules, worded by a language model where it can; where nothing it said stands, the rules' answer does. */
export async function answerWithModel(answer: Answer, report: IncidentReport, model: LanguageModel, signal?: AbortSignal): Promise<Answer> {
	const facts = JSON.stringify({ report: briefReport(report, 6000).data, answerOfTheRules: answer.sentences });
	const sentences = await wordAnswer({ question: answer.question, facts, known: new Set(Object.keys(report.evidence)), signal }, model);
	return sentences.length === 0
		? answer
		: { ...answer, sentences: sentences.map((s) => ({ ...s, text: plain(s.text, 600) })), wordedBy: "model" };
}
