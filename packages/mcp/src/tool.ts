import type { z } from "zod";

/** All four hints of the MCP specification, required: their defaults are the worst case. */
export interface ToolAnnotations {
	readOnlyHint: boolean;
	destructiveHint: boolean;
	idempotentHint: boolean;
	openWorldHint: boolean;
}

/** The annotations of a tool that only reads an outside system. */
export const READS: ToolAnnotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true };

/** What a tool may use of the call that runs it. It knows no transport. */
export interface ToolContext {
	/** Aborted when the caller cancels or the server's own limit passes: upstream work must stop. */
	signal: AbortSignal;
	/** Tells the caller how far a long call is. */
	progress(done: number, total?: number, message?: string): void;
	/** Milliseconds since the epoch. */
	now(): number;
	/** The caller itself; absent where a tool is run without one (tests, the pipeline in process). */
	caller?: CallerAccess;
}

/** What the far side of the call can be asked or told, where it said that it can. */
export interface CallerAccess {
	/** A line of log for the caller to show; most clients do not. Telemetry of our own goes to standard error instead. */
	log(level: "debug" | "info" | "notice" | "warning" | "error", message: string): Promise<void>;
	/** Asks the caller's own model. Throws where the caller cannot. */
	sample(request: { prompt: string; maxTokens: number }): Promise<string>;
	/** Drops the open connection of this call; over HTTP with sessions the caller comes back for the answer, elsewhere nothing happens. */
	letGo(): void;
	/** Asks the person at the caller to fill a form (a flat JSON Schema object). Throws where the caller cannot. */
	elicit(request: {
		message: string;
		schema: Record<string, unknown>;
	}): Promise<{ action: "accept" | "decline" | "cancel"; content?: Record<string, unknown> }>;
}

/** A part of a result or prompt, as the protocol carries it. Bytes are base64. */
export type ContentBlock =
	| { type: "text"; text: string }
	| { type: "image" | "audio"; data: string; mimeType: string }
	| { type: "resource"; resource: { uri: string; mimeType?: string } & ({ text: string } | { blob: string }) }
	| ({ type: "resource_link" } & ResourceLink);

export interface ResourceLink {
	uri: string;
	name: string;
	description?: string;
	mimeType?: string;
}

export interface ToolReply<Output> {
	/** Checked against `outputSchema` and sent as structured content. */
	data: Output;
	/** The same in words, short enough for a model's context. */
	text: string;
	links?: ResourceLink[];
	/** Sent after the text: pictures, sound, embedded documents. */
	extra?: ContentBlock[];
}

/**
 * A tool is a plain record: file `list-events.ts` is tool `list_events`. Failures are thrown as AppError; the server turns
 * those that the caller can mend into `isError` results ("CODE: what happened. Try: ...").
 */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
	name: string;
	title: string;
	/** What it does, when to use it, what it returns, its limits; under 2 KB, the key facts first. */
	description: string;
	inputSchema: Input;
	outputSchema: Output;
	annotations: ToolAnnotations;
	/**
	 * Set on the tools that the incident pipeline calls: the kinds of evidence they return. Such a tool takes
	 * {from, to, limit?, cursor?} and answers an EvidencePage.
	 */
	evidence?: readonly string[];
	run(input: z.output<Input>, context: ToolContext): Promise<ToolReply<z.input<Output>>>;
}

/** Types a tool from its schemas. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(tool: Tool<Input, Output>): Tool<Input, Output> {
	return tool;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of tools is heterogeneous; each was checked where it was defined.
export type AnyTool = Tool<any, any>;

/** A source, connected: its tools, and how to let go of it. */
export interface ConnectedSource {
	tools: AnyTool[];
	close(): Promise<void>;
}

/** One of the MCP servers' plain description; `packages/mcp-<name>/src/index.ts` exports it as `source`. */
export interface Source {
	name: string;
	title: string;
	/** Given to the model with the tool list. */
	instructions: string;
	/** Reads the environment (schema in config.ts; all problems told at once as BAD_CONFIG) and builds the tools. No network yet. */
	connect(env: Record<string, string | undefined>): ConnectedSource;
}
