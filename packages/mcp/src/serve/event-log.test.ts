import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";
import { createEventLog } from "./event-log.ts";

const message = (id: number): JSONRPCMessage => ({ jsonrpc: "2.0", id, result: {} });

async function replay(log: ReturnType<typeof createEventLog>, after: string): Promise<unknown[]> {
	const sent: unknown[] = [];
	await log.replayEventsAfter(after, {
		send: async (_id, missed) => {
			sent.push("id" in missed ? missed.id : undefined);
		},
	});
	return sent;
}

describe("an event log", () => {
	it("gives back what its stream missed, in order, and nothing of other streams", async () => {
		const log = createEventLog();
		const first = await log.storeEvent("a", message(1));
		await log.storeEvent("b", message(2));
		await log.storeEvent("a", message(3));
		const last = await log.storeEvent("a", message(4));
		expect(await replay(log, first)).toEqual([3, 4]);
		expect(await replay(log, last)).toEqual([]);
		expect(await log.getStreamIdForEventId?.(first)).toBe("a");
	});

	it("keeps a bounded number, and does not guess at what it no longer has", async () => {
		const log = createEventLog();
		const first = await log.storeEvent("a", message(0));
		for (let id = 1; id <= 500; id++) await log.storeEvent("a", message(id));
		await expect(replay(log, first)).rejects.toThrow("not kept");
		expect(await log.getStreamIdForEventId?.(first)).toBeUndefined();
	});
});
