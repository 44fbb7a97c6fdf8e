import type { EvidencePage, Signal } from "@faultline/contracts";
import { type AfterRecord, coverageOf, evidenceReply, type PageRequest, redactionsOf, sliceAfter, type ToolReply } from "@faultline/mcp";
import type { z } from "zod";
import type { Connection } from "./connection.ts";
import { linkOf } from "./names.ts";

/** What was read of a window, whole: the cluster's own lists are not in order of time, and cannot be paged by it. */
export interface FoundRecords {
	signals: readonly Signal[];
	skipped: readonly string[];
	truncated: boolean;
	/** The oldest that the cluster still has, where it forgets. */
	oldest?: string | undefined;
}

/** One page of them in order of time, as a tool answers it; `of` is the dashboard's page for the whole. */
export function recordPage(
	{ config, client }: Connection,
	request: PageRequest<AfterRecord>,
	found: FoundRecords,
	asked: { limit: number; detail: "concise" | "full"; order?: "oldest" | "newest"; namespace?: string | undefined },
	told: { title: string; of: "events" | "deployments"; whenEmpty: string; signal: AbortSignal },
): ToolReply<z.input<typeof EvidencePage>> {
	const { page: signals, last } = sliceAfter(found.signals, request.position, asked.limit, asked.order);
	const url = linkOf(config, told.of, { namespace: asked.namespace, name: "" });
	const { skipped, truncated, oldest: oldestAvailable } = found;
	const page = {
		signals,
		coverage: coverageOf("kubernetes", request.window, { skipped, truncated, oldestAvailable, waitedMs: client.waitedMs(told.signal) }),
		redactions: redactionsOf(signals),
		...(url === undefined ? {} : { url }),
		...(last === undefined ? {} : { nextCursor: request.next(last) }),
	};
	return evidenceReply(page, told.title, { detail: asked.detail, whenEmpty: told.whenEmpty });
}
