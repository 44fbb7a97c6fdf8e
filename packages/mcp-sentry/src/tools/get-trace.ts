import { EvidencePage, type Signal } from "@faultline/contracts";
import { coverageOf, createGaps, defineTool, evidenceInput, evidenceReply, READS, redactionsOf, type Tool, windowOf } from "@faultline/mcp";
import { redact } from "@faultline/platform";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { LOG_FIELDS, logSignal } from "../map-log.ts";
import { SPAN_FIELDS, spanSignal } from "../map-span.ts";
import { readRows } from "../row-pages.ts";
import type { SpanRow } from "../wire.ts";

const { from, to, limit, detail } = evidenceInput;
const Input = z.object({
	trace: z
		.string()
		.regex(/^[0-9a-fA-F]{16,32}$/)
		.describe("Trace id, hexadecimal."),
	from,
	to,
	limit,
	detail,
});
const ERROR_FIELDS = ["id", "title", "message", "issue", "timestamp", "project", "trace", "level"];

export function getTrace({ client }: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "get_trace",
		title: "One trace",
		description:
			"Spans, errors and logs of one trace in a window, oldest first, and the queries that find the same trace in CloudWatch, Loki and pod logs.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		async run(input, context) {
			const { signal } = context;
			const window = windowOf(input, context.now());
			const scope = await client.scope(window, undefined, signal);
			const gaps = createGaps(signal);
			const paging = { limit: input.limit, cursor: undefined, signal };
			const rows = async (dataset: string, field: readonly string[], map: Parameters<typeof readRows>[2]) =>
				await gaps.read(
					dataset,
					readRows(client, { ...scope, dataset, field, query: `trace:${input.trace.toLowerCase()}`, sort: "timestamp" }, map, paging),
				);
			const found = await Promise.all([
				rows("spans", SPAN_FIELDS, spanSignal),
				rows("errors", ERROR_FIELDS, errorRow),
				rows("logs", LOG_FIELDS, logSignal),
			]);
			const signals = found
				.flatMap((f) => f?.signals ?? [])
				.sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || (a.time < b.time ? -1 : 1));
			const truncated = found.some((f) => f?.cursor !== undefined);
			const page = {
				signals,
				coverage: coverageOf("sentry", window, { skipped: gaps.skipped, truncated, waitedMs: client.waitedMs(signal) }),
				redactions: redactionsOf(signals),
				url: client.web(`traces/trace/${encodeURIComponent(input.trace)}/`),
			};
			const reply = evidenceReply(page, `Trace ${input.trace}`, {
				detail: input.detail,
				whenEmpty: "Nothing of this trace is in the window. Try a wider window; where Sentry samples, a trace may not be kept.",
			});
			const elsewhere = `The same trace elsewhere: CloudWatch pattern "${input.trace}"; Loki {service_name=~".+"} |= "${input.trace}"; pod logs include ${input.trace}.`;
			return { ...reply, text: `${reply.text}\n${elsewhere}` };
		},
	});
}

/** A row of the errors dataset as a Signal; the whole event is list_errors' and get_issue's. */
function errorRow(row: SpanRow, url: (path: string) => string): Signal | undefined {
	const text = (field: string) => (typeof row[field] === "string" && row[field] !== "" ? (row[field] as string) : undefined);
	const stamp = text("timestamp");
	const ms = Date.parse(stamp === undefined || /(Z|[+-]\d\d:?\d\d)$/.test(stamp) ? (stamp ?? "") : `${stamp}Z`);
	if (!Number.isFinite(ms)) return undefined;
	const service = text("project") ?? text("project.name");
	const body = redact(text("title") ?? text("message") ?? "");
	const issue = text("issue");
	return {
		id: `sentry:error:${text("id") ?? ms}`,
		source: "sentry",
		kind: "error",
		time: new Date(ms).toISOString(),
		severity: text("level") === "fatal" ? 21 : 17,
		...(service === undefined ? {} : { service }),
		resource: service ?? "unknown",
		...(text("trace") === undefined ? {} : { traceId: text("trace") as string }),
		body: body.text,
		attributes: issue === undefined ? {} : { issue },
		count: 1,
		...(issue === undefined ? {} : { url: url(`issues/?query=${encodeURIComponent(issue)}`) }),
		redactions: body.count,
	};
}
