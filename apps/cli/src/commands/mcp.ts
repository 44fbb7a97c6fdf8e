import { AppError } from "@faultline/contracts";
import { type Command, InvalidArgumentError } from "commander";
import { placeOf, sourceLauncher } from "../config.ts";
import type { Session } from "../session.ts";
import { untilAborted } from "../until-aborted.ts";
import { VERSION } from "../version.ts";

const SERVERS = ["orchestrator", "kubernetes", "sentry", "cloudwatch", "grafana"] as const;
type ServerName = (typeof SERVERS)[number];

export function register(program: Command, session: Session): void {
	program
		.command("mcp")
		.description("one MCP server over stdio, for claude_desktop_config.json")
		.argument("[server]", `one of ${SERVERS.join(", ")}`, parseServer, "orchestrator")
		.option("--http <port>", "over Streamable HTTP on loopback instead; 0 picks a free port", parsePort)
		.action(async (server: ServerName, { http }: { http?: number }) => {
			if (server === "orchestrator") await orchestrator(session, http);
			else await source(session, server, http);
		});
}

async function orchestrator(session: Session, port: number | undefined): Promise<void> {
	const { openDesk } = await import("@faultline/orchestrator/server/open-desk");
	const desk = await openDesk(placeOf(session.env, session.configPath), sourceLauncher(session.verbose));
	if (port === undefined) {
		const { serveOrchestratorStdio } = await import("@faultline/orchestrator/server/serve-stdio");
		return await serveOrchestratorStdio(desk, VERSION);
	}
	const { serveOrchestrator } = await import("@faultline/orchestrator/server/serve-http");
	const served = await serveOrchestrator(desk, { host: "127.0.0.1", port, version: VERSION });
	await untilStopped(session, `${served.url}/mcp`, async () => {
		await served.close();
		await desk.investigations.close();
	});
}

/** With --config the source is set up as the orchestrator would; without, by its environment alone. */
async function source(session: Session, name: Exclude<ServerName, "orchestrator">, port: number | undefined): Promise<void> {
	const { serveSourceHttp, serveSourceStdio } = await import("@faultline/orchestrator/server/serve-source");
	const env = session.configPath === undefined ? session.env : await configuredEnv(session, name);
	if (port === undefined) return await serveSourceStdio(name, env);
	const served = await serveSourceHttp(name, env, port);
	await untilStopped(session, served.url, served.close);
}

async function configuredEnv(session: Session, name: Exclude<ServerName, "orchestrator">): Promise<Record<string, string>> {
	const [{ loadConfig }, { sourceEnv }] = await Promise.all([
		import("@faultline/orchestrator/config/load-config"),
		import("@faultline/orchestrator/config/source-env"),
	]);
	const { config, path } = await loadConfig(placeOf(session.env, session.configPath));
	const settings = config.sources[name];
	if (settings === undefined)
		throw new AppError("BAD_CONFIG", `${path} names no source ${name}`, {
			hint: `add sources.${name}, or leave --config out and set its environment`,
		});
	return sourceEnv(name, settings as never, session.env);
}

/** Says where it listens (one line on standard output, for scripts), and closes on Ctrl-C or SIGTERM: the way it is meant to end, so exit code 0. */
export async function untilStopped(session: Session, url: string, close: () => Promise<void>): Promise<void> {
	const signal = session.cancellation();
	await session.write(`listening on ${url}\n`);
	await untilAborted(signal);
	await close();
	session.interrupted = undefined;
}

export function parsePort(text: string): number {
	const port = Number(text);
	if (/^\d+$/.test(text) && port <= 65_535) return port;
	throw new InvalidArgumentError("a port is a number from 0 to 65535.");
}

function parseServer(text: string): ServerName {
	const found = SERVERS.find((name) => name === text);
	if (found === undefined) throw new InvalidArgumentError(`the servers are ${SERVERS.join(", ")}.`);
	return found;
}
