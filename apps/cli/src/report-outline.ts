import type { IncidentReport, Remediation, SeenBy } from "@faultline/contracts";
import { fiveLines, type HeadLine } from "@faultline/orchestrator/incidents/five-lines";
import { plain } from "@faultline/orchestrator/incidents/plain-text";

/** A report as something to lay out: the same for text, Markdown and HTML. All text is one harmless line each; escaping for the format is the renderer's. */
export interface Outline {
	/** The five lines. */
	head: HeadLine[];
	title: string;
	summary: string;
	sections: Section[];
	/** "inc-1 · faultline.report/1 · 1.2 s · no model used" */
	foot: string;
}

export interface Section {
	title: string;
	/** Numbered where the order is a ranking. */
	ordered?: boolean;
	/** How many items a terminal shows; a page shows all. */
	brief?: number;
	items: Item[];
}

export interface Item {
	text: string;
	/** Words of a source, shown as a quotation. */
	quote?: string;
	/** Evidence by its number: E1, E2... */
	refs?: string[];
	/** Lines below it. */
	detail?: string[];
	/** The source's own page. */
	url?: string;
}

/** How many of each list are laid out; JSON has all. */
const SHOWN = { causes: 8, findings: 20, timeline: 30, alerts: 20, evidence: 40, evidenceBrief: 10, other: 20 };

export function outlineOf(report: IncidentReport): Outline {
	const numbers = numberEvidence(report);
	const refs = (ids: readonly string[]) => ids.flatMap((id) => numbers.get(id) ?? []).slice(0, 6);
	const sections: Section[] = [
		{
			title: "Findings",
			items: limited(report.findings, SHOWN.findings, (f) => ({
				text: `${plain(f.claim, 600)}${f.validated ? "" : " (not validated)"}`,
				refs: refs(f.evidence),
			})),
		},
		{ title: "What changed", items: changeItems(report, refs) },
		{ title: report.verdict === "incident" ? "Likely causes" : "Oddest things", ordered: true, items: causeItems(report, refs) },
		{
			title: "How it spread",
			items: limited(report.propagations, SHOWN.other, (p) => ({
				text: `${plain(p.from, 200)} -> ${plain(p.to, 200)}`,
				refs: refs(p.evidence),
			})),
		},
		{ title: "Blast radius", items: report.blastRadius.length === 0 ? [] : [{ text: listed(report.blastRadius, 25) }] },
		{ title: "What to do", items: limited(report.remediations, SHOWN.other, (r) => remediationItem(r, refs(r.evidence))) },
		{
			title: "Timeline",
			items: limited(report.timeline, SHOWN.timeline, (t) => ({
				text: `${t.time} ${plain(t.resource, 120)}: ${plain(t.text, 300)}`,
				refs: refs(t.evidence),
			})),
		},
		{
			title: "Alerts",
			items: limited(report.alerts, SHOWN.alerts, (a) => ({
				text: `${a.time} ${plain(a.alert, 200)}: ${a.explainedBy === null ? "not explained" : `explained by ${plain(a.explainedBy, 200)}`}`,
				refs: refs(a.evidence),
			})),
		},
		{
			title: "Ruled out",
			items: limited(report.ruledOut, SHOWN.other, (r) => ({
				text: `${plain(r.hypothesis, 300)}: ${plain(r.reason, 400)}`,
				refs: refs(r.evidence),
			})),
		},
		{ title: "Sources", items: limited(report.coverage, SHOWN.other, coverageItem) },
		{ title: "Evidence", brief: SHOWN.evidenceBrief, items: evidenceItems(report, numbers) },
		{ title: "Notes", items: limited(report.notes, SHOWN.other, (n) => ({ text: plain(n, 400) })) },
	];
	const head = fiveLines(report);
	return {
		head,
		title: plain(report.title, 300),
		summary: plain(report.summary, 2000),
		sections: sections.filter((s) => s.items.length > 0),
		foot: footOf(report),
	};
}

function changeItems({ change }: IncidentReport, refs: (ids: readonly string[]) => string[]): Item[] {
	if (change === null) return [];
	const { title, service, time, confidence, reason, evidence } = change;
	const where = [service, time].filter((part) => part !== undefined).join(", ");
	return [
		{
			text: `${plain(title, 300)}${where === "" ? "" : ` (${plain(where, 200)})`}: ${plain(reason, 600)} [${confidence}]`,
			refs: refs(evidence),
		},
	];
}

