import { type AnyTool, checkAccessTool, type ToolContext } from "@faultline/mcp";
import { z } from "zod";
import { sentryTime } from "../client.ts";
import type { Connection } from "../connection.ts";
import { Issue, Project, Release } from "../wire.ts";

/** One small read per kind of evidence: Sentry tells what a token may do only by doing it. */
export function checkAccess({ client }: Connection): AnyTool {
	const lastHour = (context: ToolContext) => ({
		start: sentryTime(new Date(context.now() - 3_600_000).toISOString()),
		end: sentryTime(new Date(context.now()).toISOString()),
	});
	return checkAccessTool("Sentry", [
		{
			name: "projects",
			async run({ signal }) {
				const [version] = await Promise.all([client.version(signal), client.projectIds(signal)]);
				const { items, next } = await client.page("projects/", Project, { per_page: 100 }, signal);
				return `${items.length}${next === undefined ? "" : " or more"} projects can be seen${version === undefined ? "" : `; Sentry ${version.slice(0, 40)}`}`;
			},
		},
		{
			name: "errors",
			async run(context) {
				const { items } = await client.page("issues/", Issue, { ...lastHour(context), query: "", limit: 1 }, context.signal);
				return items.length > 0 ? "there were errors in the last hour" : "no errors in the last hour";
			},
		},
		{
			name: "spans",
			async run(context) {
				await client.page(
					"events/",
					z.unknown(),
					{ ...lastHour(context), dataset: "spans", field: ["id"], per_page: 1 },
					context.signal,
					"data",
				);
				return "spans can be searched";
			},
		},
		{
			name: "logs",
			async run(context) {
				await client.page(
					"events/",
					z.unknown(),
					{ ...lastHour(context), dataset: "logs", field: ["id"], per_page: 1 },
					context.signal,
					"data",
				);
				return "logs can be searched";
			},
		},
		{
			name: "changes",
			async run({ signal }) {
				const { items } = await client.page("releases/", Release, { per_page: 1 }, signal);
				return items[0] === undefined ? "there are no releases: deploys are not reported to Sentry" : "releases can be read";
			},
		},
	]);
}
