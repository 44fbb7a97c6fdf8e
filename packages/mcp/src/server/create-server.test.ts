import { AppError } from "@faultline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { connectInProcess } from "../client/connect.ts";
import type { McpConnection } from "../client/connection.ts";
import { definePrompt } from "../prompt.ts";
import { defineResource, defineTemplate } from "../resource.ts";
import type { AnyTool } from "../tool.ts";
import { defineTool, READS } from "../tool.ts";
import type { ServerDefinition } from "./create-server.ts";
import { createServer } from "./create-server.ts";

const open: McpConnection[] = [];
afterEach(async () => {
	await Promise.all(open.splice(0).map(async (connection) => await connection.close()));
});

async function serve(definition: Partial<ServerDefinition>): Promise<McpConnection> {
	const connection = await connectInProcess(() =>
		createServer({ name: "test", title: "Test", version: "1.0.0", instructions: "For tests.", tools: [], ...definition }),
	);
	open.push(connection);
	return connection;
}

const Sum = z.object({
	numbers: z.array(z.number()),
	round: z.boolean().default(false),
	options: z.object({ unit: z.string().optional() }).optional(),
});

const sum = defineTool({
	name: "get_sum",
	title: "Sum",
	description: "Adds numbers.",
	inputSchema: Sum,
	outputSchema: z.object({ total: z.number(), parts: z.array(z.object({ n: z.number() })).default([]) }),
	annotations: READS,
	evidence: ["log"],
	async run({ numbers, round }) {
		const total = numbers.reduce((a, b) => a + b, 0);
		return {
			data: { total: round ? Math.round(total) : total },
			text: `total ${total}`,
			links: [{ uri: "https://example.org/sum", name: "sum" }],
		};
	},
});

function throwing(name: string, thrown: unknown): AnyTool {
	return defineTool({
		name,
		title: name,
		description: "Fails.",
		inputSchema: z.object({}),
		outputSchema: z.object({}),
		annotations: READS,
		run: async () => await Promise.reject(thrown),
	});
}

describe("tools/list", () => {
	it("publishes strict inputs, shallow outputs, annotations and evidence, sorted by name", async () => {
		const tools = await (await serve({ tools: [throwing("zz", 1), sum, throwing("aa", 1)] })).listTools();
		expect(tools.map((tool) => tool.name)).toEqual(["aa", "get_sum", "zz"]);
		expect(tools[1]).toMatchObject({
			title: "Sum",
			annotations: READS,
			evidence: ["log"],
			inputSchema: {
				$schema: "https://json-schema.org/draft/2020-12/schema",
				type: "object",
				additionalProperties: false,
				required: ["numbers"],
			},
			outputSchema: { type: "object", properties: { total: { type: "number" }, parts: { type: "array", items: { type: "object" } } } },
		});
		expect(tools[0]?.evidence).toEqual([]);
	});

	it("shows one level of an output, whatever lies below", async () => {
		const outputSchema = z.object({
			a: z.object({ b: z.object({ c: z.string().describe("deep") }) }),
			list: z.array(z.object({ d: z.string() })),
		});
		const deep = defineTool({
			...sum,
			name: "get_deep",
			outputSchema,
			run: async () => ({ data: { a: { b: { c: "" } }, list: [] }, text: "" }),
		});
		const [tool] = await (await serve({ tools: [deep] })).listTools();
		expect(tool?.outputSchema).toEqual({
			type: "object",
			properties: {
				a: { type: "object" },
				list: { type: "array", items: { type: "object" } },
			},
		});
	});

	it("refuses two tools of one name", () => {
		expect(() => createServer({ name: "x", title: "x", version: "1", instructions: "", tools: [sum, sum] })).toThrowError(/same name/);
	});
});

