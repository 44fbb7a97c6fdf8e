import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { readCapture } from "@faultline/contracts/capture";
import { connectHttp } from "@faultline/mcp";
import { type Sandbox, startSandbox } from "@faultline/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { faultline, root, runFaultline } from "./run-faultline.ts";

const CALLS = 100;
/** Distinct calls among them; each is made alone first, and neighbours are never the same. */
const SHAPES = 10;
/** Cancelled in the second round. */
const isCancelled = (i: number) => i % 4 === 1;

type Arguments = Record<string, unknown>;
/** A server as a user starts it, and one way of calling it. */
interface Started {
	/** Names of the tools that give evidence of a window. */
	evidenceTools(): Promise<string[]>;
	/** Resolves with the structured content; rejects where it failed or was cancelled. */
	call(tool: string, args: Arguments, signal?: AbortSignal): Promise<unknown>;
	/** Answers that came for no call, or for one that was answered before. */
	strays(): number;
	close(): Promise<void>;
}
interface ListedTool {
	name: string;
	_meta?: Record<string, unknown>;
}
interface Answer {
	id?: number;
	result?: { structuredContent?: unknown; isError?: boolean; tools?: ListedTool[] };
	error?: unknown;
}

const scratch = mkdtempSync(join(tmpdir(), "faultline-concurrent-"));
let sandbox: Sandbox;
let start = 0;
let length = 0;

beforeAll(async () => {
	const evidence = await readCapture(join(root, "test/incidents/captures/bad-deploy"));
	start = Date.parse(evidence.window.from);
	length = Date.parse(evidence.window.to) - start;
	sandbox = await startSandbox(evidence, { configOut: scratch });
	// from a checkout the first start may build; that is none of the servers' time
	const { code, stderr } = await runFaultline(["--version"]);
	expect(code, stderr).toBe(0);
}, 300_000);
afterAll(async () => {
	await sandbox?.close();
	rmSync(scratch, { recursive: true, force: true });
});

const environment = () => ({
	...process.env,
	ANTHROPIC_API_KEY: "",
	KUBECONFIG: join(scratch, "kubeconfig"),
	SENTRY_URL: sandbox.urls.sentry,
	SENTRY_AUTH_TOKEN: "sandbox",
	SENTRY_ORG: "sandbox",
	AWS_REGION: "us-east-1",
	AWS_ENDPOINT_URL: sandbox.urls.cloudwatch,
	AWS_ACCESS_KEY_ID: "sandbox",
	AWS_SECRET_ACCESS_KEY: "sandbox",
	GRAFANA_URL: sandbox.urls.grafana,
	GRAFANA_SERVICE_ACCOUNT_TOKEN: "sandbox",
	FAULTLINE_CONFIG: sandbox.configPath,
	FAULTLINE_DATA_DIR: join(scratch, "data"),
});

async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const closed = once(child, "close");
	child.kill();
	await closed;
}

/** Bare JSON-RPC: no SDK between the test and the bytes, so that every line that comes back is counted. */
async function overStdio(source: string): Promise<Started> {
	const child = spawn(faultline, ["mcp", source], { env: environment(), stdio: ["pipe", "pipe", "ignore"] });
	const waiting = new Map<number, { settle: (answer: Answer) => void; fail: (error: Error) => void }>();
	const cancelled = new Set<number>();
	let [strays, last] = [0, 0];
	createInterface({ input: child.stdout }).on("line", (line) => {
		const answer = JSON.parse(line) as Answer;
		if (answer.id === undefined) return;
		const call = waiting.get(answer.id);
		// a cancelled call may have been answered before the server knew, once
		if (call === undefined && !cancelled.delete(answer.id)) strays += 1;
		waiting.delete(answer.id);
		call?.settle(answer);
	});
	child.once("close", () => {
		for (const { fail } of waiting.values()) fail(new Error("the server ended"));
	});
	const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
	const request = (method: string, params: object, signal?: AbortSignal) => {
		const id = ++last;
		return new Promise<NonNullable<Answer["result"]>>((resolve, reject) => {
			const settle = ({ result, error }: Answer) =>
				result === undefined || result.isError ? reject(new Error(JSON.stringify(error ?? result))) : resolve(result);
			waiting.set(id, { settle, fail: reject });
			signal?.addEventListener("abort", () => {
				if (!waiting.delete(id)) return;
				cancelled.add(id);
				send({ method: "notifications/cancelled", params: { requestId: id } });
				reject(new Error("cancelled"));
			});
			send({ id, method, params });
		});
	};
	await request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } });
	send({ method: "notifications/initialized" });
	return {
		evidenceTools: async () => {
			const { tools = [] } = await request("tools/list", {});
			return tools.filter((tool) => tool._meta?.["faultline/evidence"] !== undefined).map((tool) => tool.name);
		},
		call: async (name, args, signal) => (await request("tools/call", { name, arguments: args }, signal)).structuredContent,
		strays: () => strays,
		close: async () => await stop(child),
	};
}

