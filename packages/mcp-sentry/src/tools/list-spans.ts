import { EvidencePage } from "@faultline/contracts";
import { coverageOf, defineTool, EvidenceInput, evidenceReply, pageRequest, READS, redactionsOf, type Tool } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { SPAN_FIELDS, spanSignal } from "../map-span.ts";
import { readRows } from "../row-pages.ts";

const Input = EvidenceInput.extend({
	query: z.string().max(500).default("").describe('Sentry span search ("span.status:internal_error").'),
});
const Position = z.object({ c: z.string() });

export function listSpans({ client }: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "list_spans",
		title: "Sentry spans",
		description:
			"Spans of traces in a window, oldest first: start, duration, parent, status, service, pod, and the error or call it tells of. Where Sentry samples, these are the sampled ones.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["span"],
		async run(input, context) {
			const request = pageRequest("list_spans", input, context.now(), Position);
			const { window } = request;
			const { signal } = context;
			const scope = await client.scope(window, undefined, signal);
			const query = { ...scope, dataset: "spans", field: SPAN_FIELDS, query: input.query, sort: "timestamp" };
			const progress = (read: number) => context.progress(read, undefined, "spans read");
			const paging = { limit: input.limit, cursor: request.position?.c, signal, progress };
			const { signals, cursor, skipped } = await readRows(client, query, spanSignal, paging);
			const page = {
				signals,
				coverage: coverageOf("sentry", window, { skipped, waitedMs: client.waitedMs(context.signal) }),
				redactions: redactionsOf(signals),
				url: client.web(`traces/?start=${scope.start}&end=${scope.end}&utc=true`),
				...(cursor === undefined ? {} : { nextCursor: request.next({ c: cursor }) }),
			};
			return evidenceReply(page, "Sentry spans", { detail: input.detail });
		},
	});
}
