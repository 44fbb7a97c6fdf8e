import { toAppError } from "@faultline/contracts";
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
		.option("--warm <file>", "log lines whose templates' vectors are computed and kept while it starts")
		.action(async ({ port, host, warm }: { port?: number; host?: string; warm?: string }) => {
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
			if (warm !== undefined) void warmInBackground(session, warm);
			await untilStopped(session, served.url, async () => {
				await served.close();
				await desk.investigations.close();
			});
		});
}

/** It serves meanwhile; a corpus that cannot be read is said, and no reason to stop. */
async function warmInBackground(session: Session, corpus: string): Promise<void> {
	const say = (text: string) => session.quiet || session.stderr.write(`faultline: ${text}\n`);
	try {
		const [{ openInput, readLines }, { warmModel }, { encoderChoice }, { logRules }] = await Promise.all([
			import("@faultline/orchestrator/logs/read-lines"),
			import("@faultline/orchestrator/models/warm-model"),
			import("../encoder-choice.ts"),
			import("../log-rules.ts"),
		]);
		const lines = readLines(await openInput(corpus, process.stdin), corpus);
		const options = { rules: await logRules(session), signal: session.cancellation() };
		const { templates, computed } = await warmModel(await encoderChoice(session), lines, options);
		say(`warmed by ${templates} templates, ${computed} of them new`);
	} catch (thrown) {
		const { code, message } = toAppError(thrown);
		if (code !== "CANCELLED") say(`not warmed: ${message}`);
	}
}
