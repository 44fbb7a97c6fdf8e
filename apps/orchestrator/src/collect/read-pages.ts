import {
	AppError,
	type Coverage,
	EvidencePage,
	type MetricSeries,
	type Signal,
	seriesFromWire,
	type Topology,
	toAppError,
	type Window,
} from "@faultline/contracts";
import type { OfferedTool, SourceClient } from "./source-client.ts";

/** What one tool of a source has answered so far; it is filled as pages arrive, so that an end at any moment loses nothing. */
export interface ToolHarvest {
	tool: string;
	signals: Signal[];
	series: MetricSeries[];
	topologies: Topology[];
	coverages: Coverage[];
	pages: number;
	/** Its last page has been read. */
	complete: boolean;
	/** It was stopped at the limit: there was more. */
	truncated: boolean;
	error?: AppError;
}

export function emptyHarvest(tool: string): ToolHarvest {
	return { tool, signals: [], series: [], topologies: [], coverages: [], pages: 0, complete: false, truncated: false };
}

/** The most that the sources answer on one page. */
const PAGE_SIZE = 1000;
/** Far more pages than any window needs: a source whose cursor never ends is stopped here. */
const MAX_PAGES = 500;

/**
 * Calls one evidence tool page by page into `harvest`, until its last page, the limit of signals, an error or the abort.
 * It never throws: a failure is kept in `harvest.error`.
 */
export async function readPages(
	client: SourceClient,
	tool: OfferedTool,
	window: Window,
	harvest: ToolHarvest,
	maxSignals: number,
	signal: AbortSignal,
	onPage: () => void,
): Promise<void> {
	const seen = new Set<string>();
	let cursor: string | undefined;
	try {
		while (!harvest.complete) {
			const input = { from: window.from, to: window.to, limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
			const answer = await untilAborted(client.callTool(tool.name, input, signal), signal);
			const page = EvidencePage.safeParse(answer);
			if (!page.success) throw new AppError("BAD_RESPONSE", `${tool.name} answered something that is not a page of evidence`);
			addPage(harvest, page.data);
			onPage();
			cursor = page.data.nextCursor;
			harvest.complete = cursor === undefined;
			if (cursor === undefined) return;
			if (seen.has(cursor) || harvest.pages >= MAX_PAGES)
				throw new AppError("BAD_RESPONSE", `${tool.name} answers the same cursor again and again`);
			seen.add(cursor);
			if (harvest.signals.length >= maxSignals) {
				harvest.truncated = true;
				return;
			}
		}
	} catch (thrown) {
		harvest.error = toAppError(thrown);
	}
}

function addPage(harvest: ToolHarvest, page: EvidencePage): void {
	harvest.pages++;
	for (const one of page.signals) harvest.signals.push(one);
	for (const one of page.series) harvest.series.push(seriesFromWire(one));
	if (page.topology !== undefined) harvest.topologies.push(page.topology);
	harvest.coverages.push(page.coverage);
}

/** The promise, or the abort's reason as soon as it comes, even where the work itself ignores the signal. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise<T>((resolve, reject) => {
		const stop = () => reject(signal.reason);
		if (signal.aborted) stop();
		signal.addEventListener("abort", stop, { once: true });
		work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
	});
}
