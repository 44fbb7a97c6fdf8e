import type { IncidentReport } from "@faultline/contracts";
import { bySafety, fiveLines } from "./five-lines.ts";
import { plain } from "./plain-text.ts";

/** What a question asks for. */
export type Intent = "broken" | "why" | "since" | "change" | "do" | "impact" | "alerts" | "ruled-out" | "resource" | "coverage";

export interface Answer {
	question: string;
	intent: Intent;
	/** The resource that the question names, where it names one of the report's. */
	about?: string;
	/** The first sentence answers; the others support it. */
	sentences: { text: string; evidence: string[] }[];
	incident: string;
	/** Who worded it. */
	wordedBy: "rules" | "model";
}

/** In this order: a question may match several, and the more particular ones come first. */
const INTENTS: [Intent, RegExp][] = [
	[
		"ruled-out",
		/\b(rul(e|ed|ing) out|not the cause|what else|alternativ|exclude|other (cause|explanation|hypothes)|could it be|hypothes[ei]s)\b/,
	],
	[
		"do",
		/\b(what (can|should|do|could) (i|we)|what to do|(how|can) (do |can |to )?(i |we )?(fix|mend|mitigat|resolv|remed|recover|roll ?back|undo)|fix|mitigat\w*|remed\w*|next step|safely|roll ?back|restart)\b/,
	],
	["since", /\b(since when|when did|when was|start(ed)?|how long|begin|began|onset|first)\b/],
	["change", /\b(chang(e|ed|es)|deploy\w*|releas\w*|commit\w*|rollout|rolled out|config\w*|flag|merged|pushed)\b/],
	["alerts", /\b(alert\w*|alarm\w*|page(d|s)?|firing|fired)\b/],
	["coverage", /\b(missing|gap\w*|cover\w*|source\w*|how sure|confiden\w*|certain|trust|blind)\b/],
	["impact", /\b(impact|affect\w*|users?|customers?|blast|radius|spread|victims?|downstream|upstream|how bad|severity|severe|who feels)\b/],
	["why", /\b(why|cause\w*|reason|root|explain|because|culprit|blame)\b/],
];

/** A free question answered from a report, by rules: which of the report's own statements it asks for. The same question gets the same answer. */
export function answerQuestion(question: string, report: IncidentReport): Answer {
	const asked = plain(question, 500);
	const words = asked.toLowerCase();
	const about = namedResource(words, report);
	const particular = INTENTS.find(([, pattern]) => pattern.test(words))?.[0];
	const intent = particular ?? (about === undefined ? "broken" : "resource");
	const sentences = sentencesFor(intent, about, report).map((s) => ({
		text: plain(s.text, 600),
		evidence: s.evidence.filter((id) => report.evidence[id] !== undefined),
	}));
	return { question: asked, intent, ...(about === undefined ? {} : { about }), sentences, incident: report.id, wordedBy: "rules" };
}

type Sentence = Answer["sentences"][number];

function sentencesFor(intent: Intent, about: string | undefined, report: IncidentReport): Sentence[] {
	if (intent === "resource" && about !== undefined) return aboutResource(about, report);
	if (intent === "why" && about !== undefined && report.rootCauses[0]?.resource !== about) return aboutResource(about, report);
	return ANSWERS[intent](report);
}

const say = (text: string, evidence: string[] = []): Sentence => ({ text, evidence });
const findings = (report: IncidentReport, count: number) => report.findings.slice(0, count).map((f) => say(f.claim, f.evidence));

function line(report: IncidentReport, label: string): string {
	const found = fiveLines(report).find((l) => l.label === label)?.text ?? "";
	return found === "" ? "not known" : found;
}

