import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Fault = "401" | "403" | "429" | "500" | "garbage" | "page" | "reset" | "hang";

export interface Upstream {
	url: string;
	/** Requests that have come so far. */
	readonly requests: number;
	/** Requests whose caller went away before the answer. */
	readonly abandoned: number;
	close(): Promise<void>;
}

/** In every answer of a faulty upstream; must never be seen beyond the source's client. */
export const UPSTREAM_TEXT = "UPSTREAM-SAYS-xyzzy";

/** A real HTTP server on a free loopback port. */
export async function startUpstream(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Upstream> {
	let requests = 0;
	let abandoned = 0;
	const server = createServer((request, response) => {
		requests += 1;
		response.on("close", () => {
			if (!response.writableEnded) abandoned += 1;
		});
		handle(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		get requests() {
			return requests;
		},
		get abandoned() {
			return abandoned;
		},
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** An upstream that answers every request with one fault. */
export async function startFaultyUpstream(fault: Fault): Promise<Upstream> {
	return await startUpstream((request, response) => {
		request.resume();
		if (fault === "hang") return;
		if (fault === "reset") {
			request.socket.destroy();
			return;
		}
		if (fault === "page") {
			response.writeHead(200, { "content-type": "text/html" }).end(`<html><title>Sign in ${UPSTREAM_TEXT}</title></html>`);
			return;
		}
		if (fault === "garbage") {
			response.writeHead(200, { "content-type": "application/json" }).end(`{"${UPSTREAM_TEXT}": [1, 2`);
			return;
		}
		response
			.writeHead(Number(fault), { "content-type": "application/json" })
			.end(JSON.stringify({ message: UPSTREAM_TEXT, detail: UPSTREAM_TEXT }));
	});
}

/** A loopback URL on which nobody listens. */
export async function refusingUrl(): Promise<string> {
	const upstream = await startUpstream(() => undefined);
	await upstream.close();
	return upstream.url;
}
