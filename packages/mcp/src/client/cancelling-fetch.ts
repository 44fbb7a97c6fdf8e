type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * A fetch under the HTTP transport that drops the connection of a request that was cancelled. A stateless server cannot tie the
 * "cancelled" notification, which comes as a request of its own, to the work; a closed connection it understands.
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
			return forgetWhenRead(await fetch(url, { ...init, signal }), () => running.delete(id));
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

/** The headers of an event stream come long before its answer: the request is running until its body has ended. */
function forgetWhenRead(response: Response, forget: () => void): Response {
	if (response.body === null) {
		forget();
		return response;
	}
	const body = response.body.pipeThrough(new TransformStream({ flush: forget }));
	return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
}
