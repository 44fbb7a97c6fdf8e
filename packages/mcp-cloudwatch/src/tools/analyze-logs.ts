import { type Signal, toAppError, type Window } from "@faultline/contracts";
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
	type ToolContext,
	windowBefore,
	windowOf,
} from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import type { CloudWatchConfig } from "../config.ts";
import { insightsLink, logsLink } from "../console-links.ts";
import { GROUPS_PER_QUERY, runInsights } from "../insights.ts";
import { conditionsOf } from "../insights-reader.ts";
import { estimateScan, listLogGroups, narrow, refuseCostly } from "../log-groups.ts";
import { LogReader } from "../log-reader.ts";
import { logFilters } from "./search-logs.ts";

const { from, to, detail } = evidenceInput;
const Input = z.object({ from, to, detail, ...logFilters });

/** Lines of each of the two windows whose templates are compared. */
const LINES = 1_000;
const MINUTE_MS = 60_000;

export function analyzeLogs(api: CloudWatchApi, config: CloudWatchConfig) {
	return defineTool({
		name: "analyze_logs",
		title: "Analyze logs",
		description:
			"How many log lines per minute, the bursts among them, and which kinds of lines are new, more, less or gone, against the window of the same length before. Counts are exact (Logs Insights, bin(1m)); templates come from up to 1,000 lines of each window. Use it before reading lines.",
		inputSchema: Input,
		outputSchema: BurstReport,
		annotations: READS,
		async run(input, context) {
			const window = wholeMinutes(windowOf(input, context.now()));
			const both = { from: windowBefore(window).from, to: window.to };
			const all = narrow(await listLogGroups(api, config, context.signal), input.groups);
			const groups = all.slice(0, GROUPS_PER_QUERY);
			const names = groups.map((g) => g.name);
			refuseCostly(estimateScan(groups, Date.parse(both.from), Date.parse(both.to), context.now()), config);
			const region = await api.region();
			const skipped: string[] =
				all.length > groups.length ? [`${all.length - groups.length} log groups beyond the ${GROUPS_PER_QUERY} of one query`] : [];
			const lines: Signal[] = [];
			for (const part of [windowBefore(window), window]) {
				const reader = new LogReader(api, region, part, context, input);
				const more = await reader.read(names, undefined, LINES);
				lines.push(...reader.signals);
				skipped.push(...reader.skipped);
				if (more !== undefined) skipped.push(`templates are of the first ${reader.signals.length} lines from ${part.from}`);
			}
			const counted = names.length === 0 ? undefined : await count(api, config, { names, both, filter: input }, context, skipped);
			const coverage = coverageOf("cloudwatch", window, { skipped: [...new Set(skipped)], waitedMs: api.waitedMs(context.signal) });
			const report = reportBursts(lines, window, coverage);
			const perMinute = counted === undefined ? report.perMinute : minutesOf(counted.points, window);
			const sum = (key: "count" | "previous") => perMinute.reduce((total, m) => total + m[key], 0);
			const ends = { from: Date.parse(both.from), to: Date.parse(both.to) };
			const url =
				counted !== undefined
					? insightsLink(region, names, counted.query, ends)
					: names[0] === undefined
						? undefined
						: logsLink(region, names[0], ends);
			const whole = { ...report, perMinute, bursts: findBursts(perMinute), total: sum("count"), previousTotal: sum("previous") };
			return burstReply(url === undefined ? whole : { ...whole, url }, "Log lines", input.detail);
		},
	});
}

function wholeMinutes({ from, to }: Window): Window {
	const round = (text: string, how: (n: number) => number) => new Date(how(Date.parse(text) / MINUTE_MS) * MINUTE_MS).toISOString();
	return { from: round(from, Math.floor), to: round(to, Math.ceil) };
}

/** Exact counts per minute by Logs Insights; undefined (and told) where it cannot be used, and the lines that were read are counted instead. */
async function count(
	api: CloudWatchApi,
	config: CloudWatchConfig,
	{ names, both, filter }: { names: string[]; both: Window; filter: z.output<typeof Input> },
	{ signal }: ToolContext,
	skipped: string[],
): Promise<{ points: { time: string; count: number }[]; query: string } | undefined> {
	const conditions = conditionsOf(filter);
	if (conditions === undefined) {
		skipped.push("counts are of the lines read: Logs Insights does not understand this pattern");
		return undefined;
	}
	const query = [
		...(conditions.length === 0 ? [] : [`filter ${conditions.join(" and ")}`]),
		"stats count(*) as lines by bin(1m) as minute",
	].join(" | ");
	try {
		const answer = await runInsights(
			api,
			{ groups: names, from: Date.parse(both.from), to: Date.parse(both.to), text: query, limit: 10_000 },
			{ signal, maxBytes: config.maxScanBytes },
		);
		if (answer.stopped !== undefined) skipped.push(`Insights: ${answer.stopped}`);
		const points = answer.rows.flatMap(({ minute = "", lines = "" }) => {
			const ms = Date.parse(`${minute.replace(" ", "T")}Z`);
			return Number.isFinite(ms) && Number.isFinite(Number(lines)) && lines !== ""
				? [{ time: new Date(ms).toISOString(), count: Number(lines) }]
				: [];
		});
		return points.length === answer.rows.length ? { points, query } : undefined;
	} catch (thrown) {
		const error = toAppError(thrown);
		if (error.code !== "FORBIDDEN") throw error;
		skipped.push("counts are of the lines read: Logs Insights is not allowed");
		return undefined;
	}
}