describe("tools/call", () => {
	it("answers text, checked data with its defaults, and links", async () => {
		const reply = await (await serve({ tools: [sum] })).callTool("get_sum", { numbers: [1, 2.5] });
		expect(reply).toMatchObject({ data: { total: 3.5, parts: [] }, text: "total 3.5", links: [{ uri: "https://example.org/sum" }] });
	});

	it("reads numbers, booleans, lists and objects that came as strings", async () => {
		const connection = await serve({ tools: [sum] });
		expect((await connection.callTool("get_sum", { numbers: "[1.4, 2]", round: "true", options: '{"unit":"s"}' })).data).toMatchObject({
			total: 3,
		});
		expect((await connection.callTool("get_sum", { numbers: ["42", "-0.5"] })).data).toMatchObject({ total: 41.5 });
		await expect(connection.callTool("get_sum", { numbers: ["4x"] })).rejects.toMatchObject({ code: "BAD_INPUT" });
		await expect(connection.callTool("get_sum", { numbers: "[1" })).rejects.toMatchObject({ code: "BAD_INPUT" });
	});

	it("takes null for an argument left out, where it may be", async () => {
		const connection = await serve({ tools: [sum] });
		expect((await connection.callTool("get_sum", { numbers: [1], round: null, options: null })).data).toMatchObject({ total: 1 });
		await expect(connection.callTool("get_sum", { numbers: null })).rejects.toMatchObject({
			code: "BAD_INPUT",
			message: expect.stringContaining("numbers"),
		});
	});

	it("tells what is wrong with arguments, and which there are", async () => {
		const connection = await serve({ tools: [sum] });
		await expect(connection.callTool("get_sum", { number: [1] })).rejects.toMatchObject({
			code: "BAD_INPUT",
			message: expect.stringMatching(/numbers.*unknown argument "number"/s),
			hint: expect.stringContaining("numbers (required), round, options"),
		});
	});

	it("carries errors of ours with code, hint and time to wait", async () => {
		const error = new AppError("RATE_LIMITED", "slow down", { hint: "wait", retryAfterMs: 1500 });
		const connection = await serve({ tools: [throwing("fails", error)] });
		await expect(connection.callTool("fails")).rejects.toMatchObject({
			code: "RATE_LIMITED",
			message: "slow down",
			hint: "wait",
			retryAfterMs: 1500,
		});
	});

	it("keeps the text of a defect to itself", async () => {
		const connection = await serve({ tools: [throwing("fails", new TypeError("cannot read /etc/hunter2"))] });
		await expect(connection.callTool("fails")).rejects.toMatchObject({ code: "INTERNAL", message: expect.not.stringContaining("hunter2") });
	});

	it("does not pass on data that its own schema refuses", async () => {
		const wrong = defineTool({ ...sum, name: "wrong", run: async () => ({ data: { total: "x" } as never, text: "" }) });
		await expect((await serve({ tools: [wrong] })).callTool("wrong", { numbers: [] })).rejects.toMatchObject({
			code: "INTERNAL",
			message: expect.stringContaining("total"),
		});
	});

	it("ends a tool that takes too long, whether or not it heeds its signal", async () => {
		let signal: AbortSignal | undefined;
		const deaf = defineTool({
			...sum,
			name: "deaf",
			run: async (_input, context) => {
				signal = context.signal;
				return await new Promise<never>(() => undefined);
			},
		});
		const connection = await serve({ tools: [deaf], toolTimeoutMs: 30 });
		await expect(connection.callTool("deaf", { numbers: [] })).rejects.toMatchObject({ code: "TIMEOUT", hint: expect.any(String) });
		expect(signal?.aborted).toBe(true);
	});

	it("gives tools the clock of the server", async () => {
		const clock = defineTool({ ...sum, name: "clock", run: async (_input, context) => ({ data: { total: context.now() }, text: "" }) });
		expect((await (await serve({ tools: [clock], now: () => 42 })).callTool("clock", { numbers: [] })).data).toMatchObject({ total: 42 });
	});
});

