import { type Signal, toAppError } from "@faultline/contracts";
import {
	BurstReport,
	burstReply,
	coverageOf,
	defineTool,
	evidenceInput,
	findBursts,
	minutesOf,
	READS,
	reportBursts,
	windowBefore,
	windowOf,
} from "@faultline/mcp";
import { redact } from "@faultline/platform";
import { z } from "zod";
import { allowedDatasources, type GrafanaClient, pickDatasource } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { exploreModelLink } from "../links.ts";
import { guardCost, logFilters, logQuery, queried, readLines } from "../loki-reader.ts";
import type { Datasource } from "../wire.ts";

const Input = z.object({ from: evidenceInput.from, to: evidenceInput.to, detail: evidenceInput.detail, ...logFilters });
const Output = BurstReport.extend({ patterns: z.array(z.object({ pattern: z.string(), count: z.number() })).optional() });
const MINUTE_MS = 60_000;
/** Lines of each of the two windows whose templates are compared. */
const LINES = 1_000;
const PATTERNS = 30;

export function analyzeLogs(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "analyze_logs",
		title: "Analyze logs",
		description:
			"How many lines a Loki data source has per minute, the bursts among them, and which kinds of lines are new, more, less or gone, against the window of the same length before; with Loki's own patterns where it has them. Counts are Loki's (count_over_time); templates come from up to 1,000 lines of each window.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, context) {
			const asked = windowOf(input, context.now());
			const round = (text: string, how: (n: number) => number) => new Date(how(Date.parse(text) / MINUTE_MS) * MINUTE_MS).toISOString();
			const window = { from: round(asked.from, Math.floor), to: round(asked.to, Math.ceil) };
			const before = windowBefore(window);
			const [start, from, to] = [Date.parse(before.from), Date.parse(window.from), Date.parse(window.to)];
			const all = await allowedDatasources(client, config, context.signal, "loki");
			const source = input.datasource === undefined ? all[0] : pickDatasource(all, input.datasource);
			const query = source && (await logQuery(client, source, { ...input, from: start, to }, context.signal));
			if (source === undefined || query === undefined) {
				const reason = source === undefined ? "no Loki data source" : "no stream in these windows";
				return burstReply(reportBursts([], window, coverageOf("grafana", window, { reason })), "Log lines", input.detail);
			}
			await guardCost(client, config, source, { query, from: start, to }, context.signal);
			const lines: Signal[] = [];
			const skipped =
				all.length > 1 && input.datasource === undefined ? [`${all.length - 1} other Loki data sources: name one in datasource`] : [];
			for (const [a, b] of [
				[start, from],
				[from, to],
			] as const) {
				const page = await readLines(
					client,
					config,
					source,
					{ query, from: a, to: b, limit: LINES, level: input.level, position: undefined },
					context.signal,
				);
				lines.push(...page.signals);
				if (page.next !== undefined)
					skipped.push(`templates are of the first ${page.signals.length} lines from ${new Date(a).toISOString()}`);
			}
			const points = await count(client, source, query, { start, to }, context.signal);
			const patterns = await patternsOf(client, source, query, { from, to }, context.signal);
			const report = reportBursts(lines, window, coverageOf("grafana", window, { skipped, waitedMs: client.waitedMs(context.signal) }));
			const perMinute = minutesOf(points, window);
			const sum = (key: "count" | "previous") => perMinute.reduce((total, m) => total + m[key], 0);
			const url = exploreModelLink(config.url, source, { expr: query }, { from: start, to });
			const whole = { ...report, perMinute, bursts: findBursts(perMinute), total: sum("count"), previousTotal: sum("previous"), url };
			const reply = burstReply(whole, "Log lines", input.detail);
			return patterns === undefined ? reply : { ...reply, data: { ...reply.data, patterns } };
		},
	});
}

/** Lines per minute: a point of count_over_time covers the minute that ends at it, its end included; a millisecond earlier that is [from, to). Loki puts points on whole steps. */
async function count(
	client: GrafanaClient,
	{ uid }: Datasource,
	query: string,
	{ start, to }: { start: number; to: number },
	signal: AbortSignal,
) {
	const rows = await queried(
		client.logCounts(uid, `sum(count_over_time(${query} [1m] offset 1ms))`, start + MINUTE_MS, to, 60, signal),
		uid,
	);
	return rows.flatMap(({ values }) =>
		values.map(([t, v]) => ({ time: new Date(Math.floor((t * 1000 - 1) / MINUTE_MS) * MINUTE_MS).toISOString(), count: Number(v) })),
	);
}

async function patternsOf(
	client: GrafanaClient,
	{ uid }: Datasource,
	query: string,
	{ from, to }: { from: number; to: number },
	signal: AbortSignal,
) {
	try {
		const found = await client.logPatterns(uid, query, from, to, 60, signal);
		if (found === undefined || found.length === 0) return undefined;
		const rows = found.map(({ pattern, samples }) => ({
			pattern: redact(pattern).text,
			count: samples.reduce((sum, [, n]) => sum + n, 0),
		}));
		return rows.sort((a, b) => b.count - a.count).slice(0, PATTERNS);
	} catch (thrown) {
		// Loki tells patterns of plain selectors only, and not in every configuration.
		const { code } = toAppError(thrown);
		if (code === "BAD_INPUT" || code === "FORBIDDEN" || code === "UNAVAILABLE") return undefined;
		throw thrown;
	}
}
