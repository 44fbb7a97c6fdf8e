import { AppError } from "@faultline/contracts";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { getDefaultEnvironment, StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { FaultlineServer } from "../server/create-server.ts";
import { cancellingFetch } from "./cancelling-fetch.ts";
import type { McpConnection } from "./connection.ts";
import { fromRpcFailure, wrapClient } from "./connection.ts";

const CLIENT = { name: "faultline", version: "0.1.0" };
/** Time a server has to answer `initialize`. */
const CONNECT_MS = 20_000;

export interface StdioTarget {
	command: string;
	args?: readonly string[];
	/** Added to the few variables that a child always gets (PATH, HOME...). */
	env?: Record<string, string | undefined>;
	cwd?: string;
	/** Where the child's messages go: our own standard error, or nowhere (default). */
	stderr?: "inherit" | "ignore";
	connectTimeoutMs?: number;
}

/** Starts a server as a child and speaks with it over its standard input and output. */
export async function connectStdio(target: StdioTarget): Promise<McpConnection> {
	const { command, args = [], env = {}, cwd, stderr = "ignore" } = target;
	const set = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
	const transport = new StdioClientTransport({
		command,
		args: [...args],
		env: { ...getDefaultEnvironment(), ...set },
		stderr,
		maxBufferSize: 64 * 1024 * 1024,
		...(cwd === undefined ? {} : { cwd }),
	});
	return await connect(transport, command, target.connectTimeoutMs);
}

/** Speaks with a server over Streamable HTTP. */
export async function connectHttp(target: {
	url: string;
	headers?: Record<string, string>;
	connectTimeoutMs?: number;
}): Promise<McpConnection> {
	if (!URL.canParse(target.url))
		throw new AppError("BAD_CONFIG", "the address of an MCP server is not a URL", { hint: "give it as http://host:port/mcp" });
	const url = new URL(target.url);
	const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
	const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers: target.headers ?? {} }, fetch: cancellingFetch() });
	return await connect(transport as Transport, url.host, target.connectTimeoutMs);
}

/** Speaks with a server in this process, with the protocol in between. */
export async function connectInProcess(factory: () => FaultlineServer): Promise<McpConnection> {
	const [near, far] = InMemoryTransport.createLinkedPair();
	const server = factory();
	await server.connect(far);
	return await connect(near, "in-process server");
}

async function connect(transport: Transport, label: string, timeoutMs = CONNECT_MS): Promise<McpConnection> {
	const client = new Client(CLIENT, { capabilities: {} });
	try {
		await client.connect(transport, { timeout: timeoutMs });
	} catch (thrown) {
		await client.close();
		throw fromRpcFailure(thrown, label);
	}
	return wrapClient(client, label);
}
