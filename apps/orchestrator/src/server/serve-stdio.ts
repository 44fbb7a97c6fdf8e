import { createServer, serveStdio } from "@faultline/mcp";
import type { Desk } from "../tools/desk.ts";
import { orchestratorServer } from "./orchestrator-server.ts";

/** The orchestrator as an MCP server over standard input and output; resolves when its caller has gone and its work has ended. */
export async function serveOrchestratorStdio(desk: Desk, version: string): Promise<void> {
	try {
		await serveStdio(() => createServer(orchestratorServer(desk, version)));
	} finally {
		await desk.investigations.close();
	}
}
