import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { SubscribeRequestSchema, UnsubscribeRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const subscriptions = new WeakMap<Server, Set<string>>();

/** Lets the caller of this connection ask to be told when a resource changes. */
export function handleSubscriptions(server: Server): void {
	const subscribed = new Set<string>();
	subscriptions.set(server, subscribed);
	server.setRequestHandler(SubscribeRequestSchema, (request) => {
		subscribed.add(request.params.uri);
		return {};
	});
	server.setRequestHandler(UnsubscribeRequestSchema, (request) => {
		subscribed.delete(request.params.uri);
		return {};
	});
}

/** Tells a connected caller that a resource changed, if it asked for that. */
export async function notifyResourceUpdated(server: Server, uri: string): Promise<void> {
	if (subscriptions.get(server)?.has(uri)) await server.sendResourceUpdated({ uri });
}
