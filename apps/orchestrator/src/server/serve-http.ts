import { AppError } from "@faultline/contracts";
import { createServer, defaultHosts, mcpRoutes, refuseOrigin } from "@faultline/mcp";
import { fastify } from "fastify";
import { incidentRoutes } from "../routes/incident-routes.ts";
import type { Desk } from "../tools/desk.ts";
import { orchestratorServer } from "./orchestrator-server.ts";

export interface ServeOptions {
	/** Default 127.0.0.1. */
	host: string;
	/** 0 picks a free one. */
	port: number;
	version: string;
	/** Names (without port), besides loopback's, under which callers reach it. */
	allowedHosts?: readonly string[];
}

export interface Served {
	/** "http://127.0.0.1:8420" */
	url: string;
	/** Takes no more requests, lets those under way finish shortly, then closes. */
	close(): Promise<void>;
}

const GRACE_MS = 2_000;

/** The orchestrator over HTTP: MCP at /mcp (stateless Streamable HTTP), REST at /api/v1. */
export async function serveOrchestrator(desk: Desk, { host, port, version, ...given }: ServeOptions): Promise<Served> {
	const app = fastify({ forceCloseConnections: true, bodyLimit: 1024 * 1024 });
	const allowedHosts = [...defaultHosts(host), ...(given.allowedHosts ?? []).map((name) => name.toLowerCase())];
	// The REST routes start work and tell what is known: a page in a browser must reach neither (DNS rebinding).
	app.addHook("onRequest", async (request, reply) => {
		const refusal = refuseOrigin(request.headers, { allowedHosts, allowedOrigins: [] });
		if (refusal !== undefined && request.url.startsWith("/api/"))
			await reply.code(403).send({ error: { code: "FORBIDDEN", message: refusal } });
	});
	await app.register(mcpRoutes, { factory: () => createServer(orchestratorServer(desk, version)), allowedHosts });
	incidentRoutes(app, desk, version);
	try {
		await app.listen({ host, port });
	} catch (cause) {
		const taken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
		throw new AppError("BAD_CONFIG", taken ? `port ${port} is in use` : `cannot listen on ${host}:${port}`, {
			cause,
			hint: "give another with --port, or 0 for a free one",
		});
	}
	const address = app.server.address();
	const bound = typeof address === "object" && address !== null ? address.port : port;
	return {
		url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
		async close() {
			const forced = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
			await app.close().finally(() => clearTimeout(forced));
		},
	};
}
