import type { Analysis, Anomaly, Finding, RankedCause } from "@faultline/contracts";
import { labelCluster } from "./cluster-label.ts";
import { MECHANISM_WORDS } from "./mechanism-words.ts";
import { clause, clockTime, quoteText } from "./telemetry-text.ts";

/** The worded parts of a report that a person reads first. */
export interface Wording {
	title: string;
	/** One sentence. */
	summary: string;
	impact: string;
	findings: Finding[];
}

const MAX_FINDINGS = 12;

/** Words the analysis by rule: names the resource, symptom, onset, figures and change, and nothing that is not in the analysis. */
export function wordByRule(analysis: Analysis): Wording {
	const findings = findingsOf(analysis).map((f) => ({ ...f, claim: closed(f.claim) }));
	return { title: titleOf(analysis), summary: closed(summaryOf(analysis)), impact: impactOf(analysis), findings };
}

/** A sentence whose end was cut needs no full stop besides. */
function closed(sentence: string): string {
	return sentence.replace(/…\.$/, "…");
}

function titleOf(a: Analysis): string {
	if (a.verdict === "no-incident") return "No incident";
	const cause = a.causes[0];
	if (cause === undefined) return "Incident, cause not determined";
	const name = quoteText(cause.resource, 80);
	const symptom = a.mechanism === "unknown" ? symptomOf(strongestAt(a, cause.resource)) : MECHANISM_WORDS[a.mechanism].short;
	return a.confidence === "inconclusive" ? `Cause not determined; strongest lead ${name}` : `${name}: ${symptom}`;
}

function symptomOf(anomaly: Anomaly | undefined): string {
	if (anomaly === undefined) return MECHANISM_WORDS.unknown.short;
	const direction = { up: "up", down: "down", new: "new", gone: "gone", bad: "bad" }[anomaly.direction];
	return `${clause(anomaly.subject, 60)} ${direction}`;
}

function summaryOf(a: Analysis): string {
	const cause = a.causes[0];
	if (a.verdict === "no-incident") {
		// A series says more of a quiet window than a log template does.
		const odd = a.anomalies.find((x) => x.kind !== "template") ?? a.anomalies[0];
		return odd === undefined
			? "Nothing abnormal was found in this window."
			: `Nothing in this window amounts to an incident; the oddest thing is ${quoteText(odd.resource, 80)}: ${clause(odd.text, 120)}.`;
	}
	if (cause === undefined) return "Not determined: something is wrong, but no resource stands out as its cause.";
	const figures = strongestAt(a, cause.resource)?.text ?? cause.because[0] ?? cause.reason;
	const name = quoteText(cause.resource, 80);
	if (a.confidence === "inconclusive") return `Not determined; strongest lead ${name}${since(a, cause)}: ${clause(figures)}.`;
	const did = MECHANISM_WORDS[a.mechanism].did;
	return `${name} ${did}${since(a, cause)}: ${clause(figures)}${firstFailingClause(a, cause)}${changeClause(a)}.`;
}

function since(a: Analysis, cause: RankedCause): string {
	const onset = cause.onset ?? a.startedAt;
	return onset === null ? "" : ` (since ${clockTime(onset, a.window.from)})`;
}

function firstFailingClause(a: Analysis, cause: RankedCause): string {
	if (a.firstFailing === null || a.firstFailing === cause.resource) return "";
	return `; ${quoteText(a.firstFailing, 80)} failed first`;
}

function changeClause(a: Analysis): string {
	if (a.change === null) return "";
	const when = a.change.time === undefined ? "" : ` at ${clockTime(a.change.time, a.window.from)}`;
	return `; ${changeName(a.change)}${when} ${a.change.confidence === "inconclusive" ? "may" : "can"} explain it`;
}

function changeName(change: { type: string; id: string; commitId?: string | undefined; title: string }): string {
	const id = quoteText(change.commitId === undefined ? change.id : change.commitId.slice(0, 12), 40);
	return `${quoteText(change.type, 20)} ${id} "${clause(change.title, 80)}"`;
}

