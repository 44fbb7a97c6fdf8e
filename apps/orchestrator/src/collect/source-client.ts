/** What collection needs of one source's MCP server. The real one is in connect-source.ts. */
export interface SourceClient {
	listTools(signal: AbortSignal): Promise<OfferedTool[]>;
	/** The structured content of a tool's answer. @throws AppError */
	callTool(name: string, input: Record<string, unknown>, signal: AbortSignal): Promise<unknown>;
	/** Lets go of the server: its process is gone, or its connection closed, when this resolves. */
	close(): Promise<void>;
}

export interface OfferedTool {
	name: string;
	/** The kinds of evidence that it returns; absent on tools that the pipeline does not call. */
	evidence?: readonly string[];
}

/** Starts or reaches one source's server. */
export type OpenSource = (signal: AbortSignal) => Promise<SourceClient>;
