import { Worker } from "node:worker_threads";
import { AppError, ERROR_CODES, type ErrorCode, toAppError } from "@faultline/contracts";
import type { SessionFacts } from "./line-session.ts";
import type { EncoderFiles } from "./manifest.ts";

export interface ToWorker {
	texts: readonly string[];
	batch: number;
}
export type FromWorker =
	| { kind: "ready"; facts: SessionFacts }
	| { kind: "vectors"; vectors: Float32Array }
	| { kind: "failed"; error: { code: string; message: string; hint?: string | undefined } };

/** Threads that each hold one model open; started when there is work for them, and no reason for a program to go on. */
export interface WorkerPool {
	/** What the model is; starts the first thread. @throws what opening it throws */
	facts(): Promise<SessionFacts>;
	/** Answers one block. @throws CANCELLED, and INTERNAL where its thread dies; the next block gets a new one */
	run(order: ToWorker, signal?: AbortSignal): Promise<Float32Array>;
	close(): Promise<void>;
}

interface Job {
	order: ToWorker;
	signal: AbortSignal | undefined;
	resolve(vectors: Float32Array): void;
	reject(error: unknown): void;
}

interface Thread {
	worker: Worker;
	ready: Promise<SessionFacts>;
	/** What it works on. */
	job: Job | undefined;
	open: boolean;
}

/** @param size threads at most */
export function createWorkerPool(files: EncoderFiles, size: number): WorkerPool {
	const threads = new Set<Thread>();
	const waiting: Job[] = [];
	let closed = false;

	function start(): Thread {
		const here = import.meta.url;
		const entry = new URL(here.endsWith(".ts") ? "./encoder-worker.ts" : "./encoder-worker.js", here);
		const worker = new Worker(entry, { workerData: files, env: {}, stdout: true, stderr: true, name: "encoder" });
		// Whatever a library prints must not reach standard output: it may be a protocol's channel.
		worker.stdout.resume();
		worker.stderr.resume();
		const opened = Promise.withResolvers<SessionFacts>();
		opened.promise.catch(() => undefined);
		const thread: Thread = { worker, ready: opened.promise, job: undefined, open: false };
		const end = (error: AppError): void => {
			if (!threads.delete(thread)) return;
			void worker.terminate();
			opened.reject(error);
			thread.job?.reject(error);
			// A model that cannot be opened cannot be opened by another thread either; what died at work is replaced for the others.
			if (!thread.open) for (const job of waiting.splice(0)) job.reject(error);
			else advance();
		};
		worker.on("message", (message: FromWorker) => {
			if (message.kind === "ready") {
				thread.open = true;
				opened.resolve(message.facts);
				return advance();
			}
			if (message.kind === "failed" && !thread.open) return end(toError(message.error));
			const { job } = thread;
			thread.job = undefined;
			worker.unref();
			if (message.kind === "vectors") job?.resolve(message.vectors);
			else job?.reject(toError(message.error));
			advance();
		});
		worker.on("error", (cause) => end(died(cause)));
		worker.on("exit", () => end(died()));
		threads.add(thread);
		return thread;
	}

	/** Gives waiting blocks to threads without work; starts a thread where all have work. */
	function advance(): void {
		for (const thread of threads) {
			if (!thread.open || thread.job !== undefined) continue;
			const job = nextJob(waiting);
			if (job === undefined) return;
			thread.job = job;
			thread.worker.ref();
			thread.worker.postMessage(job.order);
		}
		const opening = [...threads].filter((t) => !t.open).length;
		if (!closed && waiting.length > opening && threads.size < size) start();
	}

	return {
		async facts() {
			const [first = start()] = threads;
			try {
				return await first.ready;
			} finally {
				if (first.job === undefined) first.worker.unref();
			}
		},
		run(order, signal) {
			if (closed) return Promise.reject(new AppError("INTERNAL", "the encoder has been closed"));
			if (signal?.aborted) return Promise.reject(toAppError(signal.reason));
			const { promise, resolve, reject } = Promise.withResolvers<Float32Array>();
			// A block under way is let finish: it is short, and its thread has the model open.
			const stop = () => reject(toAppError(signal?.reason));
			signal?.addEventListener("abort", stop, { once: true });
			waiting.push({ order, signal, resolve, reject });
			advance();
			return promise.finally(() => signal?.removeEventListener("abort", stop));
		},
		async close() {
			closed = true;
			const error = new AppError("CANCELLED", "the encoder was closed");
			for (const job of waiting.splice(0)) job.reject(error);
			const ending = [...threads];
			threads.clear();
			for (const { job } of ending) job?.reject(error);
			await Promise.all(ending.map(({ worker }) => worker.terminate()));
		},
	};
}

/** The next block whose caller still waits. */
function nextJob(waiting: Job[]): Job | undefined {
	for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) if (!job.signal?.aborted) return job;
	return undefined;
}

const died = (cause?: unknown): AppError =>
	new AppError("INTERNAL", "the thread of the encoder ended without an answer", {
		cause,
		hint: "there may be too little memory for the model; a smaller one, or hash, needs less",
	});

function toError({ code, message, hint }: { code: string; message: string; hint?: string | undefined }): AppError {
	const known = (ERROR_CODES as readonly string[]).includes(code) ? (code as ErrorCode) : "INTERNAL";
	return new AppError(known, message, hint === undefined ? {} : { hint });
}
