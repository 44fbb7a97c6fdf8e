import { createServer } from "node:http";
import type { SpanRecord } from "./notebook.ts";

/** Takes the batches of spans that the services send. */
export async function openSpanCollector(onSpan: (span: SpanRecord) => void): Promise<{ url: string; close(): Promise<void> }> {
	const server = createServer(async (request, response) => {
		let text = "";
		for await (const chunk of request) text += chunk;
		for (const span of JSON.parse(text) as SpanRecord[]) onSpan(span);
		response.writeHead(204).end();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	return {
		url: `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/spans`,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
