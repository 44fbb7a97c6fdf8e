import { parentPort, workerData } from "node:worker_threads";
import { toAppError } from "@faultline/contracts";
import { modelFromEnv } from "@faultline/diagnosis";
import { analyze } from "../pipeline.ts";
import type { AnalysisAnswer, AnalysisOrder } from "./analyze-in-worker.ts";

/** The thread of analyzeInWorker: one order in, one answer out. */
async function main(): Promise<void> {
	const { evidence, env } = workerData as AnalysisOrder;
	const model = modelFromEnv(env);
	const report = await analyze(evidence, model === undefined ? {} : { model });
	answer({ report });
}

function answer(message: AnalysisAnswer): void {
	parentPort?.postMessage(message);
}

main().catch((thrown: unknown) => {
	const { code, message, hint } = toAppError(thrown);
	answer({ error: { code, message, hint } });
});
