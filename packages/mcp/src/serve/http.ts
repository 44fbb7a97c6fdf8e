import { randomUUID } from "node:crypto";
import { AppError } from "@faultline/contracts";
import type {
	StreamableHTTPServerTransport,
	StreamableHTTPServerTransportOptions,
} from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { FaultlineServer } from "../server/create-server.ts";
import { createEventLog } from "./event-log.ts";
import { defaultHosts, refuseOrigin } from "./origin-check.ts";

export interface McpRoutesOptions {
	/** Makes a server; called once per request, or once per session where `sessions` is set. */
	factory: () => FaultlineServer;
	/** Default "/mcp". */
	path?: string;
	/** Host names under which callers reach this server; default: loopback names. */
	allowedHosts?: readonly string[];
	/** Further origins whose pages may call. */
	allowedOrigins?: readonly string[];
	/** Largest request; default 4 MiB. */
	bodyLimit?: number;
	/** Keeps a server per caller, for what needs questions back to it (sampling, forms, subscriptions). Default: stateless. */
	sessions?: boolean;
}

export interface ServeHttpOptions extends McpRoutesOptions {
	/** Default 127.0.0.1. */
	host?: string;
	/** 0 picks a free one. */
	port: number;
}

export interface HttpServerHandle {
	/** Where it is reached: "http://127.0.0.1:8080/mcp". */
	url: string;
	port: number;
	/** Takes no more requests, lets those under way finish within `graceMs` (default 2,000), then closes. */
	close(graceMs?: number): Promise<void>;
}

const MAX_SESSIONS = 500;
/** How soon a caller whose stream broke off should come back. */
const RETRY_MS = 500;

/** MCP over Streamable HTTP on a port of its own. */
export async function serveHttp(options: ServeHttpOptions): Promise<HttpServerHandle> {
	const host = options.host ?? "127.0.0.1";
	const { fastify } = await import("fastify");
	const app = fastify({ forceCloseConnections: "idle" });
	await app.register(mcpRoutes, { allowedHosts: defaultHosts(host), ...options });
	try {
		await app.listen({ host, port: options.port });
	} catch (cause) {
		const taken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
		throw new AppError("BAD_CONFIG", taken ? `port ${options.port} is in use` : `cannot listen on ${host}:${options.port}`, {
			cause,
			hint: "give another port, or 0 for a free one",
		});
	}
	const address = app.server.address();
	const port = typeof address === "object" && address !== null ? address.port : options.port;
	return {
		url: `http://${host.includes(":") ? `[${host}]` : host}:${port}${options.path ?? "/mcp"}`,
		port,
		close: async (graceMs = 2_000) => await closeGently(app, graceMs),
	};
}

async function closeGently(app: FastifyInstance, graceMs: number): Promise<void> {
	const forced = setTimeout(() => app.server.closeAllConnections(), graceMs);
	// a connection that is kept alive after its last answer would hold the server open for seconds
	const idle = setInterval(() => app.server.closeIdleConnections(), 20);
	try {
		await app.close();
	} finally {
		clearTimeout(forced);
		clearInterval(idle);
	}
}

