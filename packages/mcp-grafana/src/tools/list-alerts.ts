import { EvidencePage, type Signal } from "@faultline/contracts";
import { coverageOf, decodeCursor, defineTool, EvidenceInput, encodeCursor, evidenceReply, READS, windowOf } from "@faultline/mcp";
import { z } from "zod";
import { HistoryPosition, readHistory } from "../alert-history.ts";
import { annotationPosition, readAnnotations } from "../annotation-pages.ts";
import type { GrafanaClient } from "../client.ts";
import type { GrafanaConfig } from "../config.ts";
import { alertFromHistory, alertFromLoki, alertFromRule, isFiring, SAME_FIRING_MS } from "../map-alerts.ts";
import type { Rule } from "../wire.ts";

const Position = z.union([annotationPosition.schema, HistoryPosition]);

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
				input.cursor === undefined ? annotationPosition(windowOf(input, context.now())) : decodeCursor(query, input.cursor, Position);
			const [rules, page] = await Promise.all([client.rules(context.signal), readStates(client, start, input.limit, context.signal)]);
			const signals = page.items.map((toSignal) => toSignal(rules, config.url));
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
				whenEmpty: "No alert fired in this window and none fires now. Try a wider window, or list_alert_rules.",
			});
		},
	});
}

type States = { items: ((rules: readonly Rule[], base: string) => Signal)[]; next: z.output<typeof Position> | undefined };

/** A history is kept as annotations, or in Loki; one that is kept as both is read once. */
async function readStates(client: GrafanaClient, start: z.output<typeof Position>, limit: number, signal: AbortSignal): Promise<States> {
	const fromLoki = async (position?: HistoryPosition): Promise<States | undefined> => {
		const page = await readHistory(client, { from: start.from, to: start.to }, position, limit, signal);
		return page && { ...page, items: page.items.map((item) => (rules, base) => alertFromLoki(item, rules, base)) };
	};
	if ("kept" in start) return (await fromLoki(start)) ?? { items: [], next: undefined };
	const noted = await readAnnotations(client, "alert", start, limit, signal);
	const isFirst = start.seen.length === 0 && start.until === Date.parse(start.to) - 1;
	const kept = noted.items.length === 0 && isFirst ? await fromLoki() : undefined;
	return kept ?? { ...noted, items: noted.items.map((item) => (rules, base) => alertFromHistory(item, rules, base)) };
}

function isSameFiring(a: Signal, b: Signal): boolean {
	return (
		a.alert?.name === b.alert?.name && a.resource === b.resource && Math.abs(Date.parse(a.time) - Date.parse(b.time)) <= SAME_FIRING_MS
	);
}
