import { Worker } from "node:worker_threads";
import { AppError, type ErrorCode, type Neighbour, type VectorIndex } from "@faultline/contracts";
import type { VectorIndexOptions } from "./vector-index.ts";

/** A vector index in a thread of its own: FAISS's calls block, and a batch over a large index takes seconds. */
export interface WorkerIndex {
	readonly kind: VectorIndex["kind"];
	readonly dimensions: number;
	readonly size: number;
	add(vectors: readonly Float32Array[]): Promise<void>;
	/** How many of the ids were there. */
	remove(ids: readonly number[]): Promise<number>;
	search(queries: readonly Float32Array[], k: number): Promise<Neighbour[][]>;
	save(path: string): Promise<void>;
	/** Ends the thread; what is under way fails with CANCELLED. */
	close(): Promise<void>;
}

export interface WorkerOptions extends VectorIndexOptions {
	/** A file that saveIndex wrote, to begin with. */
	load?: string;
}

type Order =
	| { op: "open" }
	| { op: "add"; vectors: readonly Float32Array[] }
	| { op: "remove"; ids: readonly number[] }
	| { op: "search"; queries: readonly Float32Array[]; k: number }
	| { op: "save"; path: string };
export type IndexOrder = Order & { id: number };

interface Result {
	kind?: VectorIndex["kind"];
	size?: number;
	removed?: number;
	found?: Neighbour[][];
}
export interface IndexAnswer {
	id: number;
	result?: Result;
	error?: { code: ErrorCode; message: string; hint: string | undefined };
}

/**
 * Starts the thread and opens the index in it.
 * @throws what loadIndex throws
 */
export async function openIndexInWorker(options: WorkerOptions): Promise<WorkerIndex> {
	const here = import.meta.url;
	const entry = new URL(here.endsWith(".ts") ? "./vector-index-worker.ts" : "./vector-index-worker.js", here);
	const worker = new Worker(entry, { workerData: options, env: {}, stdout: true, name: "vector-index" });
	// Whatever a native library prints must not reach standard output: it may be a protocol's channel.
	worker.stdout.resume();
	// An index that is not being asked keeps no process alive.
	worker.unref();
	const ask = askWorker(worker);
	const opened = await ask({ op: "open" }).catch(async (error: unknown) => {
		await worker.terminate();
		throw error;
	});
	let size = opened.size ?? 0;
	return {
		kind: opened.kind ?? "exact",
		dimensions: options.dimensions,
		get size() {
			return size;
		},
		async add(vectors) {
			size = (await ask({ op: "add", vectors })).size ?? size;
		},
		async remove(ids) {
			const answer = await ask({ op: "remove", ids });
			size = answer.size ?? size;
			return answer.removed ?? 0;
		},
		search: async (queries, k) => (await ask({ op: "search", queries, k })).found ?? [],
		save: async (path) => void (await ask({ op: "save", path })),
		close: async () => void (await worker.terminate()),
	};
}

/** Orders out, answers in, matched by number; a thread that ends fails all that wait, and all that come later. */
function askWorker(worker: Worker): (order: Order) => Promise<Result> {
	const waiting = new Map<number, { resolve: (result: Result) => void; reject: (error: Error) => void }>();
	let ended: AppError | undefined;
	let lastId = 0;
	const settle = (id: number) => {
		const asked = waiting.get(id);
		waiting.delete(id);
		if (waiting.size === 0) worker.unref();
		return asked;
	};
	const end = (error: AppError) => {
		ended ??= error;
		for (const id of [...waiting.keys()]) settle(id)?.reject(ended);
	};
	worker.on("message", ({ id, result, error }: IndexAnswer) => {
		const asked = settle(id);
		if (error === undefined) asked?.resolve(result ?? {});
		else asked?.reject(new AppError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint }));
	});
	worker.once("error", (cause) => end(new AppError("INTERNAL", "the vector index's thread failed", { cause })));
	worker.once("exit", () => end(new AppError("CANCELLED", "the vector index was closed")));
	return (order) =>
		new Promise((resolve, reject) => {
			if (ended !== undefined) return reject(ended);
			const id = ++lastId;
			waiting.set(id, { resolve, reject });
			worker.ref();
			worker.postMessage({ ...order, id } satisfies IndexOrder);
		});
}
