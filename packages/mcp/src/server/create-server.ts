import { AppError } from "@faultline/contracts";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { CallToolResult, ServerCapabilities, Tool as WireTool } from "@modelcontextprotocol/sdk/types.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Prompt } from "../prompt.ts";
import type { Resource } from "../resource.ts";
import type { AnyTool, ToolContext } from "../tool.ts";
import { callContext } from "./call-context.ts";
import { handleLogLevel } from "./log-level.ts";
import { handlePrompts } from "./prompts.ts";
import { publishedInput, publishedOutput } from "./published-schema.ts";
import { readArguments } from "./read-arguments.ts";
import { handleCompletion, handleResources } from "./resources.ts";
import { handleSubscriptions } from "./subscriptions.ts";
import { toToolError, toToolResult } from "./to-tool-result.ts";

export interface ServerDefinition {
	name: string;
	title: string;
	version: string;
	/** How to use the tools together; given to the model. Under 2 KB. */
	instructions: string;
	tools: readonly AnyTool[];
	prompts?: readonly Prompt[];
	resources?: readonly Resource[];
	/** A call is answered with TIMEOUT after this long, whatever its tool does. Default 55,000: clients give up at 60,000. */
	toolTimeoutMs?: number;
	/** Milliseconds since the epoch. */
	now?: () => number;
	/** Offers notifications/message to callers, and logging/setLevel. */
	logging?: boolean;
	/** Lets callers subscribe to resources (see notifyResourceUpdated). Only for connections that last: stdio, HTTP with sessions. */
	subscriptions?: boolean;
}

/** The MCP server, ready to be connected to one transport. */
export type FaultlineServer = Server;

/** Where tools/list says that the incident pipeline may call a tool, and for which kinds of evidence. */
export const EVIDENCE_META = "faultline/evidence";

/** An MCP server from plain records. Tools are listed in the order of their names, so that a model's prompt cache holds. */
export function createServer(definition: ServerDefinition): FaultlineServer {
	const { name, title, version, instructions, prompts = [], resources = [] } = definition;
	const capabilities: ServerCapabilities = {
		tools: {},
		...(prompts.length === 0 ? {} : { prompts: {} }),
		...(resources.length === 0 ? {} : { resources: definition.subscriptions ? { subscribe: true } : {} }),
		...(prompts.length === 0 && resources.length === 0 ? {} : { completions: {} }),
		...(definition.logging ? { logging: {} } : {}),
	};
	const server = new Server({ name, title, version }, { capabilities, instructions });
	const now = definition.now ?? Date.now;
	handleTools(server, definition, now);
	if (definition.logging) handleLogLevel(server);
	if (prompts.length > 0) handlePrompts(server, prompts, now);
	if (resources.length > 0) handleResources(server, resources, now);
	if (resources.length > 0 && definition.subscriptions) handleSubscriptions(server);
	if (prompts.length > 0 || resources.length > 0) handleCompletion(server, prompts, resources);
	return server;
}

function handleTools(server: Server, definition: ServerDefinition, now: () => number): void {
	const tools = new Map(definition.tools.map((tool) => [tool.name, tool]));
	if (tools.size !== definition.tools.length) throw new AppError("INTERNAL", `two tools of ${definition.name} have the same name`);
	const timeoutMs = definition.toolTimeoutMs ?? 55_000;
	let listed: WireTool[] | undefined;
	server.setRequestHandler(ListToolsRequestSchema, () => {
		listed ??= [...tools.values()].map(publish).sort((a, b) => (a.name < b.name ? -1 : 1));
		return { tools: listed };
	});
	server.setRequestHandler(CallToolRequestSchema, async (request, extra): Promise<CallToolResult> => {
		try {
			const tool = tools.get(request.params.name);
			if (tool === undefined) {
				throw new AppError("NOT_FOUND", `there is no tool "${request.params.name.slice(0, 60)}"`, {
					hint: `one of: ${[...tools.keys()].sort().join(", ")}`,
				});
			}
			const args = readArguments(tool.inputSchema, request.params.arguments);
			return await callTool(tool, args, timeoutMs, extra.signal, (signal) => callContext(server, extra, signal, now));
		} catch (thrown) {
			return toToolError(thrown);
		}
	});
}

function publish(tool: AnyTool): WireTool {
	return {
		name: tool.name,
		title: tool.title,
		description: tool.description,
		inputSchema: publishedInput(tool.inputSchema),
		outputSchema: publishedOutput(tool.outputSchema),
		annotations: { title: tool.title, ...tool.annotations },
		...(tool.evidence === undefined ? {} : { _meta: { [EVIDENCE_META]: tool.evidence } }),
	};
}

async function callTool(
	tool: AnyTool,
	args: Record<string, unknown>,
	timeoutMs: number,
	caller: AbortSignal,
	contextOf: (signal: AbortSignal) => ToolContext,
): Promise<CallToolResult> {
	const limit = AbortSignal.timeout(timeoutMs);
	const signal = AbortSignal.any([caller, limit]);
	const reply = await Promise.race([tool.run(args, contextOf(signal)), rejectOnAbort(signal, limit, tool.name, timeoutMs)]);
	const data = tool.outputSchema.safeParse(reply.data);
	if (!data.success) {
		const where = data.error.issues.slice(0, 3).map((issue: { path: PropertyKey[] }) => issue.path.join("."));
		throw new AppError("INTERNAL", `the result of ${tool.name} does not fit its own schema at ${where.join(", ")}`);
	}
	return toToolResult(reply, data.data);
}

/** A tool that does not heed its signal still cannot keep its caller waiting. */
function rejectOnAbort(signal: AbortSignal, limit: AbortSignal, name: string, timeoutMs: number): Promise<never> {
	return new Promise((_, reject) => {
		const stop = () => {
			const error = limit.aborted
				? new AppError("TIMEOUT", `${name} did not finish within ${timeoutMs} ms`, { hint: "ask for a shorter window or a lower limit" })
				: new AppError("CANCELLED", "the request was cancelled");
			reject(error);
		};
		if (signal.aborted) stop();
		else signal.addEventListener("abort", stop, { once: true });
	});
}
