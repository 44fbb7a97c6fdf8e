import { AppError, toAppError } from "@faultline/contracts";
import { z } from "zod";
import { closeSoon } from "./collect-source.ts";
import { untilAborted } from "./read-pages.ts";
import type { OpenSource } from "./source-client.ts";

/** What check_access of a source answers, as far as it is needed here. */
const AccessAnswer = z.object({
	checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().default(""), hint: z.string().optional() })),
});

export interface SourceCheck {
	name: string;
	ok: boolean;
	detail: string;
	hint?: string | undefined;
}

export interface SourceHealth {
	source: string;
	/** "ok": every check passed; "partial": some did; "failed": none, or the server could not be asked. */
	status: "ok" | "partial" | "failed";
	checks: SourceCheck[];
	/** Why the server could not be asked. */
	error?: AppError;
}

/** Starts (or reaches) a source's server and asks it what it can reach. It throws only where the caller gave up. */
export async function checkSource(source: string, open: OpenSource, deadlineMs: number, signal: AbortSignal): Promise<SourceHealth> {
	const late = new AppError("TIMEOUT", `${source} did not answer within ${Math.round(deadlineMs / 1000)} s`, {
		hint: "is its address right, and reachable from here?",
	});
	const deadline = new AbortController();
	const timer = setTimeout(() => deadline.abort(late), deadlineMs);
	const both = AbortSignal.any([signal, deadline.signal]);
	const opening = open(both);
	try {
		const client = await untilAborted(opening, both);
		const answer = AccessAnswer.safeParse(await untilAborted(client.callTool("check_access", {}, both), both));
		if (!answer.success) throw new AppError("BAD_RESPONSE", "check_access answered something that is not a list of checks");
		const { checks } = answer.data;
		const good = checks.filter((c) => c.ok).length;
		return { source, status: good === checks.length ? "ok" : good > 0 ? "partial" : "failed", checks };
	} catch (thrown) {
		if (signal.aborted) throw toAppError(signal.reason);
		return { source, status: "failed", checks: [], error: toAppError(thrown) };
	} finally {
		clearTimeout(timer);
		await closeSoon({ close: async () => (await opening).close() });
	}
}
