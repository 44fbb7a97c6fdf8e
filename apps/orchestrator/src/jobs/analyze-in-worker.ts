import { Worker } from "node:worker_threads";
import { AppError, ERROR_CODES, type ErrorCode, type EvidenceSet, type IncidentReport } from "@faultline/contracts";
import type { AnalysisSettings } from "./analyze-here.ts";

/** What goes to the worker: only what can be copied between threads. */
export interface AnalysisOrder {
	evidence: EvidenceSet;
	settings: AnalysisSettings;
}

export type AnalysisAnswer = { report: IncidentReport } | { error: { code: string; message: string; hint?: string | undefined } };

/**
 * Analyses in a thread of its own, so that a server keeps answering and a cancel is heard while numbers are crunched.
 * The thread ends with the answer, or at once when the signal aborts.
 */
export function analyzeInWorker(evidence: EvidenceSet, settings: AnalysisSettings, signal: AbortSignal): Promise<IncidentReport> {
	const here = import.meta.url;
	const entry = new URL(here.endsWith(".ts") ? "./analyze-worker.ts" : "./analyze-worker.js", here);
	return new Promise((resolve, reject) => {
		if (signal.aborted) return reject(signal.reason);
		const order: AnalysisOrder = { evidence, settings };
		const worker = new Worker(entry, { workerData: order, env: {}, stdout: true, stderr: false, name: "analysis" });
		// Whatever a library prints must not reach standard output: it may be a protocol's channel.
		worker.stdout.resume();
		const end = (settle: () => void) => {
			signal.removeEventListener("abort", stop);
			void worker.terminate();
			settle();
		};
		const stop = () => end(() => reject(signal.reason));
		signal.addEventListener("abort", stop, { once: true });
		worker.once("message", (answer: AnalysisAnswer) =>
			end(() => ("report" in answer ? resolve(answer.report) : reject(toError(answer.error)))),
		);
		worker.once("error", (cause) => end(() => reject(new AppError("INTERNAL", "the analysis failed", { cause }))));
		worker.once("exit", () => end(() => reject(new AppError("INTERNAL", "the analysis ended without an answer"))));
	});
}

function toError({ code, message, hint }: { code: string; message: string; hint?: string | undefined }): AppError {
	const known = (ERROR_CODES as readonly string[]).includes(code) ? (code as ErrorCode) : "INTERNAL";
	return new AppError(known, message, hint === undefined ? {} : { hint });
}
