import { openSource, type Source, serveHttp, serveSource } from "@faultline/mcp";
import type { SourceName } from "../config/schema.ts";

/** Loaded one by one: a source's client library is only paid for where it is used. */
const LOAD: Record<SourceName, () => Promise<{ source: Source }>> = {
	kubernetes: () => import("@faultline/mcp-kubernetes"),
	sentry: () => import("@faultline/mcp-sentry"),
	cloudwatch: () => import("@faultline/mcp-cloudwatch"),
	grafana: () => import("@faultline/mcp-grafana"),
};

type Env = Record<string, string | undefined>;

/** One source as an MCP server over standard input and output. @throws BAD_CONFIG with everything that is wrong with `env` */
export async function serveSourceStdio(name: SourceName, env: Env): Promise<void> {
	const { source } = await LOAD[name]();
	await serveSource(source, env);
}

/** One source as an MCP server over HTTP on loopback. */
export async function serveSourceHttp(name: SourceName, env: Env, port: number): Promise<{ url: string; close(): Promise<void> }> {
	const { source } = await LOAD[name]();
	const servers = openSource(source, env);
	const http = await serveHttp({ factory: servers.factory, port });
	return {
		url: http.url,
		async close() {
			await http.close();
			await servers.close();
		},
	};
}

/** Whether a source's own settings are accepted by it; opens no connection. @throws BAD_CONFIG */
export async function tryConnect(name: SourceName, env: Env): Promise<void> {
	const { source } = await LOAD[name]();
	await source.connect(env).close();
}
