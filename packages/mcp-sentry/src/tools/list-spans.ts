import { EvidencePage, type Signal } from "@faultline/contracts";
import { coverageOf, defineTool, EvidenceInput, evidenceReply, pageRequest, READS, redactionsOf, type Tool } from "@faultline/mcp";
import { z } from "zod";
import { sentryTime } from "../client.ts";
import type { Connection } from "../connection.ts";
import { SPAN_FIELDS, spanSignal } from "../map-span.ts";
import { SpanRow } from "../wire.ts";

/** Sentry's largest page. */
const PAGE = 100;

const Input = EvidenceInput.extend({
	query: z.string().max(500).default("").describe('Sentry span search ("span.status:internal_error", "trace:abc..."); empty finds all.'),
});
const Position = z.object({ c: z.string() });

export function listSpans({ client }: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "list_spans",
		title: "Sentry spans",
		description:
			"Spans of distributed traces in a window, oldest first: when each began, how long it took, its parent, status, service and pod, and the error or call it tells of. Narrow with Sentry's span search. Where Sentry samples, these are the sampled ones.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["span"],
		async run(input, context) {
			const request = pageRequest("list_spans", input, context.now(), Position);
			const { window } = request;
			const project = await client.projectIds(context.signal);
			const size = Math.min(PAGE, input.limit);
			const query = {
				dataset: "spans",
				field: SPAN_FIELDS,
				query: input.query,
				sort: "timestamp",
				start: sentryTime(window.from),
				end: sentryTime(window.to),
				project,
				per_page: size,
			};
			const signals: Signal[] = [];
			let unreadable = 0;
			let cursor = request.position?.c;
			do {
				const page = await client.page("events/", SpanRow, { ...query, cursor }, context.signal, "data");
				const found = page.items.map((row) => spanSignal(row, client.web)).filter((s) => s !== undefined);
				unreadable += page.unreadable + page.items.length - found.length;
				signals.push(...found);
				cursor = page.next;
				context.progress(signals.length, undefined, "spans read");
			} while (cursor !== undefined && signals.length + size <= input.limit);
			const skipped = unreadable > 0 ? [`${unreadable} spans were not as expected`] : [];
			const page = {
				signals,
				coverage: coverageOf("sentry", window, { skipped }),
				redactions: redactionsOf(signals),
				url: client.web(`traces/?start=${query.start}&end=${query.end}&utc=true`),
				...(cursor === undefined ? {} : { nextCursor: request.next({ c: cursor }) }),
			};
			return evidenceReply(page, "Sentry spans", { detail: input.detail });
		},
	});
}
