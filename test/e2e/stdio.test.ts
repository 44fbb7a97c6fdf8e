import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { readCapture } from "@faultline/contracts/capture";
import { type Sandbox, startSandbox } from "@faultline/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { faultline, root } from "./run-faultline.ts";

const scratch = mkdtempSync(join(tmpdir(), "faultline-stdio-"));
let sandbox: Sandbox;
let server: ChildProcessWithoutNullStreams;
let window: { from: string; to: string };
const lines: string[] = [];
const waiting = new Map<number, (message: { id?: number; result?: unknown; error?: unknown }) => void>();
let lastId = 0;

/** A bare JSON-RPC client: no SDK between the test and the bytes. */
function request(method: string, params: object): Promise<{ result?: unknown; error?: unknown }> {
	const id = ++lastId;
	server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
	return new Promise((resolve) => waiting.set(id, resolve));
}

beforeAll(async () => {
	const evidence = await readCapture(join(root, "test/incidents/captures/bad-deploy"));
	window = evidence.window;
	sandbox = await startSandbox(evidence, { configOut: scratch });
	server = spawn(faultline, ["mcp"], {
		env: { ...process.env, ANTHROPIC_API_KEY: "", FAULTLINE_CONFIG: sandbox.configPath, FAULTLINE_DATA_DIR: join(scratch, "data") },
	});
	server.stderr.resume();
	createInterface({ input: server.stdout }).on("line", (line) => {
		lines.push(line);
		const message = JSON.parse(line) as { id?: number };
		if (typeof message.id === "number") waiting.get(message.id)?.(message);
	});
});
afterAll(async () => {
	server?.kill();
	await sandbox?.close();
	rmSync(scratch, { recursive: true, force: true });
});

describe("the orchestrator over stdio, as Claude Desktop starts it", () => {
	it("initialises, lists its tools, and answers what's broken within a model's context", { timeout: 90_000 }, async () => {
		const initialized = await request("initialize", {
			protocolVersion: "2025-11-25",
			capabilities: {},
			clientInfo: { name: "test", version: "1" },
		});
		expect(initialized.result).toMatchObject({ serverInfo: { name: expect.stringContaining("faultline") } });
		server.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
		const { result } = (await request("tools/list", {})) as { result: { tools: { name: string }[] } };
		expect(result.tools.map((t) => t.name)).toEqual(
			expect.arrayContaining(["whats_broken", "get_incident", "search_signals", "list_sources", "propose_remediation"]),
		);

		const answer = (await request("tools/call", { name: "whats_broken", arguments: window })) as {
			result: { isError?: boolean; content: { type: string; text?: string }[]; structuredContent: object };
		};
		expect(answer.result.isError ?? false).toBe(false);
		const text = answer.result.content.map((c) => c.text ?? "").join("\n");
		expect(text).toMatch(/incident/i);
		// Four characters a token is the usual estimate for English; three is safe for JSON and ids.
		expect(JSON.stringify(answer.result.structuredContent).length / 3).toBeLessThan(10_000);
		expect(text.length / 3).toBeLessThan(10_000);
	});

	it("wrote nothing but JSON-RPC to standard output", () => {
		expect(lines.length).toBeGreaterThan(2);
		for (const line of lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: "2.0" });
	});
});
