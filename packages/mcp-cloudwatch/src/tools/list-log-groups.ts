import { defineTool, evidenceInput, fence, READS, windowOf } from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import type { CloudWatchConfig } from "../config.ts";
import { logsLink } from "../console-links.ts";
import { estimateScan, listLogGroups, narrow, scanCost } from "../log-groups.ts";

const Input = z.object({
	from: evidenceInput.from,
	to: evidenceInput.to,
	groups: z.array(z.string().max(512)).max(50).optional().describe("Names or how they begin."),
});
const Output = z.object({
	groups: z.array(
		z.object({
			name: z.string(),
			retentionDays: z.int().optional(),
			storedBytes: z.number(),
			/** What a Logs Insights query over the window would scan, about. */
			scanBytes: z.number(),
			url: z.string(),
		}),
	),
	estimatedCostUsd: z.number(),
});
const SHOWN = 30;

export function listLogGroupsTool(api: CloudWatchApi, config: CloudWatchConfig) {
	return defineTool({
		name: "list_log_groups",
		title: "List log groups",
		description:
			"The log groups that may be read: retention, size, and about what a Logs Insights query over the window would scan and cost.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, context) {
			const window = windowOf(input, context.now());
			const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
			const found = narrow(await listLogGroups(api, config, context.signal), input.groups);
			const region = await api.region();
			const groups = found.map((g) => ({
				name: g.name,
				...(g.retentionDays === undefined ? {} : { retentionDays: g.retentionDays }),
				storedBytes: g.storedBytes,
				scanBytes: Math.round(estimateScan([g], from, to, context.now())),
				url: logsLink(region, g.name, { from, to }),
			}));
			const cost = scanCost(groups.reduce((sum, g) => sum + g.scanBytes, 0));
			const rows = groups
				.slice(0, SHOWN)
				.map((g) => `${g.name}: ${g.storedBytes} bytes, kept ${g.retentionDays === undefined ? "for ever" : `${g.retentionDays} days`}`);
			const text = [
				`${groups.length} log groups; a Logs Insights query of all over this window costs about ${cost} USD.`,
				groups.length === 0
					? "None is allowed here with such a name. Try check_access, and FAULTLINE_CLOUDWATCH_LOG_GROUPS."
					: fence(rows.join("\n")).text,
				...(groups.length > SHOWN ? [`Shown ${SHOWN}; the structured data has all.`] : []),
			];
			const first = groups[0];
			return {
				data: { groups, estimatedCostUsd: cost },
				text: text.join("\n"),
				...(first === undefined ? {} : { links: [{ uri: first.url, name: first.name }] }),
			};
		},
	});
}
