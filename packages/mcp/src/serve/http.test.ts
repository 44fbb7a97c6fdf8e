import { request } from "node:http";
import { fastify } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { connectHttp } from "../client/connect.ts";
import { createServer } from "../server/create-server.ts";
import { notifyResourceUpdated } from "../server/subscriptions.ts";
import { echoServer, echoTools, stopped } from "../testing/fixture/echo-tools.ts";
import type { ToolContext } from "../tool.ts";
import type { HttpServerHandle, McpRoutesOptions } from "./http.ts";
import { mcpRoutes, serveHttp } from "./http.ts";

const open: Array<{ close(): Promise<void> }> = [];
afterEach(async () => {
	for (const thing of open.splice(0).reverse()) await thing.close();
});

async function serve(options: Partial<McpRoutesOptions> = {}): Promise<HttpServerHandle> {
	const server = await serveHttp({ factory: echoServer, port: 0, ...options });
	open.push(server);
	return server;
}

const INITIALIZE = {
	jsonrpc: "2.0",
	id: 1,
	method: "initialize",
	params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
};
const HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };

interface Answer {
	status: number;
	headers: Record<string, unknown>;
	text: string;
}

/** A bare request: fetch would not let a test lie about its Host. */
async function send(url: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
	return await new Promise((resolve, reject) => {
		const out = request(url, { method: init.method ?? "POST", headers: { ...HEADERS, ...init.headers } }, (response) => {
			let text = "";
			response.on("data", (chunk: Buffer) => {
				text += chunk.toString();
			});
			response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
		});
		out.on("error", reject);
		out.end(init.body ?? JSON.stringify(INITIALIZE));
	});
}

