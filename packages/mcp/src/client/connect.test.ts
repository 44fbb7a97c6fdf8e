import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveHttp } from "../serve/http.ts";
import { refusingUrl, startFaultyUpstream } from "../testing/faulty-upstream.ts";
import { echoServer, stopped } from "../testing/fixture/echo-tools.ts";
import { connectHttp, connectInProcess, connectStdio } from "./connect.ts";
import type { McpConnection } from "./connection.ts";

const program = fileURLToPath(new URL("../testing/fixture/echo-program.ts", import.meta.url));
const stdio = async () => await connectStdio({ command: process.execPath, args: [program] });

describe.each(["in process", "stdio", "http"] as const)("a connection over %s", (transport) => {
	let connection: McpConnection;
	let close: () => Promise<void> = async () => undefined;
	beforeAll(async () => {
		if (transport === "in process") connection = await connectInProcess(echoServer);
		if (transport === "stdio") connection = await stdio();
		if (transport === "http") {
			const server = await serveHttp({ factory: echoServer, port: 0 });
			connection = await connectHttp({ url: server.url });
			close = async () => await server.close();
		}
	});
	afterAll(async () => {
		await connection.close();
		await close();
	});

	it("knows the server's name and instructions", () => {
		expect(connection).toMatchObject({ name: "echo", instructions: "Echoes." });
	});

	it("carries text of any kind and size", async () => {
		const text = `${"\u{1f600}\n\r\u2028\u0000"}${"x".repeat(1_000_000)}`;
		expect((await connection.callTool("get_echo", { text })).data).toEqual({ said: text });
	});

	it("keeps simultaneous calls apart", async () => {
		const texts = Array.from({ length: 30 }, (_, i) => `call ${i}`);
		const replies = await Promise.all(texts.map(async (text) => await connection.callTool("get_echo", { text })));
		expect(replies.map((reply) => reply.text)).toEqual(texts);
	});

	it("tells progress, in order, before the answer", async () => {
		const told: unknown[] = [];
		await connection.callTool("get_echo", { text: "x", steps: 3 }, { onProgress: (...step) => told.push(step) });
		expect(told).toEqual([
			[1, 3, "step 1"],
			[2, 3, "step 2"],
			[3, 3, "step 3"],
		]);
	});

	it("ends a call that the caller gives up, at the server too", async () => {
		const before = stopped.count;
		const controller = new AbortController();
		const began = Promise.withResolvers<void>();
		const call = connection.callTool("get_nothing", {}, { signal: controller.signal, onProgress: () => began.resolve() });
		await began.promise;
		controller.abort();
		await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
		// the child's counter cannot be seen from here; serve/stdio.test.ts looks at that
		if (transport !== "stdio") await expect.poll(() => stopped.count).toBe(before + 1);
		expect((await connection.callTool("get_echo", { text: "still here" })).text).toBe("still here");
	});

	it("gives up by itself after the time allowed", async () => {
		await expect(connection.callTool("get_nothing", {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: "TIMEOUT" });
	});

	it("is UNAVAILABLE once closed", async () => {
		const other = transport === "stdio" ? await stdio() : await connectInProcess(echoServer);
		await other.close();
		await other.closed;
		await expect(other.callTool("get_echo", { text: "x" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});
});

describe("a server that is not there", () => {
	it("is UNAVAILABLE at once when its process is killed, calls under way included", async () => {
		const connection = await connectStdio({ command: process.execPath, args: ["--input-type=module", "--eval", `${killable()}`] });
		const began = Promise.withResolvers<void>();
		const call = connection.callTool("get_nothing", {}, { onProgress: () => began.resolve(), timeoutMs: 3_600_000 });
		await began.promise;
		const { text: pid } = await connection.callTool("get_pid");
		process.kill(Number(pid), "SIGKILL");
		await expect(call).rejects.toMatchObject({ code: "UNAVAILABLE", hint: expect.any(String) });
		await connection.closed;
		await expect(connection.callTool("get_echo", { text: "x" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
		await connection.close();
	});

	it("is UNAVAILABLE where its command does not exist or ends at once", async () => {
		await expect(connectStdio({ command: "/no/such/command" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
		await expect(connectStdio({ command: process.execPath, args: ["--eval", "process.exit(3)"] })).rejects.toMatchObject({
			code: "UNAVAILABLE",
		});
	});

	it("is TIMEOUT where it never answers", async () => {
		const silent = connectStdio({ command: process.execPath, args: ["--eval", "setInterval(() => {}, 1000)"], connectTimeoutMs: 200 });
		await expect(silent).rejects.toMatchObject({ code: "TIMEOUT" });
	});

	it("is UNAVAILABLE where the port refuses or the answer is 500, BAD_CONFIG where the address is none", async () => {
		await expect(connectHttp({ url: `${await refusingUrl()}/mcp` })).rejects.toMatchObject({ code: "UNAVAILABLE" });
		const broken = await startFaultyUpstream("500");
		await expect(connectHttp({ url: broken.url })).rejects.toMatchObject({ code: "UNAVAILABLE" });
		await broken.close();
		await expect(connectHttp({ url: "not a url" })).rejects.toMatchObject({ code: "BAD_CONFIG" });
	});
});

/** The echo server with one more tool, which tells its process id. */
function killable(): string {
	const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
	return `
		import { serveStdio } from ${url("../serve/stdio.ts")};
		import { createServer } from ${url("../server/create-server.ts")};
		import { echoTools } from ${url("../testing/fixture/echo-tools.ts")};
		const pid = { ...echoTools[0], name: "get_pid", inputSchema: echoTools[1].inputSchema, run: async () => ({ data: { said: "" }, text: String(process.pid) }) };
		await serveStdio(() => createServer({ name: "k", title: "k", version: "1", instructions: "", tools: [...echoTools, pid] }));
	`;
}