async function overHttp(source: string): Promise<Started> {
	const child = spawn(faultline, ["mcp", source, "--http", "0"], { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
	let said = "";
	const url = await new Promise<string>((resolve, reject) => {
		for (const stream of [child.stdout, child.stderr])
			stream.on("data", (chunk: Buffer) => {
				said += chunk.toString();
				const found = /listening on (\S+)\n/.exec(said)?.[1];
				if (found !== undefined) resolve(found);
			});
		child.once("close", () => reject(new Error(said)));
	});
	const connection = await connectHttp({ url });
	return {
		evidenceTools: async () => (await connection.listTools()).filter((tool) => tool.evidence.length > 0).map((tool) => tool.name),
		call: async (tool, args, signal) =>
			(await connection.callTool(tool, args, { timeoutMs: 240_000, ...(signal === undefined ? {} : { signal }) })).data,
		strays: () => 0,
		close: async () => {
			await connection.close();
			await stop(child);
		},
	};
}

type Shape = [tool: string, args: Arguments];

/** Of a source: every tool that gives evidence, with windows that begin and end at moments of their own and limits of their own. */
async function shapesOfSource(server: Started): Promise<Shape[]> {
	const tools = await server.evidenceTools();
	expect(tools.length).toBeGreaterThan(0);
	const at = (share: number) => new Date(start + Math.floor(length * share)).toISOString();
	return Array.from({ length: SHAPES }, (_, i) => [
		tools[i % tools.length] ?? "",
		{ from: at(i / (2 * SHAPES)), to: at(0.5 + i / (2 * SHAPES)), limit: 3 + i },
	]);
}

/** Of the orchestrator: searches of one window's evidence, which it collects from all four sources first. */
async function shapesOfOrchestrator(server: Started): Promise<Shape[]> {
	const window = { from: new Date(start).toISOString(), to: new Date(start + length).toISOString() };
	const { evidence } = (await server.call("search_signals", window)) as { evidence: string };
	return Array.from({ length: SHAPES }, (_, i) => [
		"search_signals",
		{ incident: evidence, limit: 1 + i, minSeverity: i % 2 === 0 ? "info" : "error" },
	]);
}

/** An answer without how long its call waited, which is all of it that may differ. */
function contentOf(data: unknown): string {
	return JSON.stringify(data, (key, value: unknown) => (key === "waitedMs" ? undefined : value));
}

const outcome = (
	settled: readonly PromiseSettledResult<string>[],
	expected: readonly (string | undefined)[],
	mayFail: (i: number) => boolean,
) =>
	settled.flatMap((s, i) =>
		(s.status === "fulfilled" ? s.value === expected[i] : mayFail(i))
			? []
			: [`call ${i}: ${s.status === "rejected" ? String(s.reason) : s.value.slice(0, 500)}`],
	);

describe.each([
	["kubernetes", shapesOfSource],
	["sentry", shapesOfSource],
	["cloudwatch", shapesOfSource],
	["grafana", shapesOfSource],
	["orchestrator", shapesOfOrchestrator],
] as const)("the %s server", (name, shapesOf) => {
	it.each([
		["stdio", overStdio],
		["HTTP", overHttp],
	] as const)(
		"holds 100 concurrent calls over %s, each with the answer to its own arguments, also where some are cancelled",
		{ timeout: 300_000 },
		async (_transport, open) => {
			const server = await open(name);
			try {
				const shapes = await shapesOf(server);
				const ask = async (i: number, signal?: AbortSignal) => {
					const [tool, args] = shapes[i % SHAPES] as Shape;
					return contentOf(await server.call(tool, args, signal));
				};
				const alone: string[] = [];
				for (let i = 0; i < SHAPES; i++) alone.push(await ask(i));
				expect(new Set(alone).size).toBe(SHAPES);
				expect(alone.filter((answer) => /"times?":/.test(answer)).length).toBeGreaterThan(SHAPES / 2);
				const expected = Array.from({ length: CALLS }, (_, i) => alone[i % SHAPES]);

				const together = await Promise.allSettled(expected.map(async (_, i) => await ask(i)));
				expect(outcome(together, expected, () => false)).toEqual([]);

				// cancelled when the first answer is there: some are under way at the upstream then, the others wait for their turn
				const cancel = new AbortController();
				const settled = await Promise.allSettled(
					expected.map(async (_, i) => {
						const content = await ask(i, isCancelled(i) ? cancel.signal : undefined);
						cancel.abort();
						return content;
					}),
				);
				expect(outcome(settled, expected, isCancelled)).toEqual([]);
				expect(settled.some((s) => s.status === "rejected")).toBe(true);

				for (let i = 0; i < SHAPES; i++) expect(await ask(i)).toBe(alone[i]);
				expect(server.strays()).toBe(0);
			} finally {
				await server.close();
			}
		},
	);
});
