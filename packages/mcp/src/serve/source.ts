import type { FaultlineServer } from "../server/create-server.ts";
import { createServer } from "../server/create-server.ts";
import type { Source } from "../tool.ts";
import { serveStdio } from "./stdio.ts";

export const VERSION = "0.1.0";

export interface SourceServers {
	/** Makes a server over the one connected source; as many as there are callers. */
	factory: () => FaultlineServer;
	close(): Promise<void>;
}

/** A source, connected once, as servers. Throws BAD_CONFIG with everything that is wrong with `env`. */
export function openSource(source: Source, env: Record<string, string | undefined>): SourceServers {
	const connected = source.connect(env);
	return {
		factory: () =>
			createServer({
				name: `faultline-${source.name}`,
				title: source.title,
				version: VERSION,
				instructions: source.instructions,
				tools: connected.tools,
			}),
		close: async () => await connected.close(),
	};
}

/** One source as an MCP server over standard input and output; resolves when its caller has gone. */
export async function serveSource(source: Source, env: Record<string, string | undefined>): Promise<void> {
	const servers = openSource(source, env);
	try {
		await serveStdio(servers.factory);
	} finally {
		await servers.close();
	}
}
