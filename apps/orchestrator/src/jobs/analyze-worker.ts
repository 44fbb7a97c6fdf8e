import { parentPort, workerData } from "node:worker_threads";
import { toAppError } from "@faultline/contracts";
import type { AnalysisOrder } from "./analyze-in-worker.ts";
import type { LearningOrder } from "./learn-in-worker.ts";

/** The thread of analyzeInWorker and learnInWorker: one order in, one answer out. */
async function answer(order: AnalysisOrder | LearningOrder): Promise<object> {
	if ("evidence" in order) {
		const { analyzeHere } = await import("./analyze-here.ts");
		return { report: await analyzeHere(order.evidence, order.settings) };
	}
	const [{ folderConfirmations }, { relearn }] = await Promise.all([
		import("../incidents/confirmations.ts"),
		import("../learned/learned-file.ts"),
	]);
	await relearn(order.learnIn, folderConfirmations(order.learnIn));
	return { learnt: true };
}

answer(workerData as AnalysisOrder | LearningOrder).then(
	(message) => parentPort?.postMessage(message),
	(thrown: unknown) => {
		const { code, message, hint } = toAppError(thrown);
		parentPort?.postMessage({ error: { code, message, hint } });
	},
);
