import { parentPort, workerData } from "node:worker_threads";
import { toAppError } from "@faultline/contracts";
import { loadIndex, saveIndex } from "./index-file.ts";
import type { IndexAnswer, IndexOrder, WorkerOptions } from "./index-in-worker.ts";
import { createVectorIndex } from "./vector-index.ts";

/** The thread of openIndexInWorker: orders in, one answer each, in their order. */
const { load, ...options } = workerData as WorkerOptions;
const opening = load === undefined ? Promise.resolve(createVectorIndex(options)) : loadIndex(load, options);

// told to whoever asks, not to the process
opening.catch(() => {});

async function carryOut(order: IndexOrder): Promise<NonNullable<IndexAnswer["result"]>> {
	const index = await opening;
	switch (order.op) {
		case "open":
			return { kind: index.kind, size: index.size };
		case "add":
			index.add(order.vectors);
			return { size: index.size };
		case "remove": {
			const removed = index.remove(order.ids);
			return { removed, size: index.size };
		}
		case "search":
			return { found: index.search(order.queries, order.k) };
		case "save":
			await saveIndex(index, order.path);
			return {};
	}
}

let last: Promise<void> = Promise.resolve();
parentPort?.on("message", (order: IndexOrder) => {
	last = last
		.then(() => carryOut(order))
		.then(
			(result) => parentPort?.postMessage({ id: order.id, result } satisfies IndexAnswer),
			(thrown: unknown) => {
				const { code, message, hint } = toAppError(thrown);
				parentPort?.postMessage({ id: order.id, error: { code, message, hint } } satisfies IndexAnswer);
			},
		);
});
