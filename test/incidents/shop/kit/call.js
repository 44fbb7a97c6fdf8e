import { Agent, request } from "node:http";
import { environment } from "./environment.config.js";
import { HttpError } from "./service.js";
import { traceparent, withSpan } from "./trace.js";

const agent = new Agent({ keepAlive: true, maxSockets: 32, timeout: 20_000 });

function send(url, method, body, timeoutMs) {
	const { promise, resolve, reject } = Promise.withResolvers();
	const parent = traceparent();
	const headers = { "content-type": "application/json", ...(parent === undefined ? {} : { traceparent: parent }) };
	const outgoing = request(url, { method, agent, headers }, async (response) => {
		let text = "";
		try {
			for await (const chunk of response) text += chunk;
			resolve({ status: response.statusCode, body: text === "" ? {} : JSON.parse(text) });
		} catch (error) {
			reject(error);
		}
	});
	const timer = setTimeout(
		() => outgoing.destroy(Object.assign(new Error(`no response after ${timeoutMs} ms`), { code: "ETIMEDOUT" })),
		timeoutMs,
	);
	outgoing.on("error", reject);
	outgoing.on("close", () => clearTimeout(timer));
	outgoing.end(body === undefined ? undefined : JSON.stringify(body));
	return promise;
}

const RETRIED = new Set(["ECONNRESET", "ECONNREFUSED", "EPIPE"]);

async function sendWithRetry(peer, url, { method, body, timeoutMs, retries, log }) {
	for (let attempt = 1; ; attempt++) {
		try {
			return await send(url, method, body, timeoutMs);
		} catch (error) {
			if (attempt > retries || !RETRIED.has(error.code)) throw error;
			log?.warn(`call to ${peer} failed, retrying`, { method, reason: error.message, attempt });
			await new Promise((resolve) => setTimeout(resolve, 150 * attempt));
		}
	}
}

/**
 * Calls a peer service within a client span. 5xx and broken connections become 502, a time-out 504; 4xx are passed on as they
 * are. A connection that broke is tried again `retries` times.
 */
export function call(peer, method, path, { body, timeoutMs = 3000, retries = 1, log } = {}) {
	const url = new URL(path, environment.peers[peer]);
	const attributes = { "span.kind": "client", "peer.service": peer, "server.address": url.hostname, "server.port": Number(url.port) };
	return withSpan(`${method} ${path.replace(/\/(\d+|[0-9a-f-]{16,})(?=\/|$)/g, "/:id").split("?")[0]}`, attributes, async (span) => {
		const reply = await sendWithRetry(peer, url, { method, body, timeoutMs, retries, log }).catch((error) => {
			throw new HttpError(error.code === "ETIMEDOUT" ? 504 : 502, `${peer} ${method} ${path}`, { cause: error });
		});
		span.attributes["http.response.status_code"] = reply.status;
		if (reply.status >= 500) throw new HttpError(502, `${peer} answered ${reply.status} to ${method} ${path}`);
		if (reply.status >= 400) throw new HttpError(reply.status, reply.body.error ?? `${peer} answered ${reply.status}`);
		return reply.body;
	});
}
