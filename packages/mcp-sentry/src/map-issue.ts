import { type Signal, severityOf, type Window } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import { serviceOfProject } from "./map-error.ts";
import type { Issue } from "./wire.ts";

/** An issue as one record: what it is, how often in the window (count), how many users, since when and which release. */
export function issueSignal(issue: Issue, window: Window, url: (path: string) => string): Signal {
	const service = serviceOfProject(issue.project);
	const body = redact(issue.culprit ? `${issue.title} (${issue.culprit})` : issue.title);
	const first = issue.firstSeen;
	const isNew = first !== undefined && Date.parse(first) >= Date.parse(window.from) && Date.parse(first) < Date.parse(window.to);
	const inWindow = (t: string | undefined) => t !== undefined && Date.parse(t) < Date.parse(window.to);
	return {
		id: `sentry:issue:${issue.id}`,
		source: "sentry",
		kind: "error",
		time: isNew ? (first as string) : window.from,
		...(inWindow(issue.lastSeen) ? { observedTime: issue.lastSeen } : {}),
		severity: severityOf(issue.level) || 17,
		...(service === undefined ? {} : { service }),
		resource: service ?? "unknown",
		body: body.text,
		attributes: Object.fromEntries(
			Object.entries({
				issue: issue.shortId ?? issue.id,
				issueId: issue.id,
				project: issue.project?.slug,
				status: issue.status,
				firstSeen: first,
				lastSeen: issue.lastSeen,
				users: issue.userCount,
				firstRelease: issue.firstRelease?.version,
				lastRelease: issue.lastRelease?.version,
				isNew,
				aggregated: true,
			}).filter(([, v]) => v !== undefined),
		),
		count: Math.max(1, Math.floor(issue.count ?? 1)),
		fingerprint: `sentry:${issue.id}`,
		url: url(`issues/${encodeURIComponent(issue.id)}/`),
		redactions: body.count,
	};
}
