import { defineTool, fence, READS } from "@faultline/mcp";
import { redact } from "@faultline/platform";
import { z } from "zod";
import type { GrafanaClient } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";

const Input = z.object({
	query: z.string().max(200).optional().describe("Words of the title."),
	tag: z.string().max(100).optional(),
	limit: z.int().min(1).max(200).default(30),
	page: z.int().min(1).default(1),
});
const Output = z.object({
	dashboards: z.array(
		z.object({ uid: z.string(), title: z.string(), folder: z.string().optional(), tags: z.array(z.string()), url: z.string() }),
	),
	nextPage: z.int().optional(),
});

export function listDashboards(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "list_dashboards",
		title: "List dashboards",
		description: "Dashboards by title and tag: uid, title, folder, tags, link. get_dashboard tells their panels.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run({ query, tag, limit, page }, { signal }) {
			const hits = await client.dashboards(
				{ limit, page, ...(query === undefined ? {} : { query }), ...(tag === undefined ? {} : { tag }) },
				signal,
			);
			const origin = new URL(config.url).origin;
			const dashboards = hits.map((h) => ({
				uid: h.uid,
				title: redact(h.title).text,
				...(h.folderTitle ? { folder: h.folderTitle } : {}),
				tags: h.tags ?? [],
				url: h.url.startsWith("/") ? `${origin}${h.url}` : `${config.url}/d/${encodeURIComponent(h.uid)}`,
			}));
			const more = hits.length >= limit;
			const text =
				dashboards.length === 0
					? "No dashboard has such a title or tag. Try fewer words."
					: `${dashboards.length} dashboards${more ? `; more on page ${page + 1}` : ""}.\n${fence(dashboards.map((d) => `${d.uid}: ${d.title}`).join("\n")).text}`;
			const links = dashboards.slice(0, 5).map((d) => ({ uri: d.url, name: d.title }));
			return { data: { dashboards, ...(more ? { nextPage: page + 1 } : {}) }, text, links };
		},
	});
}
