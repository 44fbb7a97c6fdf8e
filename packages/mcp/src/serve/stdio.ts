import { Writable } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import type { FaultlineServer } from "../server/create-server.ts";

/** How long answers still under way may take after the caller has closed standard input. */
const DRAIN_MS = 5_000;

/**
 * Serves one caller over standard input and output until the caller closes its end, or SIGTERM or SIGINT comes; resolves when all is let go.
 * Standard output carries nothing but JSON-RPC: whatever else in this process writes there goes to standard error instead.
 */
export async function serveStdio(factory: () => FaultlineServer): Promise<void> {
	const server = factory();
	const output = claimStandardOutput();
	const transport = new StdioServerTransport(process.stdin, output);
	const pending = trackPending(transport);
	const over = Promise.withResolvers<void>();
	const stop = () => over.resolve();
	await server.connect(transport);
	pending.watch();
	server.onclose = stop;
	process.once("SIGTERM", stop);
	process.once("SIGINT", stop);
	process.stdin.once("end", () => void pending.drained(DRAIN_MS).then(stop));
	// a caller that has gone shows as a broken pipe on either stream, once per write
	process.stdout.on("error", stop);
	output.on("error", stop);
	await over.promise;
	process.off("SIGTERM", stop);
	process.off("SIGINT", stop);
	await server.close();
	process.stdin.destroy();
}

/** The real standard output as a private stream; the public one becomes an alias of standard error. */
function claimStandardOutput(): Writable {
	const write = process.stdout.write.bind(process.stdout);
	process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
	return new Writable({
		decodeStrings: false,
		write: (chunk: string | Uint8Array, encoding, done) => void write(chunk, encoding, done),
	});
}

/** Knows the requests that came in and still wait for an answer. */
function trackPending(transport: StdioServerTransport): { watch(): void; drained(ms: number): Promise<void> } {
	const open = new Set<unknown>();
	const drained = Promise.withResolvers<void>();
	let draining = false;
	const forget = (id: unknown) => {
		open.delete(id);
		if (draining && open.size === 0) drained.resolve();
	};
	return {
		watch() {
			const receive = transport.onmessage;
			const send = transport.send.bind(transport);
			transport.onmessage = (message: JSONRPCMessage) => {
				if ("method" in message && "id" in message) open.add(message.id);
				// a cancelled request is never answered
				if ("method" in message && message.method === "notifications/cancelled") forget(message.params?.requestId);
				receive?.(message);
			};
			transport.send = async (message) => {
				await send(message);
				if (!("method" in message)) forget(message.id);
			};
		},
		async drained(ms) {
			draining = true;
			if (open.size === 0) return;
			const limit = setTimeout(drained.resolve, ms);
			await drained.promise;
			clearTimeout(limit);
		},
	};
}
