import type { IncidentReport } from "@faultline/contracts";
import { plain } from "./plain-text.ts";

export interface HeadLine {
	label: "Status" | "Cause" | "Impact" | "Change" | "Next";
	text: string;
}

/** What an engineer sees first: status, cause, impact, change, next step; one line each, safe to print. */
export function fiveLines(report: IncidentReport): HeadLine[] {
	return [
		{ label: "Status", text: statusLine(report) },
		{ label: "Cause", text: plain(causeLine(report)) },
		{ label: "Impact", text: plain(impactLine(report)) },
		{ label: "Change", text: plain(changeLine(report)) },
		{ label: "Next", text: plain(nextLine(report)) },
	];
}

function statusLine({ verdict, severity, confidence }: IncidentReport): string {
	if (verdict === "no-incident") return `no incident · ${confidence}`;
	return `incident · ${severity} severity · ${confidence}`;
}

/** The first cause; where others broke beside it, those as well. */
function causeLine(report: IncidentReport): string {
	const line = firstCauseLine(report);
	const others = report.verdict === "no-incident" ? [] : (report.causeSet ?? []).slice(1);
	if (others.length === 0) return line;
	const told = others.map((name) => {
		const reason = report.rootCauses.find((cause) => cause.resource === name)?.reason.split("; ", 1)[0] ?? "";
		return reason === "" ? name : `${name} (${reason})`;
	});
	return `${others.length === 1 ? "two" : "three"} faults at once: ${line}; and ${told.join("; and ")}`;
}

function firstCauseLine({ verdict, confidence, rootCauses, title }: IncidentReport): string {
	const first = rootCauses[0];
	if (verdict === "no-incident")
		return confidence === "inconclusive"
			? "nothing abnormal was found, but too little is known to say that all is well"
			: "nothing is broken in this window";
	if (first === undefined) return "not determined; no lead";
	if (confidence === "inconclusive")
		return `not determined; strongest lead ${first.resource}${first.reason === "" ? "" : ` (${first.reason})`}`;
	if (first.reason === "") return first.resource;
	// The strongest of its reasons: the others stand below, with their evidence.
	const reason = first.reason.split("; ", 1)[0] ?? "";
	// "db-1: out of memory" says how it fails; the reason alone may be a bare figure.
	if (title.startsWith(`${first.resource}: `)) return `${title} (${reason})`;
	return reason.startsWith(first.resource) ? reason : `${first.resource}: ${reason}`;
}

function impactLine({ verdict, impact, startedAt }: IncidentReport): string {
	if (impact === "") return verdict === "no-incident" ? "none" : "not known";
	const since = startedAt === null || /\bsince\b/i.test(impact) ? "" : `, since ${startedAt}`;
	return `${impact.replace(/\.$/, "")}${since}`;
}

function changeLine({ change }: IncidentReport): string {
	if (change === null) return "no change is known to explain this";
	const names = [...new Set([change.id, change.commitId ?? change.id].map(shortHash))];
	const when = change.time === undefined ? [] : [change.time];
	return `${change.title} (${[...names, ...when].join(", ")}): ${change.reason} [${change.confidence}]`;
}

/** A commit as people write it: its first twelve digits. */
function shortHash(id: string): string {
	return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(id) ? id.slice(0, 12) : id;
}

function nextLine({ remediations, verdict, confidence, rootCauses }: IncidentReport): string {
	const safest = bySafety(remediations)[0];
	if (safest !== undefined) return `${safest.title} (${safest.risk} risk; undo: ${safest.undo})`;
	if (verdict === "no-incident")
		return confidence === "inconclusive" ? "widen the window, or add a source; see the gaps below" : "nothing to do";
	const lead = rootCauses[0]?.resource;
	return lead === undefined
		? "widen the window, or add a source; see the gaps below"
		: `look at ${lead} first; nothing safe enough to propose (nothing to undo)`;
}

/** The safest first; of equal risk in the report's own order. */
export function bySafety(remediations: IncidentReport["remediations"]): IncidentReport["remediations"] {
	return remediations.toSorted((a, b) => RISK[a.risk] - RISK[b.risk]);
}

const RISK = { low: 0, medium: 1, high: 2 };
