import type { McpConnection } from "../client/connection.ts";

/** Where a server's tool list may not grow beyond, in tokens. */
export const MOST_TOKENS = 4_000;
export const MOST_TOOLS = 12;

/**
 * What a server's tool list costs a model's context, in tokens: every tool as tools/list publishes it, in compact JSON, counted by the
 * public o200k_base vocabulary. Anthropic publishes no tokenizer of its present models; this is the stated equivalent.
 */
export async function countToolTokens(connection: McpConnection): Promise<{ tools: number; tokens: number }> {
	const [tools, { countTokens }] = await Promise.all([connection.listTools(), import("gpt-tokenizer/encoding/o200k_base")]);
	return { tools: tools.length, tokens: countTokens(JSON.stringify(tools)) };
}
