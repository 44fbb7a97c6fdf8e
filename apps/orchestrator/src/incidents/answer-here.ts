import type { IncidentReport } from "@faultline/contracts";
import { type Answer, answerQuestion } from "./answer-question.ts";

/** A question answered from a report: by rules, worded by the language model where the environment names one. */
export async function answerHere(
	question: string,
	report: IncidentReport,
	env: Record<string, string | undefined>,
	signal?: AbortSignal,
): Promise<Answer> {
	const answer = answerQuestion(question, report);
	const { modelFromEnv } = await import("@faultline/diagnosis");
	const model = modelFromEnv(env);
	if (model === undefined) return answer;
	const { answerWithModel } = await import("./answer-with-model.ts");
	return answerWithModel(answer, report, model, signal);
}