/** Those that something speaks for; the rest of the candidates in one line. */
function causeItems({ rootCauses }: IncidentReport, refs: (ids: readonly string[]) => string[]): Item[] {
	const reasoned = rootCauses.filter((c) => c.reason !== "");
	const others = [...reasoned.slice(SHOWN.causes), ...rootCauses.filter((c) => c.reason === "")];
	const items = reasoned
		.slice(0, SHOWN.causes)
		.map((c) => ({ text: `${plain(c.resource, 200)} (score ${round(c.score)}): ${plain(c.reason, 400)}`, refs: refs(c.signals) }));
	return others.length === 0
		? items
		: [
				...items,
				{
					text: `little or nothing against: ${listed(
						others.map((c) => c.resource),
						12,
					)}`,
				},
			];
}

/** Evidence is numbered in the order in which the report cites it, so that its ids, which are long, need not be repeated. */
function numberEvidence(report: IncidentReport): Map<string, string> {
	const cited = [
		...report.findings.flatMap((f) => f.evidence),
		...report.rootCauses.slice(0, SHOWN.causes).flatMap((c) => c.signals.slice(0, 6)),
		...(report.change?.evidence ?? []),
		...report.remediations.flatMap((r) => r.evidence),
		...Object.keys(report.evidence),
	];
	const known = [...new Set(cited)].filter((id) => report.evidence[id] !== undefined);
	return new Map(known.map((id, i) => [id, `E${i + 1}`]));
}

function remediationItem(r: Remediation, refs: string[]): Item {
	const detail = [
		`why: ${plain(r.reason, 400)}`,
		...r.precheck.map((p) => `check first: ${plain(p, 300)}`),
		...r.steps.map((s) => `run: ${plain(s, 300)}`),
		`undo: ${plain(r.undo, 300)}`,
	];
	return { text: `${plain(r.title, 200)} (${r.risk} risk)`, refs, detail };
}

function coverageItem(c: IncidentReport["coverage"][number]): Item {
	const truncated = c.truncated ? ", truncated" : "";
	const reason = c.reason === undefined ? "" : `: ${plain(c.reason, 300)}`;
	const more = (c.skipped ?? []).filter((s) => s !== c.reason).slice(0, 5);
	return {
		text: `${plain(c.source, 60)} ${c.status}${truncated} (${c.from} to ${c.to})${reason}`,
		...(more.length === 0 ? {} : { detail: more.map((s) => plain(s, 300)) }),
	};
}

function evidenceItems(report: IncidentReport, numbers: Map<string, string>): Item[] {
	return limited([...numbers], SHOWN.evidence, ([id, number]): Item => {
		const evidence = report.evidence[id];
		if (evidence === undefined) return { text: number };
		const { source, kind, resource, time, text, url, votes, seenBy } = evidence;
		const said = (votes ?? []).slice(0, 4).map((v) => plain(v, 200));
		return {
			text: `${number} ${time} ${plain(source, 40)}/${kind} ${plain(resource, 120)}${said.length === 0 ? "" : `: ${said.join(", ")}`}`,
			quote: plain(text, 400),
			...(seenBy === undefined || seenBy.length === 0 ? {} : { detail: seenBy.slice(0, 4).map(alsoSeen) }),
			...(safeUrl(url) === undefined ? {} : { url: safeUrl(url) as string }),
		};
	});
}

/** "also in sentry/error (confidence .97: same text, 0 ms apart): https://..." */
function alsoSeen({ source, kind, url, confidence, reason }: SeenBy): string {
	const page = safeUrl(url);
	const sure = confidence.toFixed(2).replace(/^0/, "");
	return `also in ${plain(source, 40)}/${kind} (confidence ${sure}: ${plain(reason, 160)})${page === undefined ? "" : `: ${page}`}`;
}

/** Only web addresses become links. */
export function safeUrl(url: string | undefined): string | undefined {
	if (url === undefined || url.length > 2000 || !URL.canParse(url)) return undefined;
	const parsed = new URL(url);
	return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : undefined;
}

function limited<T>(all: readonly T[], max: number, item: (one: T) => Item): Item[] {
	const items = all.slice(0, max).map(item);
	return all.length > max ? [...items, { text: `${all.length - max} more; --format json has all` }] : items;
}

function listed(names: readonly string[], max: number): string {
	const shown = names
		.slice(0, max)
		.map((n) => plain(n, 120))
		.join(", ");
	return names.length > max ? `${shown} and ${names.length - max} more` : shown;
}

function footOf({ id, schema, usage, window }: IncidentReport): string {
	const model = usage.tokens === 0 ? "no model used" : `${usage.tokens} tokens, $${usage.cost.toFixed(4)}`;
	return `${plain(id, 128)} · ${window.from} to ${window.to} · ${schema} · ${(usage.ms / 1000).toFixed(1)} s · ${model}`;
}

const round = (n: number) => String(Math.round(n * 1000) / 1000);