const ANSWERS: Record<Intent, (report: IncidentReport) => Sentence[]> = {
	broken: (r) => [
		say(r.verdict === "no-incident" ? `Nothing is broken (${r.confidence}).` : `${r.title} (${r.severity} severity, ${r.confidence}).`),
		...(r.verdict === "no-incident"
			? []
			: [say(`Cause: ${line(r, "Cause")}`, r.rootCauses[0]?.signals ?? []), say(`Impact: ${line(r, "Impact")}`)]),
		...findings(r, 3),
	],
	why: (r) => [
		say(`Cause: ${line(r, "Cause")}`, r.rootCauses[0]?.signals ?? []),
		...findings(r, 4),
		...(r.change === null ? [] : [say(`Change: ${line(r, "Change")}`, r.change.evidence)]),
	],
	since: (r) => [
		say(
			r.startedAt === null
				? "When it started is not known."
				: `It started at ${r.startedAt}${r.firstFailing === null ? "" : `; ${r.firstFailing} failed first`}.`,
		),
		...r.timeline.slice(0, 5).map((t) => say(`${t.time} ${t.resource}: ${t.text}`, t.evidence)),
	],
	change: (r) => [
		say(r.change === null ? "No change is known to explain this." : `Change: ${line(r, "Change")}`, r.change?.evidence ?? []),
		...r.ruledOut
			.filter((h) => /\b(change|deploy|release|commit|rollout|flag|config)/i.test(h.hypothesis))
			.slice(0, 3)
			.map((h) => say(`Ruled out: ${h.hypothesis}: ${h.reason}`, h.evidence)),
	],
	do: (r) => whatToDo(r),
	impact: (r) => [
		say(`Impact: ${line(r, "Impact")}`),
		...(r.blastRadius.length === 0
			? []
			: [
					say(
						`Affected: ${r.blastRadius.slice(0, 15).join(", ")}${r.blastRadius.length > 15 ? ` and ${r.blastRadius.length - 15} more` : ""}`,
					),
				]),
		...r.propagations.slice(0, 5).map((p) => say(`${p.from} -> ${p.to}`, p.evidence)),
	],
	alerts: (r) =>
		r.alerts.length === 0
			? [say("No alert fired in this window.")]
			: r.alerts
					.slice(0, 8)
					.map((a) =>
						say(
							`${a.alert} (${a.time}): ${a.explainedBy === null ? "not explained by the cause" : `explained by ${a.explainedBy}`}`,
							a.evidence,
						),
					),
	"ruled-out": (r) =>
		r.ruledOut.length === 0
			? [say("Nothing in particular was ruled out.")]
			: r.ruledOut.slice(0, 6).map((h) => say(`${h.hypothesis}: ${h.reason}`, h.evidence)),
	resource: (r) => ANSWERS.broken(r),
	coverage: (r) => [
		say(`The conclusion is ${r.confidence}.`),
		...r.coverage.map((c) => say(`${c.source}: ${c.status}${c.reason === undefined ? "" : ` (${c.reason})`}`)),
		...r.notes.slice(0, 5).map((n) => say(n)),
	],
};

/** The safest proposal in full, the others by name. */
function whatToDo(report: IncidentReport): Sentence[] {
	const [safest, ...others] = bySafety(report.remediations);
	if (safest === undefined) return [say(`Next: ${line(report, "Next")}`)];
	return [
		say(`${safest.title} (${safest.risk} risk): ${safest.reason}`, safest.evidence),
		...safest.precheck.map((check) => say(`Check first: ${check}`)),
		...safest.steps.map((step) => say(`Run: ${step}`)),
		say(`Undo: ${safest.undo}`),
		...others.slice(0, 3).map((r) => say(`Or: ${r.title} (${r.risk} risk; undo: ${r.undo})`, r.evidence)),
	];
}

/** "Is X broken?": the cause, a victim, touched by findings, or not seen to be. */
function aboutResource(about: string, report: IncidentReport): Sentence[] {
	const cause = report.rootCauses.find((c) => c.resource === about);
	const evidence = Object.entries(report.evidence)
		.filter(([, e]) => e.resource === about)
		.map(([id]) => id);
	const touching = report.findings.filter((f) => f.evidence.some((id) => evidence.includes(id)) || f.claim.includes(about));
	const support = touching.slice(0, 4).map((f) => say(f.claim, f.evidence));
	if (report.verdict === "no-incident") return [say(`${about}: no incident was found (${report.confidence}).`), ...support];
	if (cause !== undefined && report.rootCauses[0]?.resource === about) {
		const how = report.confidence === "inconclusive" ? "is the strongest lead, but the cause is not determined" : "is the cause";
		return [say(`${about} ${how}${cause.reason === "" ? "." : `: ${cause.reason}`}`, cause.signals), ...support];
	}
	if (report.blastRadius.includes(about))
		return [say(`${about} is affected, not the cause. ${line(report, "Cause")}`, cause?.signals ?? []), ...support];
	if (support.length > 0 || evidence.length > 0)
		return [say(`${about} appears in the evidence, but is neither the cause nor in the blast radius.`, evidence.slice(0, 4)), ...support];
	return [say(`${about} shows nothing abnormal in this window.`), say(`Cause: ${line(report, "Cause")}`)];
}

/** The longest resource name of the report that occurs in the question as a whole word. */
function namedResource(words: string, report: IncidentReport): string | undefined {
	const names = new Set([
		...report.rootCauses.map((c) => c.resource),
		...report.blastRadius,
		...Object.values(report.evidence).map((e) => e.resource),
	]);
	const found = [...names].filter((name) => name.length > 1 && containsWord(words, name.toLowerCase()));
	return found.sort((a, b) => b.length - a.length)[0];
}

function containsWord(text: string, word: string): boolean {
	for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
		const before = text[at - 1] ?? " ";
		const after = text[at + word.length] ?? " ";
		if (!/[\w-]/.test(before) && !/[\w-]/.test(after)) return true;
	}
	return false;
}
