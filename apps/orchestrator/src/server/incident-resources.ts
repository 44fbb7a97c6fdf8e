import type { TemplateResource } from "@faultline/mcp";
import { incidentUri } from "../incidents/brief-report.ts";
import { plain } from "../incidents/plain-text.ts";
import type { Desk } from "../tools/desk.ts";

/** faultline://incidents/{id}: the whole report as JSON. */
export function incidentResources(desk: Desk): TemplateResource {
	return {
		uriTemplate: "faultline://incidents/{id}",
		name: "incident",
		title: "Incident report",
		description: "The whole report of one incident: findings, evidence, timeline, causes, coverage",
		mimeType: "application/json",
		async read({ id }) {
			const report = desk.investigations.get(id ?? "")?.report ?? (await desk.store.report(id ?? ""));
			return { text: JSON.stringify(report, null, 1) };
		},
		async list() {
			const kept = await desk.store.list(50);
			return kept.map((i) => ({
				uri: incidentUri(i.id),
				name: i.id,
				description: plain(`${i.verdict}, ${i.severity}, ${i.confidence}: ${i.title}`, 200),
				mimeType: "application/json",
			}));
		},
		complete: { id: (typed) => completeId(desk, typed) },
	};
}

/** Incident ids that start with what was typed, newest first. */
export async function completeId(desk: Desk, typed: string): Promise<string[]> {
	const kept = await desk.store.list(100);
	return kept.map((i) => i.id).filter((id) => id.startsWith(typed));
}
