import { defineTool, evidenceInput, fence, READS, windowOf } from "@faultline/mcp";
import { redact } from "@faultline/platform";
import { z } from "zod";
import { allowedDatasources, type GrafanaClient } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { panelQueries, queryText } from "../dashboards.ts";
import { exploreModelLink } from "../links.ts";

const Input = z.object({ uid: z.string().min(1).max(100), from: evidenceInput.from, to: evidenceInput.to });
const Output = z.object({
	title: z.string(),
	tags: z.array(z.string()),
	url: z.string(),
	panels: z.array(
		z.object({
			id: z.int().optional(),
			title: z.string(),
			type: z.string(),
			datasource: z.string().optional(),
			queries: z.array(z.string()),
			url: z.string(),
		}),
	),
	redactions: z.int(),
});

export function getDashboard(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "get_dashboard",
		title: "Get dashboard",
		description:
			"A dashboard's panels: titles and queries only, variables filled in, each with an Explore link over the window. query_datasource runs a panel.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, { signal, now }) {
			const window = windowOf(input, now());
			const ends = { from: Date.parse(window.from), to: Date.parse(window.to) };
			const [found, sources] = await Promise.all([client.dashboard(input.uid, signal), allowedDatasources(client, config, signal, "any")]);
			let redactions = 0;
			const clean = (text: string): string => {
				const { text: kept, count } = redact(text);
				redactions += count;
				return kept;
			};
			const page = `${config.url}/d/${encodeURIComponent(found.dashboard.uid)}?from=${ends.from}&to=${ends.to}`;
			const panels = panelQueries(found).map(({ id, title, type, datasource, models }) => {
				const source = sources.find((d) => d.uid === datasource || d.name === datasource);
				const first = models[0];
				const text = clean(first === undefined ? "" : queryText(first));
				return {
					...(id === undefined ? {} : { id }),
					title: clean(title),
					type,
					...(datasource === undefined ? {} : { datasource }),
					queries: models.map((m) => clean(queryText(m))).filter((q) => q !== ""),
					url:
						source !== undefined && text !== "" && !text.includes("[redacted")
							? exploreModelLink(config.url, source, first ?? {}, ends)
							: `${page}${id === undefined ? "" : `&viewPanel=${id}`}`,
				};
			});
			const title = clean(found.dashboard.title);
			const rows = panels.map(
				(p) =>
					`${p.id ?? "-"} ${p.title} (${p.type}${p.datasource === undefined ? "" : `, ${p.datasource}`}): ${p.queries.join(" ; ").slice(0, 300)}`,
			);
			return {
				data: { title, tags: found.dashboard.tags ?? [], url: page, panels, redactions },
				text: `${panels.length} panels.\n${fence([title, ...rows].join("\n")).text}\nSource: ${page}`,
				links: [{ uri: page, name: title }],
			};
		},
	});
}