describe("prompts", () => {
	const prompt = definePrompt({
		name: "whats_broken",
		title: "What is broken?",
		description: "Asks for a report.",
		arguments: [
			{ name: "service", description: "Which", required: true },
			{ name: "since", description: "From when" },
		],
		get: ({ service, since = "30m" }) => [{ role: "user", content: { type: "text", text: `${service} since ${since}` } }],
	});

	it("are listed and filled in", async () => {
		const connection = await serve({ prompts: [prompt] });
		expect(await connection.listPrompts()).toEqual([{ name: "whats_broken", description: "Asks for a report." }]);
		expect(await connection.getPrompt("whats_broken", { service: "cart" })).toBe("cart since 30m");
	});

	it("that fail say why, but not a defect's own text", async () => {
		const failing = (name: string, thrown: Error) =>
			definePrompt({ name, title: name, description: name, get: () => Promise.reject(thrown) });
		const connection = await serve({
			prompts: [failing("a", new AppError("BAD_INPUT", "no such incident")), failing("b", new TypeError("hunter2"))],
		});
		await expect(connection.getPrompt("a")).rejects.toMatchObject({
			code: "BAD_INPUT",
			cause: { message: expect.stringContaining("no such incident") },
		});
		await expect(connection.getPrompt("b")).rejects.toMatchObject({
			code: "BAD_RESPONSE",
			cause: { message: expect.not.stringContaining("hunter2") },
		});
	});

	it("refuse names and arguments that there are not", async () => {
		const connection = await serve({ prompts: [prompt] });
		await expect(connection.getPrompt("no_such")).rejects.toMatchObject({ code: "BAD_INPUT" });
		await expect(connection.getPrompt("whats_broken")).rejects.toMatchObject({ code: "BAD_INPUT" });
		await expect(connection.getPrompt("whats_broken", { service: "x", other: "y" })).rejects.toMatchObject({ code: "BAD_INPUT" });
	});
});

describe("resources", () => {
	const fixed = defineResource({ name: "about", uri: "faultline://about", mimeType: "text/plain", read: () => ({ text: "hello" }) });
	const incidents = defineTemplate({
		name: "incident",
		uriTemplate: "faultline://incidents/{id}",
		mimeType: "application/json",
		list: () => [{ uri: "faultline://incidents/a%2Fb", name: "a/b" }],
		read: async ({ id = "" }) => {
			if (id === "defect") throw new TypeError("hunter2");
			if (id === "busy") throw new AppError("UNAVAILABLE", "the store is busy");
			if (id !== "a/b") throw new AppError("NOT_FOUND", "no such incident");
			return [{ text: JSON.stringify({ id }) }, { blob: "AAAA", mimeType: "image/png" }];
		},
	});

	it("are listed with those of templates, and read with their type", async () => {
		const connection = await serve({ resources: [fixed, incidents] });
		expect((await connection.listResources()).map(({ uri }) => uri)).toEqual(["faultline://about", "faultline://incidents/a%2Fb"]);
		expect(await connection.readResource("faultline://about")).toEqual([
			{ uri: "faultline://about", mimeType: "text/plain", text: "hello" },
		]);
		expect(await connection.readResource("faultline://incidents/a%2Fb")).toMatchObject([
			{ mimeType: "application/json", text: '{"id":"a/b"}' },
			{ mimeType: "image/png", blob: "AAAA" },
		]);
	});

	it("that there are not are NOT_FOUND; a defect keeps its text", async () => {
		const connection = await serve({ resources: [fixed, incidents] });
		await expect(connection.readResource("faultline://other")).rejects.toMatchObject({ code: "NOT_FOUND" });
		await expect(connection.readResource("faultline://incidents/zz")).rejects.toMatchObject({ code: "NOT_FOUND" });
		await expect(connection.readResource("faultline://incidents/busy")).rejects.toMatchObject({ code: "BAD_RESPONSE" });
		await expect(connection.readResource("faultline://incidents/defect")).rejects.toMatchObject({
			message: expect.not.stringContaining("hunter2"),
		});
	});

	it("are not offered by a server that has none", async () => {
		await expect((await serve({})).listResources()).rejects.toMatchObject({ code: "NOT_FOUND" });
	});
});
