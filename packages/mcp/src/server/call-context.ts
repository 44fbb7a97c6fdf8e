import { AppError } from "@faultline/contracts";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import { CreateMessageResultSchema, ElicitResultSchema } from "@modelcontextprotocol/sdk/types.js";
import type { CallerAccess, ToolContext } from "../tool.ts";
import { wantsLog } from "./log-level.ts";

export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** What a tool, prompt or resource sees of the request that runs it. */
export function callContext(server: Server, extra: Extra, signal: AbortSignal, now: () => number): ToolContext {
	const token = extra._meta?.progressToken;
	return {
		signal,
		now,
		progress(done, total, message) {
			if (token === undefined || signal.aborted) return;
			const params = {
				progressToken: token,
				progress: done,
				...(total === undefined ? {} : { total }),
				...(message === undefined ? {} : { message }),
			};
			// a caller that has gone away is noticed by `signal`; a lost progress line is no failure
			extra.sendNotification({ method: "notifications/progress", params }).catch(() => undefined);
		},
		caller: callerAccess(server, extra),
	};
}

function callerAccess(server: Server, extra: Extra): CallerAccess {
	return {
		async log(level, message) {
			if (!wantsLog(server, level)) return;
			await extra.sendNotification({ method: "notifications/message", params: { level, data: message } });
		},
		letGo() {
			extra.closeSSEStream?.();
		},
		async sample({ prompt, maxTokens }) {
			const params = { maxTokens, messages: [{ role: "user" as const, content: { type: "text" as const, text: prompt } }] };
			const result = await ask(() => extra.sendRequest({ method: "sampling/createMessage", params }, CreateMessageResultSchema));
			return result.content.type === "text" ? result.content.text : "";
		},
		async elicit({ message, schema }) {
			const params = { mode: "form" as const, message, requestedSchema: { type: "object" as const, properties: {}, ...schema } };
			// the SDK's type lists every form of field that the protocol knows; ours is any flat JSON Schema object, and the caller checks it
			const result = await ask(() => extra.sendRequest({ method: "elicitation/create", params: params as never }, ElicitResultSchema));
			return result.content === undefined ? { action: result.action } : { action: result.action, content: result.content };
		},
	};
}

async function ask<T>(request: () => Promise<T>): Promise<T> {
	try {
		return await request();
	} catch (cause) {
		throw new AppError("UNAVAILABLE", "the caller cannot be asked", { cause, hint: "use a client that offers sampling and elicitation" });
	}
}
