import { parentPort, workerData } from "node:worker_threads";
import { toAppError } from "@faultline/contracts";
import { type LineSession, openLineSession } from "./line-session.ts";
import type { EncoderFiles } from "./manifest.ts";
import type { FromWorker, ToWorker } from "./worker-pool.ts";

/** A thread with one open model: opens it, says what it is, then answers block after block. */
const say = (message: FromWorker, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(message, transfer);

function failed(thrown: unknown): FromWorker {
	const { code, message, hint } = toAppError(thrown);
	return { kind: "failed", error: { code, message, hint } };
}

async function answer(session: LineSession, { texts, batch }: ToWorker): Promise<void> {
	try {
		const vectors = await session.encode(texts, batch);
		say({ kind: "vectors", vectors }, [vectors.buffer as ArrayBuffer]);
	} catch (thrown) {
		say(failed(thrown));
	}
}

openLineSession(workerData as EncoderFiles).then(
	(session) => {
		const { dimensions, pooling, vocabulary } = session;
		parentPort?.on("message", (order: ToWorker) => void answer(session, order));
		say({ kind: "ready", facts: { dimensions, pooling, vocabulary } });
	},
	(thrown: unknown) => {
		say(failed(thrown));
		parentPort?.close();
	},
);
