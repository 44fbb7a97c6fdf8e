import { Coverage, type Window } from "@faultline/contracts";
import { countInjections, coverageOf, defineTool, evidenceInput, fence, READS, windowOf } from "@faultline/mcp";
import { redact } from "@faultline/platform";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import type { CloudWatchConfig } from "../config.ts";
import { insightsLink } from "../console-links.ts";
import { GROUPS_PER_QUERY, type InsightsAnswer, runInsights } from "../insights.ts";
import { estimateScan, listLogGroups, narrow, refuseCostly, scanCost } from "../log-groups.ts";

const { from, to, limit, detail } = evidenceInput;
const Input = z.object({
	query: z.string().min(1).max(10_000).describe("Logs Insights, such as: stats count(*) by bin(5m), status"),
	from,
	to,
	limit,
	detail,
	groups: z.array(z.string().max(512)).max(50).optional().describe("Log groups: names or how they begin."),
});
const Output = z.object({
	rows: z.array(z.record(z.string(), z.string())),
	coverage: Coverage,
	bytesScanned: z.number(),
	recordsMatched: z.number(),
	estimatedCostUsd: z.number(),
	url: z.string(),
	redactions: z.int(),
	injections: z.int().optional(),
});
const ROWS = { concise: 20, full: 200 };

export function queryLogs(api: CloudWatchApi, config: CloudWatchConfig) {
	return defineTool({
		name: "query_logs",
		title: "Query logs",
		description:
			"Runs a Logs Insights query (stats, parse, pattern...) over up to 50 log groups, polls it to its end and answers its rows, bytes scanned and cost. Refused where it would scan more than the configured GB; stopped at AWS when cancelled. Use it to aggregate; search_logs reads lines.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, context) {
			const window = windowOf(input, context.now());
			const [start, end] = [Date.parse(window.from), Date.parse(window.to)];
			const all = narrow(await listLogGroups(api, config, context.signal), input.groups);
			const groups = all.slice(0, GROUPS_PER_QUERY);
			refuseCostly(estimateScan(groups, start, end, context.now()), config);
			const names = groups.map((g) => g.name);
			const answer =
				groups.length === 0
					? { rows: [], bytesScanned: 0, recordsMatched: 0, stopped: undefined }
					: await runInsights(
							api,
							{ groups: names, from: start, to: end, text: input.query, limit: input.limit },
							{ signal: context.signal, maxBytes: config.maxScanBytes, progress: (n) => context.progress(n, undefined, "lines matched") },
						);
			const left = all.length - groups.length;
			const skipped = [
				...(answer.stopped === undefined ? [] : [`Insights: ${answer.stopped}`]),
				...(left > 0 ? [`${left} log groups beyond the ${GROUPS_PER_QUERY} of one query`] : []),
			];
			const coverage = coverageOf("cloudwatch", window, {
				skipped,
				truncated: answer.rows.length >= input.limit,
				waitedMs: api.waitedMs(context.signal),
			});
			const url = insightsLink(await api.region(), names, input.query, { from: start, to: end });
			return reply(answer, coverage, url, window, ROWS[input.detail]);
		},
	});
}

function reply(answer: InsightsAnswer, coverage: Coverage, url: string, window: Window, shown: number) {
	let [redactions, injections] = [0, 0];
	const rows = answer.rows.map((row) =>
		Object.fromEntries(
			Object.entries(row)
				.filter(([name]) => name !== "@ptr")
				.map(([name, value]) => {
					const clean = redact(value);
					redactions += clean.count;
					injections += countInjections(clean.text);
					return [name, clean.text];
				}),
		),
	);
	const cost = scanCost(answer.bytesScanned);
	const lines = [
		`Logs Insights: ${rows.length} rows, ${window.from} to ${window.to}; ${answer.recordsMatched} lines matched, ${answer.bytesScanned} bytes scanned (${cost} USD).`,
		rows.length === 0
			? "No row. Try a wider window, other groups (list_log_groups), or a simpler query."
			: fence(
					rows
						.slice(0, shown)
						.map((row) => JSON.stringify(row).slice(0, 400))
						.join("\n"),
				).text,
		...(rows.length > shown ? [`Shown ${shown} of ${rows.length}; the structured data has all.`] : []),
		...(coverage.status === "ok" ? [] : [`Coverage is partial: ${coverage.reason ?? "more rows than the limit"}.`]),
		...(redactions > 0 ? [`Secrets taken out: ${redactions}.`] : []),
		`Source: ${url}`,
	];
	return {
		data: {
			rows,
			coverage,
			bytesScanned: answer.bytesScanned,
			recordsMatched: answer.recordsMatched,
			estimatedCostUsd: cost,
			url,
			redactions,
			...(injections === 0 ? {} : { injections }),
		},
		text: lines.join("\n"),
		links: [{ uri: url, name: "Logs Insights" }],
	};
}
