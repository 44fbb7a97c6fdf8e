import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does with one request. */
export type Turn = (request: SeenRequest, response: ServerResponse) => void;

export interface SeenRequest {
	headers: IncomingMessage["headers"];
	path: string;
	body: {
		model: string;
		max_tokens: number;
		system: { type: string; text: string; cache_control?: unknown }[];
		messages: { role: string; content: string }[];
		output_config?: { effort?: string };
	};
}

export interface MessagesServer {
	url: string;
	seen: SeenRequest[];
	close(): Promise<void>;
}

/** A local server that speaks the Messages API: answers each request with the next turn, the last one over and over. */
export async function messagesServer(...turns: Turn[]): Promise<MessagesServer> {
	const seen: SeenRequest[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on("data", (chunk: Buffer) => chunks.push(chunk));
		request.on("end", () => {
			const one: SeenRequest = { headers: request.headers, path: request.url ?? "", body: JSON.parse(Buffer.concat(chunks).toString()) };
			seen.push(one);
			const turn = turns[Math.min(seen.length, turns.length) - 1];
			if (turn === undefined) throw new Error("no turn");
			turn(one, response);
		});
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		seen,
		close: () =>
			new Promise((done) => {
				server.close(() => done());
				server.closeAllConnections();
			}),
	};
}

/** A message as the API answers it. */
export function says(text: string, over: { stopReason?: string; usage?: Record<string, number> } = {}): Turn {
	return (request, response) =>
		sendJson(response, 200, {
			id: "msg_1",
			type: "message",
			role: "assistant",
			model: request.body.model,
			content: [{ type: "text", text }],
			stop_reason: over.stopReason ?? "end_turn",
			stop_sequence: null,
			usage: { input_tokens: 1000, output_tokens: 200, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, ...over.usage },
		});
}

/** An error as the API answers it; the message quotes a secret, as no error of ours may. */
export function fails(status: number, type: string, headers: Record<string, string> = {}): Turn {
	return (request, response) =>
		sendJson(
			response,
			status,
			{
				type: "error",
				error: { type, message: `upstream says ${JSON.stringify(request.headers["x-api-key"] ?? request.headers.authorization)}` },
			},
			headers,
		);
}

/** Never answers. */
export const hangs: Turn = () => undefined;

/** An answer that breaks off in the middle of its JSON. */
export const breaksOff: Turn = (_request, response) => {
	response.writeHead(200, { "content-type": "application/json" });
	response.end('{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"te');
};

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
	response.writeHead(status, { "content-type": "application/json", "request-id": "req_1", ...headers });
	response.end(JSON.stringify(body));
}
