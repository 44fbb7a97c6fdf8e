import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** Messages kept per session; a caller that missed more than these must ask again. */
const KEPT = 500;

/** The last messages of one session, so that a caller whose stream broke off can come back for what it missed (Last-Event-ID). */
export function createEventLog(): EventStore {
	const events: Array<{ id: number; streamId: string; message: JSONRPCMessage }> = [];
	let last = 0;
	const find = (eventId: string) => events.find((event) => String(event.id) === eventId);
	return {
		async storeEvent(streamId, message) {
			last += 1;
			events.push({ id: last, streamId, message });
			if (events.length > KEPT) events.shift();
			return String(last);
		},
		async getStreamIdForEventId(eventId) {
			return find(eventId)?.streamId;
		},
		async replayEventsAfter(lastEventId, { send }) {
			const from = find(lastEventId);
			if (from === undefined) throw new Error("the event is not kept");
			const missed = events.filter((event) => event.streamId === from.streamId && event.id > from.id);
			// the first event of a stream carries no message: it only gives the caller an id to come back with
			for (const event of missed) if ("jsonrpc" in event.message) await send(String(event.id), event.message);
			return from.streamId;
		},
	};
}
