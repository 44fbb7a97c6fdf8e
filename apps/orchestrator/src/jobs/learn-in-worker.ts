import { Worker } from "node:worker_threads";
import { AppError } from "@faultline/contracts";

/** What goes to the worker that learns: the data directory whose confirmed incidents are learned from. */
export interface LearningOrder {
	learnIn: string;
}

/** Learns anew from the confirmed incidents in a thread of its own: a server keeps answering meanwhile. */
export function learnInWorker(dataDir: string): Promise<void> {
	const here = import.meta.url;
	const entry = new URL(here.endsWith(".ts") ? "./analyze-worker.ts" : "./analyze-worker.js", here);
	return new Promise((resolve, reject) => {
		const order: LearningOrder = { learnIn: dataDir };
		const worker = new Worker(entry, { workerData: order, env: {}, stdout: true, stderr: false, name: "learning" });
		worker.stdout.resume();
		const failed = (cause?: unknown) => reject(new AppError("INTERNAL", "learning from the confirmed incidents failed", { cause }));
		worker.once("message", (answer: { learnt: true } | { error: unknown }) => {
			void worker.terminate();
			if ("learnt" in answer) resolve();
			else failed(answer.error);
		});
		worker.once("error", failed);
		worker.once("exit", () => failed());
	});
}
