import { defineTool, fence, READS } from "@faultline/mcp";
import { z } from "zod";
import { allowedDatasources, type GrafanaClient } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";

const Output = z.object({ datasources: z.array(z.object({ uid: z.string(), name: z.string(), type: z.string(), url: z.string() })) });

export function listDatasources(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "list_datasources",
		title: "List data sources",
		description: "The data sources that may be read: uid, name, type.",
		inputSchema: z.object({}),
		outputSchema: Output,
		annotations: READS,
		async run(_input, { signal }) {
			const all = await allowedDatasources(client, config, signal, "any");
			const datasources = all.map(({ uid, name, type }) => ({
				uid,
				name,
				type,
				url: `${config.url}/connections/datasources/edit/${encodeURIComponent(uid)}`,
			}));
			const text =
				datasources.length === 0
					? "No data source may be read. Try check_access."
					: fence(datasources.map((d) => `${d.uid}: ${d.name} (${d.type})`).join("\n")).text;
			return { data: { datasources }, text, links: datasources.slice(0, 5).map((d) => ({ uri: d.url, name: d.name })) };
		},
	});
}
