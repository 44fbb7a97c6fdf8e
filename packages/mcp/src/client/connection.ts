import { AppError, toAppError } from "@faultline/contracts";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { CallToolResultSchema, McpError, ProgressNotificationSchema, ErrorCode as RpcCode } from "@modelcontextprotocol/sdk/types.js";
import { EVIDENCE_META } from "../server/create-server.ts";
import { fromToolError } from "../server/to-tool-result.ts";
import type { ContentBlock, ResourceLink, ToolAnnotations } from "../tool.ts";

export interface ListedTool {
	name: string;
	title: string;
	description: string;
	inputSchema: Record<string, unknown>;
	outputSchema: Record<string, unknown> | undefined;
	annotations: Partial<ToolAnnotations>;
	/** The kinds of evidence it returns; empty where the incident pipeline does not call it. */
	evidence: readonly string[];
}

export interface CallOptions {
	/** Aborting stops the work at the server too. */
	signal?: AbortSignal;
	/** Default 60,000. */
	timeoutMs?: number;
	onProgress?(done: number, total?: number, message?: string): void;
}

export interface CallReply {
	/** Structured content, as the server sent it; undefined where it sent none. */
	data: unknown;
	text: string;
	links: ResourceLink[];
	content: ContentBlock[];
}

export interface ReadResource {
	uri: string;
	mimeType?: string | undefined;
	text?: string;
	blob?: string;
}

/** A server as its caller sees it. Failed results are thrown as the AppError they came from. */
export interface McpConnection {
	readonly name: string;
	readonly instructions: string | undefined;
	listTools(): Promise<ListedTool[]>;
	callTool(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<CallReply>;
	listResources(): Promise<ResourceLink[]>;
	readResource(uri: string, options?: CallOptions): Promise<ReadResource[]>;
	listPrompts(): Promise<Array<{ name: string; description: string | undefined }>>;
	getPrompt(name: string, args?: Record<string, string>): Promise<string>;
	ping(): Promise<void>;
	/** Resolves when the connection has gone, whoever ended it. */
	readonly closed: Promise<void>;
	close(): Promise<void>;
}

/** Wraps an SDK client that is already connected; `label` names the server in messages. */
export function wrapClient(client: Client, label: string): McpConnection {
	const gone = Promise.withResolvers<void>();
	client.onclose = gone.resolve;
	const progress = trackProgress(client);
	const name = client.getServerVersion()?.name ?? label;
	const guard = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
		try {
			return await work();
		} catch (thrown) {
			throw fromRpcFailure(thrown, name, signal);
		}
	};
	return {
		name,
		instructions: client.getInstructions(),
		closed: gone.promise,
		listTools: async () => await guard(async () => await collect(async (cursor) => await listToolsPage(client, cursor))),
		async callTool(tool, args = {}, options = {}) {
			const { meta, forget } = progress(options.onProgress);
			const request = { method: "tools/call" as const, params: { name: tool, arguments: args, ...meta } };
			const call = guard(async () => await client.request(request, CallToolResultSchema, requestOptions(options)), options.signal);
			const result = await call.finally(forget);
			if (result.isError) throw fromToolError(result);
			return toReply(result);
		},
		listResources: async () =>
			await guard(
				async () =>
					await collect(async (cursor) => {
						const page = await client.listResources(cursor === undefined ? {} : { cursor });
						return { items: page.resources.map((resource) => resource as ResourceLink), next: page.nextCursor };
					}),
			),
		readResource: async (uri, options = {}) =>
			await guard(async () => (await client.readResource({ uri }, requestOptions(options))).contents as ReadResource[], options.signal),
		listPrompts: async () =>
			await guard(async () => (await client.listPrompts()).prompts.map(({ name: prompt, description }) => ({ name: prompt, description }))),
		getPrompt: async (prompt, args = {}) =>
			await guard(async () =>
				textOf((await client.getPrompt({ name: prompt, arguments: args })).messages.map((message) => message.content)),
			),
		ping: async () => void (await guard(async () => await client.ping())),
		close: async () => await client.close(),
	};
}

