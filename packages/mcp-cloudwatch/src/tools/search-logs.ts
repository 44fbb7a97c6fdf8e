import { AppError, EvidencePage, toAppError, type Window } from "@faultline/contracts";
import { coverageOf, defineTool, evidenceInput, evidenceReply, pageRequest, READS, redactionsOf, type ToolContext } from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import type { CloudWatchConfig } from "../config.ts";
import { insightsLink, logsLink } from "../console-links.ts";
import { conditionsOf, type InsightsPage, readByInsights } from "../insights-reader.ts";
import { estimateScan, type LogGroup, listLogGroups, narrow, oldestKept, refuseCostly, scanCost } from "../log-groups.ts";
import { LEVELS } from "../log-levels.ts";
import { LogReader, OpenGroup } from "../log-reader.ts";

export const logFilters = {
	pattern: z
		.string()
		.max(1_024)
		.optional()
		.describe('CloudWatch filter pattern: terms, "a phrase", -not, ?any ?of, %regex%, { $.level = "ERROR" }.'),
	level: z.enum(LEVELS).optional().describe("This level and graver."),
	groups: z.array(z.string().max(512)).max(50).optional().describe("Log groups: names or how they begin."),
};
const Input = z.object({ ...evidenceInput, ...logFilters, engine: z.enum(["auto", "filter", "insights"]).default("auto") });
const Output = EvidencePage.extend({
	engine: z.enum(["filter", "insights"]),
	bytesScanned: z.number().optional(),
	estimatedCostUsd: z.number().optional(),
});
type Found = Pick<z.input<typeof Output>, "signals" | "engine" | "bytesScanned" | "estimatedCostUsd" | "url"> & {
	next: Position | undefined;
	skipped: string[];
	why: string;
};

const Position = z.union([
	z.object({ open: z.array(OpenGroup), next: z.string().nullable() }),
	z.object({ batch: z.int().nonnegative(), after: z.number(), seen: z.array(z.string()) }),
]);
type Position = z.output<typeof Position>;

/** A caller waits so long: more groups than FilterLogEvents reads in it go to Insights, which reads fifty in one query. */
const PATIENCE_S = 15;

export function searchLogs(api: CloudWatchApi, config: CloudWatchConfig) {
	return defineTool({
		name: "search_logs",
		title: "Search logs",
		description:
			"Log events of a window, oldest first in each group, with level, service, stream or pod, trace id and console link; EventBridge events as events. Chooses FilterLogEvents (free) or, for more groups than that reads in 15 s, Logs Insights (billed by bytes scanned), and says which. JSON lines are taken apart.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		evidence: ["log", "event"],
		async run(input, context) {
			const { window, position, next } = pageRequest<Position>("search_logs", input, context.now(), Position);
			const all = await listLogGroups(api, config, context.signal);
			const groups = narrow(all, input.groups);
			const found = await search(api, config, { input, window, position, groups }, context);
			const kept = oldestKept(groups, Date.parse(window.from), context.now());
			const failed = found.skipped.filter((s) => s.startsWith("log group ")).length;
			const coverage = coverageOf("cloudwatch", window, {
				skipped: [...found.skipped, ...kept.short],
				oldestAvailable: kept.oldestAvailable,
				...(failed === 0 ? {} : { reason: `${failed} of ${groups.length} log groups cannot be read` }),
				waitedMs: api.waitedMs(context.signal),
			});
			const { next: follows, skipped: _, why, ...page } = found;
			const reply = evidenceReply(
				{
					...page,
					coverage: failed > 0 && failed === groups.length ? { ...coverage, status: "failed" } : coverage,
					redactions: redactionsOf(page.signals ?? []),
					...(follows === undefined ? {} : { nextCursor: next(follows) }),
				},
				"Logs",
				{ detail: input.detail, whenEmpty: whenEmpty(input, groups, all.length) },
			);
			return { ...reply, data: { ...page, ...reply.data }, text: `${reply.text}\n${why}` };
		},
	});
}

interface Asked {
	input: z.output<typeof Input>;
	window: Window;
	position: Position | undefined;
	groups: readonly LogGroup[];
}

