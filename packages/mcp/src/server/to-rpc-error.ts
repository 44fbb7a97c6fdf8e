import { toAppError } from "@faultline/contracts";
import { McpError, ErrorCode as RpcCode } from "@modelcontextprotocol/sdk/types.js";

/** JSON-RPC's code for a resource that does not exist, as the 2025-11-25 revision sets it. */
export const RESOURCE_NOT_FOUND = -32002;

/** What prompts and resources fail with: they have no result that could carry an error. A defect keeps its text to itself. */
export function toRpcError(thrown: unknown): McpError {
	if (thrown instanceof McpError) return thrown;
	const { code, message, hint } = toAppError(thrown);
	const text = `${code}: ${message}${hint === undefined ? "" : `. Try: ${hint}`}`;
	if (code === "INTERNAL") return new McpError(RpcCode.InternalError, "the server has a defect and could not answer");
	if (code === "NOT_FOUND") return new McpError(RESOURCE_NOT_FOUND, text);
	return new McpError(code === "BAD_INPUT" ? RpcCode.InvalidParams : RpcCode.InternalError, text);
}

/** Runs a handler, so that whatever it throws reaches the caller in the protocol's own form. */
export async function inRpcTerms<T>(work: () => Promise<T> | T): Promise<T> {
	try {
		return await work();
	} catch (thrown) {
		throw toRpcError(thrown);
	}
}
