import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { GetPromptResult } from "@modelcontextprotocol/sdk/types.js";
import { GetPromptRequestSchema, ListPromptsRequestSchema, McpError, ErrorCode as RpcCode } from "@modelcontextprotocol/sdk/types.js";
import type { Prompt } from "../prompt.ts";
import { callContext } from "./call-context.ts";
import { inRpcTerms } from "./to-rpc-error.ts";

export function handlePrompts(server: Server, prompts: readonly Prompt[], now: () => number): void {
	const byName = new Map(prompts.map((prompt) => [prompt.name, prompt]));
	server.setRequestHandler(ListPromptsRequestSchema, () => ({
		prompts: prompts.map(({ name, title, description, arguments: args = [] }) => ({
			name,
			title,
			description,
			arguments: args.map((argument) => ({ name: argument.name, description: argument.description, required: argument.required ?? false })),
		})),
	}));
	server.setRequestHandler(GetPromptRequestSchema, async (request, extra): Promise<GetPromptResult> => {
		const prompt = byName.get(request.params.name);
		if (prompt === undefined)
			throw new McpError(RpcCode.InvalidParams, `there is no prompt of that name; there is: ${[...byName.keys()].join(", ")}`);
		const args = request.params.arguments ?? {};
		checkArguments(prompt, args);
		const messages = await inRpcTerms(async () => await prompt.get(args, callContext(server, extra, extra.signal, now)));
		return { description: prompt.description, messages };
	});
}

function checkArguments(prompt: Prompt, args: Record<string, string>): void {
	const known = prompt.arguments ?? [];
	const missing = known.filter((argument) => argument.required && args[argument.name] === undefined).map((argument) => argument.name);
	if (missing.length > 0) throw new McpError(RpcCode.InvalidParams, `${prompt.name} needs ${missing.join(", ")}`);
	const unknown = Object.keys(args).filter((name) => !known.some((argument) => argument.name === name));
	if (unknown.length > 0)
		throw new McpError(
			RpcCode.InvalidParams,
			`${prompt.name} takes ${known.map((argument) => argument.name).join(", ") || "no arguments"}`,
		);
}
