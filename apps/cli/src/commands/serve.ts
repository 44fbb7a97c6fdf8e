import type { Command } from "commander";
import { placeOf, sourceLauncher } from "../config.ts";
import type { Session } from "../session.ts";
import { VERSION } from "../version.ts";
import { parsePort, untilStopped } from "./mcp.ts";

export function register(program: Command, session: Session): void {
	program
		.command("serve")
		.description("the orchestrator over HTTP: MCP at /mcp, REST at /api/v1")
		.option("--port <port>", "default: server.port of the configuration, 8420", parsePort)
		.option("--host <address>", "default: server.host of the configuration, 127.0.0.1")
		.action(async ({ port, host }: { port?: number; host?: string }) => {
			const [{ loadConfig }, { openDesk }, { serveOrchestrator }] = await Promise.all([
				import("@faultline/orchestrator/config/load-config"),
				import("@faultline/orchestrator/server/open-desk"),
				import("@faultline/orchestrator/server/serve-http"),
			]);
			const place = placeOf(session.env, session.configPath);
			const { config } = await loadConfig(place);
			const desk = await openDesk(place, sourceLauncher(session.verbose));
			const served = await serveOrchestrator(desk, {
				host: host ?? config.server.host,
				port: port ?? config.server.port,
				allowedHosts: config.server.allowedHosts,
				version: VERSION,
			});
			await untilStopped(session, served.url, async () => {
				await served.close();
				await desk.investigations.close();
			});
		});
}
