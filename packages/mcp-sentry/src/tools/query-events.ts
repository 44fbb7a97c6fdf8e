import { Coverage } from "@faultline/contracts";
import { coverageOf, defineTool, evidenceInput, fence, pageRequest, READS, type Tool } from "@faultline/mcp";
import { redactDeep } from "@faultline/platform";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { LARGEST_PAGE } from "../row-pages.ts";
import { SpanRow } from "../wire.ts";

const { from, to, cursor, detail } = evidenceInput;
const Input = z.object({
	from,
	to,
	cursor,
	detail,
	limit: z.int().min(1).max(LARGEST_PAGE).default(20).describe("Most rows on a page."),
	dataset: z.enum(["errors", "spans", "logs"]).default("spans"),
	fields: z
		.array(z.string().regex(/^[\w.:-]{1,80}(\([\w.:, -]{0,120}\))?$/))
		.min(1)
		.max(12)
		.describe('Columns and functions: ["transaction", "count()", "p95(span.duration)"]. Columns group the rows.'),
	query: z.string().max(500).default("").describe("Sentry search."),
	sort: z
		.string()
		.regex(/^-?[\w.:(), -]{1,120}$/)
		.optional()
		.describe('One of the fields, "-" for descending.'),
});
const Output = z.object({
	rows: z.array(z.record(z.string(), z.unknown())),
	coverage: Coverage,
	nextCursor: z.string().optional(),
	redactions: z.int().nonnegative(),
	url: z.string(),
});
const Position = z.object({ c: z.string() });
/** Columns that say who used the system: never asked for. */
const PERSONAL = /^(user|client_?ip|ip|geo|email|username)(\.|$|_)/i;

/** How many there are is no personal data; who they are is. */
function isPersonal(field: string): boolean {
	const [, name, column] = /^(\w+)\((.*)\)$/.exec(field) ?? [undefined, undefined, field];
	return name !== "count_unique" && PERSONAL.test(column ?? "");
}

export function queryEvents({ client }: Connection): Tool<typeof Input, typeof Output> {
	return defineTool({
		name: "query_events",
		title: "Query events",
		description:
			"Aggregates over errors, spans or logs of a window, as Sentry's Explore does: slowest transactions, error counts by release, calls by status. Typed rows, no language model in between. Columns about users are refused.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, context) {
			const request = pageRequest("query_events", input, context.now(), Position);
			const { window } = request;
			const { signal } = context;
			const scope = await client.scope(window, undefined, signal);
			const field = input.fields.filter((f) => !isPersonal(f));
			const refused = input.fields.filter((f) => !field.includes(f)).map((f) => `column ${f}: personal data`);
			const query = {
				...scope,
				dataset: input.dataset,
				field,
				query: input.query,
				sort: input.sort,
				per_page: input.limit,
				cursor: request.position?.c,
			};
			const page =
				field.length === 0 ? { items: [], next: undefined, unreadable: 0 } : await client.page("events/", SpanRow, query, signal, "data");
			const { value: rows, count: redactions } = redactDeep(
				page.items.map((row) => Object.fromEntries(field.map((f) => [f, row[f] ?? null]))),
			);
			const coverage = coverageOf("sentry", window, { skipped: refused, waitedMs: client.waitedMs(signal) });
			const url = client.web(
				`explore/${input.dataset === "logs" ? "logs" : "traces"}/?start=${scope.start}&end=${scope.end}&utc=true&query=${encodeURIComponent(input.query)}`,
			);
			const shown = rows.slice(0, input.detail === "full" ? LARGEST_PAGE : 20).map((row) =>
				Object.entries(row)
					.map(([k, v]) => `${k}=${shortened(v)}`)
					.join(" "),
			);
			const lines = [
				`${rows.length} rows of ${input.dataset}, ${window.from} to ${window.to}.`,
				rows.length === 0 ? "Nothing was found. Try a wider window, no query, or another dataset." : fence(shown.join("\n")).text,
				...refused.map((r) => `Left out: ${r}.`),
				...(redactions > 0 ? [`Secrets taken out: ${redactions}.`] : []),
				...(page.next === undefined ? [] : ["There is more: repeat the call with cursor = nextCursor."]),
				`Source: ${url}`,
			];
			const nextCursor = page.next === undefined ? {} : { nextCursor: request.next({ c: page.next }) };
			return { data: { rows, coverage, redactions, url, ...nextCursor }, text: lines.join("\n"), links: [{ uri: url, name: "Query" }] };
		},
	});
}

const shortened = (value: unknown): string =>
	typeof value === "number"
		? String(Math.round(value * 1000) / 1000)
		: String(value ?? "")
				.replace(/\s+/g, " ")
				.slice(0, 160);
