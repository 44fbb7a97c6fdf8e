type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * A fetch under the HTTP transport for what a stateless server cannot do by itself. It drops the connection of a request that was cancelled:
 * the "cancelled" notification comes as a request of its own and cannot be tied to the work, a closed connection can. And it fails a request
 * whose answer breaks off, which the transport would wait for until the time-out.
 */
export function cancellingFetch(fetch: Fetch = globalThis.fetch): Fetch {
	const running = new Map<string | number, AbortController>();
	return async (url, init = {}) => {
		const message = parseMessage(init.body);
		if (message?.method === "notifications/cancelled") running.get(message.params?.requestId ?? "")?.abort();
		if (message?.id === undefined || message.method === undefined) return await fetch(url, init);
		const { id } = message;
		const controller = new AbortController();
		running.set(id, controller);
		const signal = init.signal ? AbortSignal.any([init.signal, controller.signal]) : controller.signal;
		try {
			return endWithAnswer(await fetch(url, { ...init, signal }), id, () => running.delete(id));
		} catch (thrown) {
			running.delete(id);
			throw thrown;
		}
	};
}

interface Message {
	id?: string | number;
	method?: string;
	params?: { requestId?: string | number };
}

function parseMessage(body: unknown): Message | undefined {
	if (typeof body !== "string") return undefined;
	const parsed: unknown = JSON.parse(body);
	return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
}

/** JSON-RPC's code of the SDK for a connection that closed. */
const CONNECTION_CLOSED = -32000;
const EVENT_ID = /(?:^|\n)id:/;

/**
 * The same response, with "connection closed" as the last event of its stream. Where the real answer came before, the client no longer waits
 * for this id and drops it; where it did not, this is the answer. A request is running until its stream has ended, not only its headers.
 */
function endWithAnswer(response: Response, id: string | number, ended: () => void): Response {
	if (response.body === null || !(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
		ended();
		return response;
	}
	const failure = JSON.stringify({
		jsonrpc: "2.0",
		id,
		error: { code: CONNECTION_CLOSED, message: "the connection closed before the answer" },
	});
	const reader = response.body.getReader();
	let resumable = false;
	const body = new ReadableStream<Uint8Array>({
		async pull(controller) {
			const part = await reader.read().catch(() => ({ done: true as const, value: undefined }));
			if (!part.done) {
				resumable ||= EVENT_ID.test(new TextDecoder().decode(part.value));
				controller.enqueue(part.value);
				return;
			}
			ended();
			// a stream whose events have ids may be taken up again: the transport does that itself
			// the empty line ends an event that broke off half-way
			if (!resumable) controller.enqueue(new TextEncoder().encode(`\n\nevent: message\ndata: ${failure}\n\n`));
			controller.close();
		},
		async cancel(reason) {
			ended();
			await reader.cancel(reason);
		},
	});
	return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
}
