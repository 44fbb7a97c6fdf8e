import { EvidencePage } from "@faultline/contracts";
import {
	coverageOf,
	decodeCursor,
	defineTool,
	EvidenceInput,
	encodeCursor,
	evidenceReply,
	READS,
	redactionsOf,
	windowOf,
} from "@faultline/mcp";
import { annotationPosition, readAnnotations } from "../annotation-pages.ts";
import type { GrafanaClient } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { annotationsLink } from "../links.ts";
import { changeFromAnnotation } from "../map-changes.ts";

export function listChanges(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "list_changes",
		title: "List changes",
		description:
			"Changes that someone marked as Grafana annotations in a window, newest first: deploys, feature flags, configuration, provider status. Tags such as deploy, service:web or commit:abc123 say what and where; each links to its dashboard. Use it to see what changed before things broke.",
		inputSchema: EvidenceInput,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["change"],
		async run(input, context) {
			const query = { tool: "list_changes", from: input.from, to: input.to };
			const start =
				input.cursor === undefined
					? annotationPosition(windowOf(input, context.now()))
					: decodeCursor(query, input.cursor, annotationPosition.schema);
			const page = await readAnnotations(client, "annotation", start, input.limit, context.signal);
			const signals = page.items.map((annotation) => changeFromAnnotation(annotation, config.url));
			const window = { from: start.from, to: start.to };
			const coverage = coverageOf("grafana", window, { waitedMs: client.waitedMs(context.signal) });
			const nextCursor = page.next === undefined ? {} : { nextCursor: encodeCursor(query, page.next) };
			const redactions = redactionsOf(signals);
			return evidenceReply(
				{
					signals,
					coverage,
					redactions,
					url: annotationsLink(config.url, { from: Date.parse(start.from), to: Date.parse(start.to) }),
					...nextCursor,
				},
				"Changes",
				{
					detail: input.detail,
					whenEmpty:
						"No annotation lies in this window. Teams mark deploys with annotations tagged deploy and service:<name>; where none are made, ask Sentry for releases or Kubernetes for rollouts.",
				},
			);
		},
	});
}
