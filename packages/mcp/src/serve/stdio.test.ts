import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("../testing/fixture/echo-program.ts", import.meta.url));

/** The server as a bare process: what a client of any make would see. */
function start(): {
	child: ChildProcessWithoutNullStreams;
	send(...messages: unknown[]): void;
	stdout(): string;
	stderr(): string;
	ended: Promise<number | null>;
} {
	const child = spawn(process.execPath, [program]);
	// a server that has ended no longer reads; what it said is looked at, not what it missed
	child.stdin.on("error", () => undefined);
	let stdout = "";
	let stderr = "";
	child.stdout.on("data", (chunk: Buffer) => {
		stdout += chunk.toString();
	});
	child.stderr.on("data", (chunk: Buffer) => {
		stderr += chunk.toString();
	});
	return {
		child,
		send: (...messages) => void child.stdin.write(messages.map((message) => `${JSON.stringify(message)}\n`).join("")),
		stdout: () => stdout,
		stderr: () => stderr,
		ended: once(child, "close").then(([code]) => code as number | null),
	};
}

const request = (id: number, method: string, params: object = {}) => ({ jsonrpc: "2.0", id, method, params });
const initialize = request(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } });
const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
const call = (id: number, name: string, args: object = {}) => request(id, "tools/call", { name, arguments: args });

function answers(stdout: string): Array<{ jsonrpc: string; id?: number; result?: unknown }> {
	return stdout
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line) as { jsonrpc: string; id?: number });
}

describe("a stdio server", () => {
	it("puts nothing but JSON-RPC on standard output, whatever writes there", async () => {
		const server = start();
		server.send(initialize, initialized, call(2, "get_noise"), request(3, "tools/list"));
		await expect.poll(() => answers(server.stdout()).length).toBe(3);
		server.child.stdin.end();
		expect(await server.ended).toBe(0);
		expect(answers(server.stdout()).map(({ jsonrpc, id }) => [jsonrpc, id])).toEqual(
			expect.arrayContaining([
				["2.0", 1],
				["2.0", 2],
				["2.0", 3],
			]),
		);
		expect(server.stderr()).toContain("this is not JSON-RPC");
	});

	it("answers what was asked before its input ended, then exits with 0", async () => {
		const server = start();
		server.send(initialize, initialized, call(2, "get_pause", { ms: 150 }));
		server.child.stdin.end();
		expect(await server.ended).toBe(0);
		expect(answers(server.stdout()).map(({ id }) => id)).toEqual([1, 2]);
		expect(server.stderr()).toContain("let go");
	});

	it.each(["SIGTERM", "SIGINT"] as const)("lets go and exits with 0 on %s, work under way or not", async (signal) => {
		const server = start();
		server.send(initialize, initialized, request(2, "tools/call", { name: "get_nothing", arguments: {}, _meta: { progressToken: 1 } }));
		await expect.poll(() => server.stdout()).toContain("waiting");
		server.child.kill(signal);
		expect(await server.ended).toBe(0);
		expect(server.stderr()).toContain("let go");
	});

	it("stops work that its caller cancels", async () => {
		const server = start();
		server.send(initialize, initialized, request(2, "tools/call", { name: "get_nothing", arguments: {}, _meta: { progressToken: 1 } }));
		await expect.poll(() => server.stdout()).toContain("waiting");
		server.send(
			{ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 2, reason: "enough" } },
			call(3, "get_echo", { text: "next" }),
		);
		await expect.poll(() => answers(server.stdout()).some(({ id }) => id === 3)).toBe(true);
		server.child.stdin.end();
		expect(await server.ended).toBe(0);
		expect(answers(server.stdout()).some(({ id }) => id === 2)).toBe(false);
	});

	it("lets go without a crash when its caller no longer reads", async () => {
		const server = start();
		server.send(initialize, initialized);
		await expect.poll(() => server.stdout()).not.toBe("");
		server.child.stdout.destroy();
		for (let id = 2; id < 40; id++) server.send(call(id, "get_echo", { text: "x".repeat(10_000) }));
		expect(await server.ended).toBe(0);
		expect(server.stderr()).toBe("let go\n");
	});

	it("survives lines that are no messages", async () => {
		const server = start();
		server.child.stdin.write('not json\n{"jsonrpc":"1.0"}\n\n[]\n');
		server.send(initialize);
		await expect.poll(() => answers(server.stdout()).some(({ id }) => id === 1)).toBe(true);
		server.child.stdin.end();
		expect(await server.ended).toBe(0);
	});
});
