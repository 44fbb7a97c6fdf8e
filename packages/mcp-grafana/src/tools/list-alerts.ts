import { EvidencePage, type Signal } from "@faultline/contracts";
import { coverageOf, decodeCursor, defineTool, EvidenceInput, encodeCursor, evidenceReply, READS, windowOf } from "@faultline/mcp";
import { annotationPosition, readAnnotations } from "../annotation-pages.ts";
import type { GrafanaClient } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { alertFromHistory, alertFromRule, isFiring, SAME_FIRING_MS } from "../map-alerts.ts";

export function listAlerts(client: GrafanaClient, config: GrafanaConfig) {
	return defineTool({
		name: "list_alerts",
		title: "List alerts",
		description:
			"Grafana alerts of a window: every change of state in it (fired, resolved), newest first, and the alerts that fire now, whenever they began. Each has its rule, labels, metric, threshold and value where Grafana says them, and links to its rule. Use it to see who was paged for what, and when.",
		inputSchema: EvidenceInput,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["alert"],
		async run(input, context) {
			const query = { tool: "list_alerts", from: input.from, to: input.to };
			const start =
				input.cursor === undefined
					? annotationPosition(windowOf(input, context.now()))
					: decodeCursor(query, input.cursor, annotationPosition.schema);
			const [rules, page] = await Promise.all([
				client.rules(context.signal),
				readAnnotations(client, "alert", start, input.limit, context.signal),
			]);
			const signals = page.items.map((annotation) => alertFromHistory(annotation, rules, config.url));
			// What fires now is told once, on the last page, where the history does not tell it already.
			if (page.next === undefined) {
				const to = Date.parse(start.to);
				const active = rules.flatMap((rule) =>
					(rule.alerts ?? []).filter((a) => isFiring(a.state)).flatMap((a) => alertFromRule(rule, a, config.url) ?? []),
				);
				signals.push(
					...active.filter(
						(a) =>
							Date.parse(a.time) < to &&
							!(Date.parse(a.time) >= Date.parse(start.from) - SAME_FIRING_MS && signals.some((s) => isSameFiring(s, a))),
					),
				);
			}
			const window = { from: start.from, to: start.to };
			const coverage = coverageOf("grafana", window, { waitedMs: client.waitedMs(context.signal) });
			const nextCursor = page.next === undefined ? {} : { nextCursor: encodeCursor(query, page.next) };
			const redactions = signals.reduce((sum, s) => sum + s.redactions, 0);
			return evidenceReply({ signals, coverage, redactions, url: `${config.url}/alerting/list`, ...nextCursor }, "Alerts", {
				detail: input.detail,
				whenEmpty:
					"No alert fired in this window and none fires now. Where alert state history is kept in Loki, Grafana does not show it as annotations.",
			});
		},
	});
}

function isSameFiring(a: Signal, b: Signal): boolean {
	return (
		a.alert?.name === b.alert?.name && a.resource === b.resource && Math.abs(Date.parse(a.time) - Date.parse(b.time)) <= SAME_FIRING_MS
	);
}