async function listToolsPage(client: Client, cursor: string | undefined): Promise<{ items: ListedTool[]; next: string | undefined }> {
	const page = await client.listTools(cursor === undefined ? {} : { cursor });
	const items = page.tools.map((tool) => {
		const { title: _title, ...annotations } = tool.annotations ?? {};
		const evidence = tool._meta?.[EVIDENCE_META];
		return {
			name: tool.name,
			title: tool.title ?? tool.annotations?.title ?? tool.name,
			description: tool.description ?? "",
			inputSchema: tool.inputSchema,
			outputSchema: tool.outputSchema,
			annotations: annotations as Partial<ToolAnnotations>,
			evidence: Array.isArray(evidence) ? evidence.filter((kind): kind is string => typeof kind === "string") : [],
		};
	});
	return { items, next: page.nextCursor };
}

async function collect<T>(read: (cursor: string | undefined) => Promise<{ items: T[]; next: string | undefined }>): Promise<T[]> {
	const all: T[] = [];
	let cursor: string | undefined;
	do {
		const page = await read(cursor);
		all.push(...page.items);
		if (page.next !== undefined && page.next === cursor) throw new AppError("BAD_RESPONSE", "the server repeats the same page for ever");
		cursor = page.next;
	} while (cursor !== undefined);
	return all;
}

function requestOptions(options: CallOptions): RequestOptions {
	const { signal, timeoutMs = 60_000 } = options;
	return {
		timeout: timeoutMs,
		...(signal === undefined ? {} : { signal }),
	};
}

/**
 * Progress by tokens of our own. The SDK forgets its own token when it reads the answer, and so loses the progress that was read in the same
 * chunk before it; here the token goes only when the answer is handed on.
 */
function trackProgress(client: Client): (listener: CallOptions["onProgress"]) => { meta: object; forget: () => void } {
	const listeners = new Map<string | number, NonNullable<CallOptions["onProgress"]>>();
	let last = 0;
	client.setNotificationHandler(ProgressNotificationSchema, ({ params: { progressToken, progress, total, message } }) => {
		listeners.get(progressToken)?.(progress, total, message);
	});
	return (listener) => {
		if (listener === undefined) return { meta: {}, forget: () => undefined };
		last += 1;
		const token = `p${last}`;
		listeners.set(token, listener);
		return { meta: { _meta: { progressToken: token } }, forget: () => void listeners.delete(token) };
	};
}

function toReply(result: CallToolResult): CallReply {
	const content = result.content as ContentBlock[];
	const links = content.filter((block) => block.type === "resource_link");
	return { data: result.structuredContent, text: textOf(content), links, content };
}

function textOf(content: readonly unknown[]): string {
	return (content as ContentBlock[]).flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
}

/** A failure of the protocol itself or of what carries it, as an AppError. */
export function fromRpcFailure(thrown: unknown, name: string, signal?: AbortSignal): AppError {
	if (thrown instanceof AppError) return thrown;
	if (signal?.aborted) return new AppError("CANCELLED", "the request was cancelled");
	if (thrown instanceof McpError) {
		if (thrown.code === RpcCode.RequestTimeout) return new AppError("TIMEOUT", `${name} did not answer in time`, { cause: thrown });
		if (thrown.code === RpcCode.ConnectionClosed) return gone(name, thrown);
		if (thrown.code === RpcCode.InvalidParams) return new AppError("BAD_INPUT", `${name} did not accept the request`, { cause: thrown });
		if (thrown.code === -32002) return new AppError("NOT_FOUND", `${name} has no such resource`, { cause: thrown });
		if (thrown.code === RpcCode.MethodNotFound) return new AppError("NOT_FOUND", `${name} does not offer this`, { cause: thrown });
		return new AppError("BAD_RESPONSE", `${name} answered with a protocol error (${thrown.code})`, { cause: thrown });
	}
	if (thrown instanceof Error && (thrown.message === "Not connected" || thrown instanceof TypeError || "code" in thrown))
		return gone(name, thrown);
	return toAppError(thrown);
}

function gone(name: string, cause: Error): AppError {
	return new AppError("UNAVAILABLE", `the MCP server ${name} is not reachable or has ended`, {
		cause,
		hint: "see its own messages on standard error, and whether it is running",
	});
}
