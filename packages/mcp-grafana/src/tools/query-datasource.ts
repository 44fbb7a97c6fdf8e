import { AppError, Coverage, MetricSeriesWire } from "@faultline/contracts";
import { countInjections, coverageOf, defineTool, evidenceInput, evidenceReply, fence, READS, windowOf } from "@faultline/mcp";
import { z } from "zod";
import { allowedDatasources, type GrafanaClient, pickDatasource } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { panelQueries } from "../dashboards.ts";
import { downsample } from "../downsample.ts";
import { exploreModelLink } from "../links.ts";
import { readFrames } from "../map-frames.ts";
import { isHarmless, modelOf } from "../query-model.ts";
import { usualRange } from "../usual-range.ts";
import type { Datasource } from "../wire.ts";

const Input = z.object({
	datasource: z.string().max(100).optional().describe("uid or name."),
	query: z.string().max(10_000).optional().describe("In its own language, or its query model as JSON."),
	dashboard: z.string().max(100).optional().describe("Instead: uid of a dashboard, whose `panel` is run."),
	panel: z.int().optional(),
	from: evidenceInput.from,
	to: evidenceInput.to,
	limit: evidenceInput.limit.describe("Most series or rows."),
	points: z.int().min(3).max(1_000).default(120).describe("Most points of a series."),
});
const Output = z.object({
	series: z.array(MetricSeriesWire),
	stats: z.array(
		z.object({
			id: z.string(),
			...{ min: z.number().nullable(), max: z.number().nullable(), last: z.number().nullable(), points: z.int() },
			...{ usualLow: z.number().nullable(), usualHigh: z.number().nullable(), outside: z.int() },
		}),
	),
	rows: z.array(z.record(z.string(), z.unknown())),
	coverage: Coverage,
	url: z.string(),
	redactions: z.int(),
	injections: z.int().optional(),
});

export function queryDatasource(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "query_datasource",
		title: "Query data source",
		description:
			"Runs one query on any data source through Grafana (/api/ds/query): PromQL, LogQL, SQL that only reads, or a query model as JSON; or a dashboard's panel. Series come downsampled, keeping the least, greatest and last value of every stretch, with min, max, last, the usual range (median and three robust deviations) and how many points lie outside; tables as rows.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, context) {
			const { signal } = context;
			const window = windowOf(input, context.now());
			const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
			const all = await allowedDatasources(client, config, signal, "any");
			const { source, models } = await askedFor(client, input, all, signal);
			const step = Math.max(1_000, Math.ceil((to - from) / 1_000));
			const queries = models.map((model, i) => ({
				refId: String.fromCharCode(65 + i),
				intervalMs: step,
				maxDataPoints: 1_000,
				...model,
				datasource: { uid: source.uid, type: source.type },
			}));
			const reply = await client.query(queries, from, to - 1, signal);
			const failed = Object.entries(reply.results).filter(([, r]) => r.error !== undefined);
			if (failed.length > 0 && failed.length === Object.keys(reply.results).length)
				throw new AppError("BAD_INPUT", `the data source ${source.uid} did not accept the query (${failed[0]?.[1].status ?? 400})`, {
					hint: `check the query; ${source.type} expects its own language, or its query model as JSON`,
				});
			const url = exploreModelLink(config.url, source, models[0] ?? {}, { from, to });
			const frames = Object.values(reply.results).flatMap((r) => r.frames ?? []);
			const read = readFrames(frames, { datasource: source.uid, url, from, to });
			const kept = read.series.slice(0, input.limit);
			const rows = read.rows.slice(0, input.limit);
			const left = read.series.length - kept.length + (read.rows.length - rows.length);
			const coverage = coverageOf("grafana", window, {
				truncated: left > 0,
				skipped: [...(left > 0 ? [`${left} series or rows beyond limit`] : []), ...failed.map(([id]) => `query ${id} failed`)],
				waitedMs: client.waitedMs(signal),
			});
			const text = rows.map((row) => JSON.stringify(row).slice(0, 300));
			const injections = text.reduce((sum, row) => sum + countInjections(row), 0);
			const series = kept.map((s) => downsample(s, input.points));
			const told = evidenceReply({ series, coverage, redactions: read.redactions, url }, "Query", {
				whenEmpty: rows.length > 0 ? `${rows.length} rows.` : "The query has no value in this window. Try a wider one.",
			});
			return {
				data: {
					series,
					stats: kept.map(statsOf),
					rows,
					coverage,
					url,
					redactions: read.redactions,
					...(injections === 0 ? {} : { injections }),
				},
				text: rows.length === 0 ? told.text : `${told.text}\n${fence(text.slice(0, 20).join("\n")).text}`,
				links: [{ uri: url, name: "Explore" }],
			};
		},
	});
}

async function askedFor(
	client: GrafanaClient,
	input: z.output<typeof Input>,
	all: readonly Datasource[],
	signal: AbortSignal,
): Promise<{ source: Datasource; models: Record<string, unknown>[] }> {
	if (input.dashboard !== undefined) {
		const panels = panelQueries(await client.dashboard(input.dashboard, signal));
		const panel = panels.find((p) => p.id === input.panel);
		if (panel === undefined || panel.models.length === 0)
			throw new AppError("NOT_FOUND", "the dashboard has no such panel with a query", {
				hint: `panel is one of: ${panels.flatMap((p) => p.id ?? []).join(", ") || "none"} (get_dashboard tells them)`,
			});
		const source = pickDatasource(all, panel.datasource ?? input.datasource ?? "");
		for (const model of panel.models) refuseWrites(model);
		return { source, models: panel.models };
	}
	if (input.query === undefined || input.datasource === undefined)
		throw new AppError("BAD_INPUT", "neither a query nor a panel is named", { hint: "give datasource and query, or dashboard and panel" });
	const source = pickDatasource(all, input.datasource);
	const model = modelOf(source.type, input.query);
	refuseWrites(model);
	return { source, models: [model] };
}

function refuseWrites(model: Record<string, unknown>): void {
	if (isHarmless(model)) return;
	throw new AppError("BAD_INPUT", "only queries that read are run", { hint: "one SELECT, WITH, SHOW, DESCRIBE or EXPLAIN statement" });
}

function statsOf({ id, values }: MetricSeriesWire) {
	const known = values.filter((v) => v !== null);
	const extreme = (pick: (a: number, b: number) => number) => (known.length === 0 ? null : known.reduce((a, b) => pick(a, b)));
	const { low, high, outside } = usualRange(known);
	return {
		...{ id, min: extreme(Math.min), max: extreme(Math.max), last: known.at(-1) ?? null, points: values.length },
		...{ usualLow: low, usualHigh: high, outside },
	};
}
