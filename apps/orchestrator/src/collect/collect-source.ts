import { AppError, type Coverage, toAppError, type Window } from "@faultline/contracts";
import { emptyHarvest, readPages, type ToolHarvest, untilAborted } from "./read-pages.ts";
import type { OpenSource, SourceClient } from "./source-client.ts";
import { sourceCoverage } from "./source-coverage.ts";

export interface SourceHarvest {
	source: string;
	tools: ToolHarvest[];
	coverage: Coverage;
}

export interface SourceProgress {
	source: string;
	state: "connecting" | "reading" | "done";
	tool?: string;
	signals: number;
	series: number;
	/** Set when done. */
	coverage?: Coverage;
}

export interface SourceLimits {
	/** Milliseconds for this source, start of its server included. */
	deadlineMs: number;
	maxSignals: number;
}

/**
 * Reads all evidence of one source within its deadline. It throws only where the caller gave up (`signal`); whatever the source
 * does becomes coverage, and what arrived before is kept.
 */
export async function collectSource(
	source: string,
	open: OpenSource,
	window: Window,
	limits: SourceLimits,
	signal: AbortSignal,
	onProgress: (p: SourceProgress) => void,
): Promise<SourceHarvest> {
	const seconds = Math.round(limits.deadlineMs / 100) / 10;
	const late = new AppError("TIMEOUT", `${source} did not answer within ${seconds} s`, {
		hint: "raise collection.sourceDeadline in faultline.yaml",
	});
	const deadline = new AbortController();
	const timer = setTimeout(() => deadline.abort(late), limits.deadlineMs);
	const both = AbortSignal.any([signal, deadline.signal]);
	const tools: ToolHarvest[] = [];
	const tell = (state: SourceProgress["state"], more: Partial<SourceProgress> = {}) =>
		onProgress({ source, state, ...totals(tools), ...more });
	let client: SourceClient | undefined;
	let failure: AppError | undefined;
	try {
		tell("connecting");
		client = await openUnlessAborted(open, both);
		const offered = (await untilAborted(client.listTools(both), both)).filter((t) => t.evidence !== undefined);
		if (offered.length === 0)
			throw new AppError("BAD_RESPONSE", `${source}'s server offers no evidence tools`, { hint: "is it a Faultline source server?" });
		const connected = client;
		await Promise.all(
			offered.map((tool) => {
				const harvest = emptyHarvest(tool.name);
				tools.push(harvest);
				return readPages(connected, tool, window, harvest, limits.maxSignals, both, () => tell("reading", { tool: tool.name }));
			}),
		);
	} catch (thrown) {
		failure = toAppError(thrown);
	} finally {
		clearTimeout(timer);
		if (client !== undefined) await closeSoon(client);
	}
	if (signal.aborted) throw toAppError(signal.reason);
	const coverage = sourceCoverage(source, window, tools, failure);
	tell("done", { coverage });
	return { source, tools, coverage };
}

/** A server that comes up after we gave up is closed at once, so that no child outlives the collection. */
async function openUnlessAborted(open: OpenSource, signal: AbortSignal): Promise<SourceClient> {
	const opening = open(signal);
	try {
		return await untilAborted(opening, signal);
	} catch (thrown) {
		opening.then((client) => client.close()).catch(() => undefined);
		throw thrown;
	}
}

/** How long the answer waits for a server to go. */
const CLOSE_WAIT_MS = 300;

/** Closing goes on by itself: a server that is slow to end (it gets SIGTERM, then SIGKILL) does not delay the answer. */
export async function closeSoon(client: Pick<SourceClient, "close">): Promise<void> {
	const waited = Promise.withResolvers<void>();
	const timer = setTimeout(waited.resolve, CLOSE_WAIT_MS);
	await Promise.race([client.close().catch(() => undefined), waited.promise]);
	clearTimeout(timer);
}

function totals(tools: readonly ToolHarvest[]): { signals: number; series: number } {
	return { signals: tools.reduce((n, t) => n + t.signals.length, 0), series: tools.reduce((n, t) => n + t.series.length, 0) };
}