describe("an HTTP server", () => {
	it("answers initialize without a session, and each request alone", async () => {
		const { url } = await serve();
		const answer = await send(url);
		expect(answer.status).toBe(200);
		expect(answer.headers).not.toHaveProperty("mcp-session-id");
		const list = await send(url, { body: JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list" }) });
		expect(list.text).toContain("get_echo");
	});

	it.each([
		["another Host", { host: "evil.example" }, 403],
		["another Host with our port", { host: "evil.example:80" }, 403],
		["no readable Host", { host: "@@" }, 403],
		["another Origin", { origin: "https://evil.example" }, 403],
		["an Origin that hides itself", { origin: "null" }, 403],
		["an Origin that only begins like ours", { origin: "http://localhost.evil.example" }, 403],
		["localhost as Host", { host: "localhost:1234" }, 200],
		["IPv6 loopback as Host", { host: "[::1]:1234" }, 200],
		["a local page as Origin", { origin: "http://localhost:3000" }, 200],
		["an Origin that is configured", { origin: "https://team.example" }, 200],
	])("with %s", async (_name, headers, status) => {
		const { url } = await serve({ allowedOrigins: ["https://team.example"] });
		const answer = await send(url, { headers });
		expect(answer.status).toBe(status);
		if (status === 403)
			expect(JSON.parse(answer.text)).toMatchObject({ jsonrpc: "2.0", error: { message: expect.stringContaining("not allowed") } });
	});

	it("is reached under configured names only", async () => {
		const { url } = await serve({ allowedHosts: ["faultline.internal"] });
		expect((await send(url, { headers: { host: "faultline.internal:8080" } })).status).toBe(200);
		expect((await send(url)).status).toBe(403);
	});

	it.each([
		["JSON that is none", { body: "{" }, 400],
		["another type of body", { headers: { "content-type": "text/plain" } }, 415],
		["too large a body", { body: JSON.stringify({ ...INITIALIZE, pad: "x".repeat(5 * 1024 * 1024) }) }, 413],
		["GET", { method: "GET", body: "" }, 405],
		["DELETE", { method: "DELETE", body: "" }, 405],
	])("refuses %s in the form of its protocol", async (_name, init, status) => {
		const { url } = await serve();
		const answer = await send(url, init);
		expect(answer.status).toBe(status);
		expect(JSON.parse(answer.text)).toMatchObject({ jsonrpc: "2.0", error: { code: expect.any(Number) }, id: null });
	});

	it("stops the work of a caller whose connection has gone", async () => {
		const { url } = await serve();
		const before = stopped.count;
		const controller = new AbortController();
		const body = JSON.stringify({
			jsonrpc: "2.0",
			id: 2,
			method: "tools/call",
			params: { name: "get_nothing", arguments: {}, _meta: { progressToken: 1 } },
		});
		const response = await fetch(url, { method: "POST", headers: HEADERS, body, signal: controller.signal });
		const first = await response.body?.getReader().read();
		expect(new TextDecoder().decode(first?.value)).toContain("waiting");
		controller.abort();
		await expect.poll(() => stopped.count).toBe(before + 1);
	});

	it("says which port is taken", async () => {
		const { port } = await serve();
		await expect(serveHttp({ factory: echoServer, port })).rejects.toMatchObject({
			code: "BAD_CONFIG",
			message: expect.stringContaining(String(port)),
		});
	});

	it("lets a request under way finish when it closes, and takes no new one", async () => {
		const server = await serveHttp({ factory: echoServer, port: 0 });
		const connection = await connectHttp({ url: server.url });
		const began = connection.callTool("get_pause", { ms: 200 });
		await connection.ping();
		const closed = server.close(10_000);
		expect((await began).text).toBe("late");
		await closed;
		await expect(connection.ping()).rejects.toMatchObject({ code: "UNAVAILABLE" });
		await connection.close();
	});

	it("does not wait for ever for one that hangs", async () => {
		const server = await serveHttp({ factory: echoServer, port: 0 });
		const connection = await connectHttp({ url: server.url });
		const began = Promise.withResolvers<void>();
		const hanging = connection.callTool("get_nothing", {}, { onProgress: () => began.resolve() }).catch((error: unknown) => error);
		await began.promise;
		await server.close(50);
		// the caller learns it from the broken answer, before any time-out and before it closes
		expect(await hanging).toMatchObject({ code: "UNAVAILABLE" });
		await connection.close();
	});

	it("stands beside other routes as a plugin", async () => {
		const app = fastify();
		app.get("/healthz", async () => ({ ok: true }));
		await app.register(mcpRoutes, { factory: echoServer, path: "/mcp" });
		await app.listen({ host: "127.0.0.1", port: 0 });
		open.push({ close: async () => await app.close() });
		const address = app.server.address();
		const base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
		expect(await (await fetch(`${base}/healthz`)).json()).toEqual({ ok: true });
		expect((await fetch(`${base}/nothing`)).status).toBe(404);
		const connection = await connectHttp({ url: `${base}/mcp` });
		open.push(connection);
		expect((await connection.callTool("get_echo", { text: "hi" })).text).toBe("hi");
	});
});

describe("an HTTP server with sessions", () => {
	it("keeps one per caller, knows no other, and ends it on DELETE", async () => {
		const { url } = await serve({ sessions: true });
		const answer = await send(url);
		const session = { "mcp-session-id": String(answer.headers["mcp-session-id"]), "mcp-protocol-version": "2025-11-25" };
		const ping = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "ping" });
		expect((await send(url, { headers: session, body: ping })).status).toBe(200);
		expect((await send(url, { headers: { "mcp-session-id": "no-such" }, body: ping })).status).toBe(404);
		expect((await send(url, { body: ping })).status).toBe(400);
		expect((await send(url, { method: "GET", body: "" })).status).toBe(400);
		expect((await send(url, { method: "DELETE", headers: session, body: "" })).status).toBe(200);
		expect((await send(url, { headers: session, body: ping })).status).toBe(404);
	});

	it("sends lines of log as grave as the caller wants, and none where logging is not offered", async () => {
		const tool = {
			...echoTools[0]!,
			name: "get_logged",
			run: async (_input: unknown, context: ToolContext) => {
				await context.caller?.log("info", "a small thing");
				await context.caller?.log("error", "a grave thing");
				return { data: { said: "" }, text: "done" };
			},
		};
		const lines = async (logging: boolean) => {
			const factory = () => createServer({ name: "s", title: "s", version: "1", instructions: "", tools: [tool], logging });
			const { url } = await serve({ sessions: true, factory });
			const session = { "mcp-session-id": String((await send(url)).headers["mcp-session-id"]), "mcp-protocol-version": "2025-11-25" };
			const ask = async (method: string, params: object) =>
				await send(url, { headers: session, body: JSON.stringify({ jsonrpc: "2.0", id: 5, method, params }) });
			const before = (await ask("tools/call", { name: "get_logged", arguments: { text: "" } })).text;
			await ask("logging/setLevel", { level: "warning" });
			const after = (await ask("tools/call", { name: "get_logged", arguments: { text: "" } })).text;
			return [before, after].map((text) => [text.includes("small"), text.includes("grave"), text.includes("done")]);
		};
		expect(await lines(true)).toEqual([
			[true, true, true],
			[false, true, true],
		]);
		expect(await lines(false)).toEqual([
			[false, false, true],
			[false, false, true],
		]);
	});

	it("tells a subscriber what changed, and nobody else", async () => {
		const servers: ReturnType<typeof echoServer>[] = [];
		const factory = () => {
			const resources = [{ name: "r", uri: "faultline://r", read: () => ({ text: "x" }) }];
			const server = createServer({ name: "s", title: "s", version: "1", instructions: "", tools: [], resources, subscriptions: true });
			servers.push(server);
			return server;
		};
		const { url } = await serve({ sessions: true, factory });
		const session = { "mcp-session-id": String((await send(url)).headers["mcp-session-id"]), "mcp-protocol-version": "2025-11-25" };
		const ask = async (method: string) =>
			await send(url, { headers: session, body: JSON.stringify({ jsonrpc: "2.0", id: 5, method, params: { uri: "faultline://r" } }) });
		const stream = await fetch(url, { headers: { ...session, accept: "text/event-stream" } });
		const reader = stream.body!.getReader();
		const [server] = servers;
		await notifyResourceUpdated(server!, "faultline://r");
		await ask("resources/subscribe");
		await notifyResourceUpdated(server!, "faultline://r");
		const { value } = await reader.read();
		expect(new TextDecoder().decode(value).match(/resources\/updated/g)).toHaveLength(1);
		expect((await ask("resources/unsubscribe")).status).toBe(200);
		await reader.cancel();
	});

	it("hands a caller who comes back the answer that was missed", async () => {
		const tool = {
			...echoTools[0]!,
			name: "get_later",
			run: async (_input: unknown, context: ToolContext) => {
				context.caller?.letGo();
				await new Promise((resolve) => setTimeout(resolve, 20));
				return { data: { said: "later" }, text: "later" };
			},
		};
		const factory = () => createServer({ name: "s", title: "s", version: "1", instructions: "", tools: [tool] });
		const { url } = await serve({ sessions: true, factory });
		const connection = await connectHttp({ url });
		open.push(connection);
		expect((await connection.callTool("get_later", { text: "" })).text).toBe("later");
		const session = { "mcp-session-id": String((await send(url)).headers["mcp-session-id"]), "mcp-protocol-version": "2025-11-25" };
		const lost = await fetch(url, { headers: { ...session, accept: "text/event-stream", "last-event-id": "no-such" } });
		expect(lost.ok).toBe(false);
	});
});
