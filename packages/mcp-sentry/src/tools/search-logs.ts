import { EvidencePage, toAppError } from "@faultline/contracts";
import { coverageOf, defineTool, EvidenceInput, evidenceReply, pageRequest, READS, redactionsOf, type Tool } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { LOG_FIELDS, logSignal } from "../map-log.ts";
import { readRows } from "../row-pages.ts";

const Input = EvidenceInput.extend({
	query: z.string().max(500).default("").describe('Sentry log search ("severity:error refused").'),
	environment: z.string().max(64).optional(),
});
const Position = z.object({ c: z.string() });

export function searchLogs({ client }: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "search_logs",
		title: "Sentry logs",
		description:
			"Log lines that applications sent to Sentry (logs dataset) in a window, oldest first, with level, service, pod and trace id. Not error events: those are list_errors.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["log"],
		async run(input, context) {
			const request = pageRequest("search_logs", input, context.now(), Position);
			const { window } = request;
			const { signal } = context;
			const scope = await client.scope(window, input.environment, signal);
			const query = { ...scope, dataset: "logs", field: LOG_FIELDS, query: input.query, sort: "timestamp" };
			const progress = (read: number) => context.progress(read, undefined, "lines read");
			const reading = { limit: input.limit, cursor: request.position?.c, signal, progress };
			const found = await ifLogs(readRows(client, query, logSignal, reading), input);
			const { signals, cursor, skipped } = found ?? { signals: [], cursor: undefined, skipped: [] };
			const reason = found === undefined ? "this Sentry keeps no logs" : undefined;
			const page = {
				signals,
				coverage: coverageOf("sentry", window, { skipped, waitedMs: client.waitedMs(signal), reason: reason ?? skipped[0] }),
				redactions: redactionsOf(signals),
				url: client.web(`explore/logs/?start=${scope.start}&end=${scope.end}&utc=true&logsQuery=${encodeURIComponent(input.query)}`),
				...(cursor === undefined ? {} : { nextCursor: request.next({ c: cursor }) }),
			};
			return evidenceReply(page, "Sentry logs", {
				detail: input.detail,
				whenEmpty: "No log line. Try a wider window or another query; applications must send logs to Sentry for there to be any.",
			});
		},
	});
}

/** Logs are a product of their own: a Sentry without them does not know the dataset, which is no failure where nobody asked for a query. */
async function ifLogs<T>(reading: Promise<T>, { query, cursor }: z.output<typeof Input>): Promise<T | undefined> {
	try {
		return await reading;
	} catch (thrown) {
		const { code } = toAppError(thrown);
		if (query === "" && cursor === undefined && (code === "BAD_INPUT" || code === "NOT_FOUND")) return undefined;
		throw thrown;
	}
}
