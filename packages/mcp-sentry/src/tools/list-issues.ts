import { EvidencePage } from "@faultline/contracts";
import { coverageOf, defineTool, EvidenceInput, evidenceReply, pageRequest, READS, redactionsOf, type Tool } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { deployedAt, issuesSeen } from "../issue-scope.ts";
import { issueSignal } from "../map-issue.ts";

const Input = EvidenceInput.extend({
	query: z.string().max(500).default("").describe('Sentry issue search ("is:unresolved level:fatal").'),
	environment: z.string().max(64).optional(),
	new_since: z.string().max(250).optional().describe('Only issues first seen after this release was deployed: its version, or "latest".'),
});
const Position = z.int().nonnegative();

export function listIssues({ client }: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "list_issues",
		title: "Sentry issues",
		description:
			"Issues (groups of like errors) seen in a window, one record each, the most frequent first: count in the window, users, first and last seen, first and last release, whether it is new. With new_since, those that began after a release was deployed.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		async run(input, context) {
			const request = pageRequest("list_issues", input, context.now(), Position);
			const { window, position: start = 0 } = request;
			const { signal } = context;
			const deploy = input.new_since === undefined ? undefined : await deployedAt(client, input.new_since, signal);
			const { issues, truncated } = await issuesSeen(client, window, input.query, input.environment, signal);
			const after = Date.parse(deploy?.time ?? "");
			const wanted = deploy === undefined ? issues : issues.filter((i) => Date.parse(i.firstSeen ?? "") >= after);
			const all = wanted
				.map((issue) => issueSignal(issue, window, client.web))
				.map((s) =>
					deploy === undefined ? s : { ...s, attributes: { ...s.attributes, newSince: deploy.version, deployedAt: deploy.time } },
				)
				.sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
			const signals = all.slice(start, start + input.limit);
			const next = start + input.limit < all.length ? start + input.limit : undefined;
			const page = {
				signals,
				coverage: coverageOf("sentry", window, { truncated, waitedMs: client.waitedMs(signal) }),
				redactions: redactionsOf(signals),
				url: client.web(`issues/?start=${window.from}&end=${window.to}&utc=true&query=${encodeURIComponent(input.query)}`),
				...(next === undefined ? {} : { nextCursor: request.next(next) }),
			};
			const whenEmpty =
				deploy === undefined
					? "No issue was seen in this window. Try a wider window or no query."
					: `No issue in this window began after ${deploy.version} was deployed at ${deploy.time}.`;
			return evidenceReply(page, deploy === undefined ? "Sentry issues" : `Issues new since ${deploy.time}`, {
				detail: input.detail,
				whenEmpty,
			});
		},
	});
}
