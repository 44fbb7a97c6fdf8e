import { mkdtemp } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeMadeUpCapture } from "./testing/made-up-capture.ts";
import { runCli } from "./testing/run-cli.ts";

/** A server that speaks the Messages API: it answers questions about a report with what `answer` makes of the prompt. */
let server: Server;
let answer: (prompt: string) => string;
const seen: string[] = [];
let env: Record<string, string>;
let capture: string;

beforeAll(async () => {
	server = createServer((request, response) => {
		let body = "";
		request.on("data", (chunk: Buffer) => {
			body += chunk.toString("utf8");
		});
		request.on("end", () => {
			seen.push(`${request.headers.authorization} ${request.headers["x-api-key"]}`);
			const { messages } = JSON.parse(body) as { messages: { content: unknown }[] };
			const text = answer(JSON.stringify(messages[0]?.content));
			if (text === "fail")
				return response
					.writeHead(400, { "content-type": "application/json" })
					.end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}');
			const message = {
				id: "msg_1",
				type: "message",
				role: "assistant",
				model: "test",
				content: [{ type: "text", text }],
				stop_reason: "end_turn",
				stop_sequence: null,
				usage: { input_tokens: 10, output_tokens: 10 },
			};
			response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(message));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	env = { ANTHROPIC_API_KEY: "sk-ant-sekret", ANTHROPIC_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
	capture = join(await mkdtemp(join(tmpdir(), "faultline-model-")), "capture");
	await writeMadeUpCapture(capture);
});
afterAll(() => server.close());

const ask = () => runCli(["ask", "why?", "--capture", capture, "--format", "json"], { env });

describe("ask with a language model", () => {
	it("says the sentences that cite evidence of the report, and no others", async () => {
		answer = (prompt) => {
			if (!prompt.includes("Question:")) return "{}";
			const id = /\\"evidence\\":\[\\"([^"\\]+)\\"/.exec(prompt)?.[1] ?? "";
			return JSON.stringify({
				sentences: [
					{ text: "Orders began to fail.", evidence: [id] },
					{ text: "It was the moon.", evidence: ["moon"] },
				],
			});
		};
		const ran = await ask();
		expect(ran.code).toBe(1);
		const said = (JSON.parse(ran.stdout) as { answer: { wordedBy: string; sentences: { text: string }[] } }).answer;
		expect(said).toMatchObject({ wordedBy: "model", sentences: [{ text: "Orders began to fail." }] });
		expect(seen.every((credential) => credential.includes("sk-ant-sekret"))).toBe(true);
		expect(ran.stdout + ran.stderr).not.toContain("sekret");
	});

	it("says what the rules say where the model fails", async () => {
		answer = () => "fail";
		const ran = await ask();
		expect(ran.code).toBe(1);
		expect(JSON.parse(ran.stdout)).toMatchObject({ answer: { wordedBy: "rules" } });
	});
});
