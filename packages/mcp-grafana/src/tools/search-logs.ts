import { EvidencePage, type Signal, toAppError, type Window } from "@faultline/contracts";
import { coverageOf, defineTool, evidenceInput, evidenceReply, pageRequest, READS, redactionsOf, type ToolContext } from "@faultline/mcp";
import { z } from "zod";
import { allowedDatasources, type GrafanaClient, pickDatasource } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { LinePosition } from "../line-pages.ts";
import { exploreModelLink } from "../links.ts";
import { guardCost, logFilters, logQuery, readLines } from "../loki-reader.ts";
import { type LogPageRequest, readPluginLines } from "../plugin-logs.ts";
import type { Datasource } from "../wire.ts";

const Input = z.object({ ...evidenceInput, ...logFilters });
const Output = EvidencePage.extend({ estimatedBytes: z.number().optional() });
const Position = z.object({ source: z.int().nonnegative(), place: LinePosition.nullable() });
type Position = z.output<typeof Position>;

export function searchLogs(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "search_logs",
		title: "Search logs",
		description:
			"Lines of Loki, Elasticsearch and OpenSearch in a window, and of CloudWatch where it is named, as one kind of record: oldest first, with level, service, pod, trace id and an Explore link. Loki's estimate of bytes is checked first, and too costly queries are refused. analyze_logs counts before you read.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		evidence: ["log"],
		async run(input, context) {
			const { window, position, next } = pageRequest<Position>("search_logs", input, context.now(), Position);
			const all = await allowedDatasources(client, config, context.signal, input.datasource === undefined ? "logs" : "namedLogs");
			const sources = input.datasource === undefined ? spokenBy(all, input.query) : [pickDatasource(all, input.datasource)];
			const page = await read(client, config, { sources, input, window, position }, context);
			const waitedMs = client.waitedMs(context.signal);
			const coverage = coverageOf("grafana", window, {
				skipped: page.skipped,
				waitedMs,
				...(sources.length === 0 ? { reason: "no data source of logs" } : {}),
			});
			const reply = evidenceReply(
				{
					signals: page.signals,
					coverage: page.skipped.length > 0 && page.skipped.length === sources.length ? { ...coverage, status: "failed" } : coverage,
					redactions: redactionsOf(page.signals),
					...(page.url === undefined ? {} : { url: page.url }),
					...(page.follows === undefined ? {} : { nextCursor: next(page.follows) }),
				},
				"Logs",
				{
					detail: input.detail,
					whenEmpty:
						sources.length === 0
							? "Grafana has no data source of logs that this account may see. Try list_datasources."
							: "No line in this window. Try a wider one, a broader selector, or no level.",
				},
			);
			return page.bytes === undefined ? reply : { ...reply, data: { ...reply.data, estimatedBytes: page.bytes } };
		},
	});
}

interface Asked {
	sources: readonly Datasource[];
	input: z.output<typeof Input>;
	window: Window;
	position: Position | undefined;
}
interface Page {
	signals: Signal[];
	skipped: string[];
	follows: Position | undefined;
	url: string | undefined;
	bytes: number | undefined;
}

async function read(
	client: GrafanaClient,
	config: GrafanaConfig,
	{ sources, input, window, position }: Asked,
	context: ToolContext,
): Promise<Page> {
	const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
	const result: Page = { signals: [], skipped: [], follows: undefined, url: undefined, bytes: undefined };
	for (let at = position?.source ?? 0; at < sources.length; at++) {
		const source = sources[at];
		if (source === undefined) break;
		const place = at === position?.source ? (position.place ?? undefined) : undefined;
		try {
			const limit = input.limit - result.signals.length;
			const asked = { query: input.query, from, to, limit, level: input.level, position: place };
			const page =
				source.type === "loki"
					? await fromLoki(client, config, source, asked, context.signal)
					: await readPluginLines(client, config, source, asked, context.signal);
			if (page === undefined) continue;
			result.url ??= exploreModelLink(config.url, source, page.model, { from, to });
			if ("bytes" in page && page.bytes !== undefined) result.bytes = page.bytes;
			result.signals.push(...page.signals);
			if (page.next !== undefined) return { ...result, follows: { source: at, place: page.next } };
			if (result.signals.length >= input.limit && at + 1 < sources.length) return { ...result, follows: { source: at + 1, place: null } };
		} catch (thrown) {
			const error = toAppError(thrown);
			// A query of the caller's own fails as it is; without one, a data source that cannot be read does not hide the others.
			if (error.code === "CANCELLED" || error.code === "UNAUTHORIZED" || error.code === "INTERNAL" || input.query !== undefined)
				throw error;
			result.skipped.push(`data source ${source.uid}: ${error.code}: ${error.message}`);
		}
	}
	return result;
}

/** Of several data sources, those whose language a query is in: a stream selector is Loki's. */
function spokenBy(all: readonly Datasource[], query: string | undefined): Datasource[] {
	if (query === undefined) return [...all];
	const isSelector = query.trim().startsWith("{");
	const spoken = all.filter(({ type }) => (type === "loki") === isSelector);
	return spoken.length > 0 ? spoken : [...all];
}

/** Undefined where Loki has no stream in the window. */
async function fromLoki(client: GrafanaClient, config: GrafanaConfig, source: Datasource, asked: LogPageRequest, signal: AbortSignal) {
	const expr = await logQuery(client, source, asked, signal);
	if (expr === undefined) return undefined;
	const bytes = asked.position === undefined ? await guardCost(client, config, source, { ...asked, query: expr }, signal) : undefined;
	return { ...(await readLines(client, config, source, { ...asked, query: expr }, signal)), model: { expr }, bytes };
}