/** The same as a fastify plugin, to stand beside other routes. */
export async function mcpRoutes(app: FastifyInstance, options: McpRoutesOptions): Promise<void> {
	const path = options.path ?? "/mcp";
	const rules = { allowedHosts: options.allowedHosts ?? defaultHosts("127.0.0.1"), allowedOrigins: options.allowedOrigins ?? [] };
	const sessions = new Map<string, StreamableHTTPServerTransport>();

	await app.register(async (scope) => {
		acceptEmptyBodies(scope);
		scope.addHook("onRequest", async (request, reply) => {
			const refusal = refuseOrigin(request.headers, rules);
			if (refusal !== undefined) await sendRpcError(reply, 403, -32000, refusal);
		});
		scope.setErrorHandler(async (error: { statusCode?: number }, _request, reply) => {
			const status = error.statusCode ?? 500;
			await sendRpcError(reply, status, status === 400 ? -32700 : -32000, describeHttpFailure(status));
		});
		scope.post(path, { bodyLimit: options.bodyLimit ?? 4 * 1024 * 1024 }, async (request, reply) => {
			const transport = options.sessions ? await sessionTransport(request, options, sessions) : await connectFresh(options, reply);
			if (transport === undefined) return await sendRpcError(reply, 404, -32001, "this session is not known");
			return await hand(transport, request, reply);
		});
		scope.route({
			method: ["GET", "DELETE"],
			url: path,
			handler: async (request, reply) => {
				if (!options.sessions)
					return await sendRpcError(reply.header("allow", "POST"), 405, -32000, "only POST: this server keeps no sessions");
				const id = headerOf(request, "mcp-session-id");
				const transport = id === undefined ? undefined : sessions.get(id);
				if (transport === undefined) return await sendRpcError(reply, id === undefined ? 400 : 404, -32001, "this session is not known");
				return await hand(transport, request, reply);
			},
		});
		scope.addHook("onClose", async () => {
			await Promise.all([...sessions.values()].map(async (transport) => await transport.close()));
		});
	});
}

/** Loaded when first used, as fastify is: a server over stdio starts without either. */
async function createTransport(options: StreamableHTTPServerTransportOptions): Promise<StreamableHTTPServerTransport> {
	const { StreamableHTTPServerTransport } = await import("@modelcontextprotocol/sdk/server/streamableHttp.js");
	return new StreamableHTTPServerTransport(options);
}

/** A DELETE that names a content type but has no body is not malformed. */
function acceptEmptyBodies(scope: FastifyInstance): void {
	scope.removeContentTypeParser("application/json");
	scope.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
		try {
			done(null, body === "" ? undefined : JSON.parse(body.toString()));
		} catch {
			done(Object.assign(new Error("not JSON"), { statusCode: 400 }));
		}
	});
}

/** One server and one transport for this request; both go with its connection, which also aborts the work behind it. */
async function connectFresh(options: McpRoutesOptions, reply: FastifyReply): Promise<StreamableHTTPServerTransport> {
	const server = options.factory();
	const transport = await createTransport({});
	reply.raw.on("close", () => void server.close());
	await server.connect(transport as Transport);
	return transport;
}

async function sessionTransport(
	request: FastifyRequest,
	options: McpRoutesOptions,
	sessions: Map<string, StreamableHTTPServerTransport>,
): Promise<StreamableHTTPServerTransport | undefined> {
	const id = headerOf(request, "mcp-session-id");
	if (id !== undefined) return sessions.get(id);
	const transport: StreamableHTTPServerTransport = await createTransport({
		sessionIdGenerator: randomUUID,
		eventStore: createEventLog(),
		retryInterval: RETRY_MS,
		onsessioninitialized: (created) => {
			dropOldest(sessions);
			sessions.set(created, transport);
		},
	});
	// anything but an initialize without a session is refused by the transport itself
	const server = options.factory();
	server.onclose = () => sessions.delete(transport.sessionId ?? "");
	await server.connect(transport as Transport);
	return transport;
}

/** Callers that never say goodbye must not pile up. */
function dropOldest(sessions: Map<string, StreamableHTTPServerTransport>): void {
	const [oldest] = sessions;
	if (sessions.size < MAX_SESSIONS || oldest === undefined) return;
	sessions.delete(oldest[0]);
	void oldest[1].close();
}

async function hand(transport: StreamableHTTPServerTransport, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
	reply.hijack();
	await transport.handleRequest(request.raw, reply.raw, request.body);
	return reply;
}

async function sendRpcError(reply: FastifyReply, status: number, code: number, message: string): Promise<FastifyReply> {
	return await reply.code(status).send({ jsonrpc: "2.0", error: { code, message }, id: null });
}

function describeHttpFailure(status: number): string {
	if (status === 400) return "the body is not JSON";
	if (status === 413) return "the request is too large";
	if (status === 415) return "the body must be application/json";
	return "the server has a defect and could not answer";
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
	const value = request.headers[name];
	return Array.isArray(value) ? value[0] : value;
}