async function search(api: CloudWatchApi, config: CloudWatchConfig, asked: Asked, context: ToolContext): Promise<Found> {
	const { input, window, position, groups } = asked;
	const engine = engineFor(api, asked, config, context.now());
	if (engine.name === "insights") {
		try {
			const place = position !== undefined && "batch" in position ? position : undefined;
			const names = groups.map((g) => g.name);
			const page = await readByInsights(
				api,
				{ groups: names, window, limit: input.limit, filter: input, position: place, maxBytes: config.maxScanBytes },
				context,
			);
			return { ...toldOf(page, names, await api.region(), window), why: engine.why };
		} catch (thrown) {
			// Insights is a permission of its own; what was begun with it goes on with it.
			if (toAppError(thrown).code !== "FORBIDDEN" || input.engine === "insights" || position !== undefined) throw thrown;
		}
	}
	const region = await api.region();
	const reader = new LogReader(api, region, window, context, input);
	const place = position !== undefined && "open" in position ? position : undefined;
	const next = await reader.read(
		groups.map((g) => g.name),
		place,
		input.limit,
	);
	const first = groups[0]?.name;
	const url =
		first === undefined
			? {}
			: { url: logsLink(region, place?.open[0]?.[0] ?? first, { from: Date.parse(window.from), to: Date.parse(window.to) }) };
	return { signals: reader.signals, engine: "filter", next, skipped: reader.skipped, why: "Read by FilterLogEvents.", ...url };
}

function toldOf(page: InsightsPage, groups: readonly string[], region: string, window: Window): Omit<Found, "why"> {
	return {
		signals: page.signals,
		engine: "insights",
		bytesScanned: page.bytesScanned,
		estimatedCostUsd: scanCost(page.bytesScanned),
		url: insightsLink(region, groups.slice(0, 50), page.query, { from: Date.parse(window.from), to: Date.parse(window.to) }),
		next: page.next,
		skipped: page.stopped === undefined ? [] : [`Insights: ${page.stopped}`],
	};
}

/** @throws AppError BAD_INPUT where Insights is asked for and cannot do it, or would cost too much */
function engineFor(
	api: CloudWatchApi,
	{ input, window, position, groups }: Asked,
	config: CloudWatchConfig,
	now: number,
): { name: "filter" | "insights"; why: string } {
	if (position !== undefined) return { name: "batch" in position ? "insights" : "filter", why: "Read by Logs Insights." };
	if (groups.length === 0 || input.engine === "filter") return { name: "filter", why: "" };
	const understood = conditionsOf(input) !== undefined;
	const bytes = estimateScan(groups, Date.parse(window.from), Date.parse(window.to), now);
	if (input.engine === "insights") {
		if (!understood)
			throw new AppError("BAD_INPUT", "Logs Insights does not understand this pattern", {
				hint: 'terms, "a phrase", -not or %regex%; or engine filter',
			});
		refuseCostly(bytes, config);
		return { name: "insights", why: "Read by Logs Insights, as asked." };
	}
	const most = api.filterCallsIn(PATIENCE_S) ?? Number.POSITIVE_INFINITY;
	if (groups.length <= most || !understood || bytes > config.maxScanBytes) return { name: "filter", why: "" };
	return {
		name: "insights",
		why: `Read by Logs Insights: ${groups.length} log groups are more than FilterLogEvents reads in ${PATIENCE_S} s.`,
	};
}

function whenEmpty({ pattern, level }: z.output<typeof Input>, groups: readonly LogGroup[], all: number): string {
	if (groups.length === 0)
		return `No log group is allowed here${all > 0 ? ` with such a name; there are ${all}` : ""}. Try check_access, and FAULTLINE_CLOUDWATCH_LOG_GROUPS.`;
	const without = [pattern === undefined ? "" : "no pattern", level === undefined ? "" : "no level"].filter((w) => w !== "");
	return `No event in ${groups.length} log groups in this window. Try a wider window${without.map((w) => ` or ${w}`).join("")}.`;
}
