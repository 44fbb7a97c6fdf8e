import { parentPort, workerData } from "node:worker_threads";
import { toAppError } from "@faultline/contracts";
import { analyzeHere } from "./analyze-here.ts";
import type { AnalysisAnswer, AnalysisOrder } from "./analyze-in-worker.ts";

/** The thread of analyzeInWorker: one order in, one answer out. */
const answer = (message: AnalysisAnswer): void => parentPort?.postMessage(message);

const { evidence, settings } = workerData as AnalysisOrder;
analyzeHere(evidence, settings).then(
	(report) => answer({ report }),
	(thrown: unknown) => {
		const { code, message, hint } = toAppError(thrown);
		answer({ error: { code, message, hint } });
	},
);
