import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { LoggingLevel } from "@modelcontextprotocol/sdk/types.js";
import { LoggingLevelSchema, SetLevelRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const levels = new WeakMap<Server, LoggingLevel>();

/** Lets the caller of this connection say how grave a line must be to be sent. */
export function handleLogLevel(server: Server): void {
	levels.set(server, "debug");
	server.setRequestHandler(SetLevelRequestSchema, (request) => {
		levels.set(server, request.params.level);
		return {};
	});
}

/** Whether a line of this level is to be sent: all until the caller has said otherwise, none by a server that offers no logging. */
export function wantsLog(server: Server, level: LoggingLevel): boolean {
	const least = levels.get(server);
	return least !== undefined && LoggingLevelSchema.options.indexOf(level) >= LoggingLevelSchema.options.indexOf(least);
}