function impactOf(a: Analysis): string {
	if (a.impact.trim() !== "") return quoteText(a.impact, 400);
	if (a.verdict === "no-incident") return "None.";
	if (a.blastRadius.length === 0) return "Nothing beyond the cause itself is seen to suffer.";
	const named = a.blastRadius.slice(0, 5).map((r) => quoteText(r, 80));
	const more = a.blastRadius.length > named.length ? ` and ${a.blastRadius.length - named.length} more` : "";
	const from = a.startedAt === null ? "" : ` since ${clockTime(a.startedAt, a.window.from)}`;
	return `${a.blastRadius.length === 1 ? "1 resource suffers" : `${a.blastRadius.length} resources suffer`}${from}: ${named.join(", ")}${more}.`;
}

/** The abnormal thing at a resource that shows the mechanism best: what speaks of it before what does not, figures before words, then by strength. */
function strongestAt(a: Analysis, resource: string): Anomaly | undefined {
	const { tells } = MECHANISM_WORDS[a.mechanism];
	const worth = (x: Anomaly) =>
		(tells?.test(`${x.subject} ${x.text}`) ? 2 : 0) + (x.kind !== "alert" && /\d/.test(x.text) ? 1 : 0) + x.strength;
	const here = a.anomalies.filter((x) => x.resource === resource || x.service === resource);
	return here.reduce<Anomaly | undefined>((top, x) => (top === undefined || worth(x) > worth(top) ? x : top), undefined);
}

/** Claims with the evidence that they rest on; what nothing is cited for is left out. */
function findingsOf(a: Analysis): Finding[] {
	const certain = a.confidence !== "inconclusive";
	const claims: Finding[] = [];
	const cause = a.verdict === "incident" ? a.causes[0] : undefined;
	if (cause !== undefined) claims.push({ claim: causeClaim(a, cause), evidence: cause.signals, validated: certain });
	if (a.change !== null)
		claims.push({ claim: changeClaim(a), evidence: a.change.evidence, validated: a.change.confidence !== "inconclusive" });
	for (const x of strongestFirst(a, cause?.resource).slice(0, cause === undefined ? 3 : 6))
		claims.push({ claim: anomalyClaim(a, x), evidence: x.evidence, validated: true });
	for (const p of a.propagations.slice(0, 4)) {
		claims.push({
			claim: `The fault reached ${quoteText(p.to, 80)} from ${quoteText(p.from, 80)}.`,
			evidence: p.evidence,
			validated: certain,
		});
	}
	for (const c of a.clusters.slice(0, 3)) {
		const before = c.baselineCount === 0 ? "none before" : `${c.baselineCount} before`;
		claims.push({
			claim: `${quoteText(c.resource, 80)} logged "${labelCluster(c)}" ${c.count} times, ${before}.`,
			evidence: c.evidence,
			validated: true,
		});
	}
	return citedOnly(claims, a).slice(0, MAX_FINDINGS);
}

function causeClaim(a: Analysis, cause: RankedCause): string {
	const reason = clause(cause.reason === "" ? (cause.because[0] ?? "it explains the most of what is abnormal") : cause.reason, 300);
	const name = quoteText(cause.resource, 80);
	return a.confidence === "inconclusive" ? `${name} is the strongest lead: ${reason}.` : `${name} is the cause: ${reason}.`;
}

function changeClaim(a: Analysis): string {
	const change = a.change;
	if (change === null) return "";
	return `${changeName(change)} ${change.confidence === "inconclusive" ? "may" : "can"} explain it: ${clause(change.reason, 300)}.`;
}

function anomalyClaim(a: Analysis, x: Anomaly): string {
	const from = x.onset === null ? "" : `, from ${clockTime(x.onset, a.window.from)}`;
	const until = x.recovered === null ? "" : ` until ${clockTime(x.recovered, a.window.from)}`;
	return `${quoteText(x.resource, 80)}: ${clause(x.text, 240)}${from}${until}.`;
}

/** What is at the cause first, then by strength. */
function strongestFirst(a: Analysis, resource: string | undefined): Anomaly[] {
	const at = (x: Anomaly) => (x.resource === resource || x.service === resource ? 1 : 0);
	return [...a.anomalies].sort((x, y) => at(y) - at(x) || y.strength - x.strength);
}

/** Evidence or silence: ids that are not in the analysis are taken out, claims left with none are dropped. */
export function citedOnly(claims: Finding[], a: Analysis): Finding[] {
	return claims.flatMap((f) => {
		const evidence = knownIds(f.evidence, a);
		return evidence.length === 0 ? [] : [{ ...f, evidence }];
	});
}

export function knownIds(ids: readonly string[], a: Analysis): string[] {
	return [...new Set(ids)].filter((id) => Object.hasOwn(a.evidence, id));
}
