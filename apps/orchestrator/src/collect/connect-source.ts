import { AppError, toAppError } from "@faultline/contracts";
import { connectHttp, connectStdio, type McpConnection } from "@faultline/mcp";
import { configuredSources, type FaultlineConfig, type SourceName } from "../config/schema.ts";
import { sourceEnv } from "../config/source-env.ts";
import type { OpenSource, SourceClient } from "./source-client.ts";

/** How a source's MCP server is started: `command ...args <source>`. */
export interface SourceLauncher {
	command: string;
	args: readonly string[];
	/** Where the children's own messages go; default nowhere. */
	stderr?: "inherit" | "ignore";
}

/** The configured sources, each as a way to reach its server: a child over stdio, or a remote one. Nothing is started yet. */
export function sourceOpeners(
	config: FaultlineConfig,
	launcher: SourceLauncher,
	env: Record<string, string | undefined>,
): Map<SourceName, OpenSource> {
	return new Map(configuredSources(config).map((name) => [name, openerOf(name, config, launcher, env)]));
}

function openerOf(
	name: SourceName,
	config: FaultlineConfig,
	launcher: SourceLauncher,
	env: Record<string, string | undefined>,
): OpenSource {
	const source = config.sources[name];
	if (source === undefined) throw new AppError("INTERNAL", `${name} is not configured`);
	const { mcpUrl, mcpToken } = source;
	if (mcpUrl !== undefined) {
		const headers = mcpToken === undefined ? {} : { authorization: `Bearer ${mcpToken}` };
		return async () => clientOf(await connectHttp({ url: mcpUrl, headers }));
	}
	const childEnv = sourceEnv(name, source as never, env);
	const { command, args, stderr = "ignore" } = launcher;
	return async () => {
		try {
			return clientOf(await connectStdio({ command, args: [...args, name], env: childEnv, stderr }));
		} catch (cause) {
			throw await whyNotStarted(name, childEnv, cause);
		}
	};
}

/** A child that ended at once mostly did not like its settings: the same settings tried here say what is wrong with them. */
async function whyNotStarted(name: SourceName, env: Record<string, string>, cause: unknown): Promise<AppError> {
	const { tryConnect } = await import("../server/serve-source.ts");
	const said = await tryConnect(name, env).then(
		() => undefined,
		(thrown: unknown) => toAppError(thrown),
	);
	if (said?.code === "BAD_CONFIG") return said;
	return new AppError("UNAVAILABLE", `${name}'s server did not start`, { cause, hint: `\`faultline mcp ${name}\` says why` });
}

/** A connection as the collector uses it. */
export function clientOf(connection: McpConnection): SourceClient {
	return {
		async listTools() {
			const tools = await connection.listTools();
			return tools.map(({ name, evidence }) => (evidence.length === 0 ? { name } : { name, evidence }));
		},
		async callTool(name, input, signal) {
			// The collector's own deadline comes through the signal; this one only has to be longer.
			return (await connection.callTool(name, input, { signal, timeoutMs: 600_000 })).data;
		},
		close: () => connection.close(),
	};
}
