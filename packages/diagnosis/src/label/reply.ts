import type { Analysis, Finding } from "@faultline/contracts";
import { z } from "zod";
import type { Aliases } from "./prompt.ts";
import { clause, quoteText } from "./telemetry-text.ts";

/** What of a model's wording may be used, and why the rest was set aside. */
export interface CheckedWording {
	title?: string;
	summary?: string;
	findings: Finding[];
	setAside: string[];
}

const Title = z.string().trim().min(3).max(140);
const Summary = z.string().trim().min(10).max(500);
const Claim = z.object({ claim: z.string().trim().min(5).max(500), evidence: z.array(z.string()).max(30) });
const Labels = z.object({ labels: z.record(z.string(), z.unknown()) });
const Label = z.string().trim().min(2).max(80);

/**
 * Checks each part of a wording against the analysis. Only title, summary and findings are ever read of a reply: whatever else it
 * says (a verdict, a remedy) does not exist for us.
 */
export function checkWording(reply: Record<string, unknown>, analysis: Analysis, aliases: Aliases, facts: string): CheckedWording {
	const setAside: string[] = [];
	const guard = (text: string) => faultInText(text, analysis, facts);
	const checked: CheckedWording = { findings: [], setAside };
	const title = Title.safeParse(reply.title);
	const summary = Summary.safeParse(reply.summary);
	const titleFault = title.success ? (guard(title.data) ?? faultInLead(title.data, analysis)) : "it is not a text of the right length";
	const summaryFault = summary.success
		? (guard(summary.data) ?? faultInLead(summary.data, analysis))
		: "it is not a text of the right length";
	if (title.success && titleFault === undefined) checked.title = quoteText(title.data, 140);
	else if (reply.title !== undefined) setAside.push(`title: ${titleFault}`);
	if (summary.success && summaryFault === undefined) checked.summary = quoteText(summary.data, 500);
	else setAside.push(`summary: ${summaryFault}`);
	const findings: unknown[] = Array.isArray(reply.findings) ? reply.findings.slice(0, 12) : [];
	for (const each of findings) {
		const finding = checkFinding(each, analysis, aliases, guard);
		if (typeof finding === "string") setAside.push(`a finding: ${finding}`);
		else checked.findings.push(finding);
	}
	return checked;
}

/** A model's finding with real evidence ids, or why it may not stand. */
function checkFinding(given: unknown, a: Analysis, aliases: Aliases, guard: (text: string) => string | undefined): Finding | string {
	const parsed = Claim.safeParse(given);
	if (!parsed.success) return "it is not a claim with evidence";
	const { claim, evidence } = parsed.data;
	if (evidence.length === 0) return "it cites no evidence";
	const known = evidence
		.map((alias) => aliases.id(alias.trim()))
		.filter((id) => id !== undefined && Object.hasOwn(a.evidence, id)) as string[];
	// One unknown id is enough: who cites what was not given has not read it there.
	if (known.length < evidence.length) return "it cites evidence that does not exist";
	return guard(claim) ?? { claim: quoteText(claim, 500), evidence: [...new Set(known)], validated: isBorneOut(claim, known, a) };
}

/** Whether what is cited says what is claimed, as far as code can tell: each figure of the claim stands in it. */
function isBorneOut(claim: string, ids: readonly string[], a: Analysis): boolean {
	if (a.confidence === "inconclusive") return false;
	const about = (x: { evidence: readonly string[] }) => x.evidence.some((id) => ids.includes(id));
	const said = [
		...ids.flatMap((id) => a.evidence[id] ?? []).map((e) => `${e.text} ${e.resource} ${e.time}`),
		...a.anomalies.filter(about).map((x) => `${x.text} ${x.onset ?? ""}`),
		...a.clusters.filter(about).map((c) => `${c.count} ${c.baselineCount}`),
	];
	return !hasUnknownFigure(claim, said.join("\n"));
}

/** Labels by cluster id; those that are no short plain text are left out. */
export function checkLabels(reply: Record<string, unknown>, ids: ReadonlyMap<string, string>, analysis: Analysis): Map<string, string> {
	const labels = new Map<string, string>();
	const parsed = Labels.safeParse(reply);
	if (!parsed.success) return labels;
	for (const [alias, value] of Object.entries(parsed.data.labels)) {
		const id = ids.get(alias);
		const label = Label.safeParse(value);
		if (id === undefined || !label.success || faultInText(label.data, analysis, undefined) !== undefined) continue;
		labels.set(id, clause(label.data, 80));
	}
	return labels;
}

/** Links, markup and commands: nothing of what we ask for holds any, and each is a way to make a reader do something. */
const ACTIVE = /:\/\/|\bwww\.|\]\(|<\/?[a-z!]|`|\$\(|&&|\bjavascript:|\bdata:[a-z]+\//i;
const COMMAND =
	/\b(?:kubectl|psql|redis-cli|curl|wget|sudo|systemctl|chmod)\b|\b(?:aws|gcloud|az|docker|helm|terraform|mysql)\s+(?:-|run|exec|rm|kill|stop|delete|destroy|apply|install|uninstall|upgrade|s3|ec2|iam)\b|\brm\s+-|\bdrop\s+(?:table|database)\b|\bdelete\s+(?:the\s+)?(?:namespace|database|table|cluster|all)\b/i;
const CERTAIN = /\b(?:definitely|certainly|undoubtedly|without (?:a )?doubt|confirmed|proven|proves|conclusively)\b/i;

/** Why a text may not stand in a report; undefined where it may. `facts`: the text that its figures must come from. */
function faultInText(text: string, a: Analysis, facts: string | undefined): string | undefined {
	if (ACTIVE.test(text)) return "it holds a link or markup";
	if (COMMAND.test(text)) return "it holds a command";
	if (a.confidence !== "confirmed" && CERTAIN.test(text)) return "it is surer than the evidence";
	if (blamesAnotherChange(text, a)) return "it names a change that is not blamed";
	if (facts !== undefined && hasUnknownFigure(text, facts)) return "it names a figure that is not in the evidence";
	return undefined;
}

function blamesAnotherChange(text: string, a: Analysis): boolean {
	const lower = text.toLowerCase();
	const blamed = new Set([a.change?.id, a.change?.commitId, a.change?.title].filter((x) => x !== undefined));
	return a.weighedChanges.some((change) =>
		[change.id, change.commitId?.slice(0, 7), change.title].some(
			(name) =>
				name !== undefined &&
				name.length >= 4 &&
				lower.includes(name.toLowerCase()) &&
				![...blamed].some((b) => b.toLowerCase().includes(name.toLowerCase())),
		),
	);
}

/** A figure in the text (whole numbers under 10 excepted) that stands nowhere in the facts, to its own precision. */
function hasUnknownFigure(text: string, facts: string): boolean {
	const known = new Set(figuresIn(facts));
	const values = [...known].map(Number);
	return figuresIn(text).some((figure) => {
		if (known.has(figure)) return false;
		const value = Number(figure);
		if (Number.isInteger(value) && value < 10) return false;
		const decimals = figure.split(".")[1]?.length ?? 0;
		return !values.some((v) => v.toFixed(decimals) === value.toFixed(decimals));
	});
}

function figuresIn(text: string): string[] {
	return text.replace(/(?<=\d),(?=\d{3}\b)/g, "").match(/\d+(?:\.\d+)?/g) ?? [];
}

/** A title or a summary must speak of the cause that was found, and abstain where the analysis abstains. */
function faultInLead(text: string, a: Analysis): string | undefined {
	const cause = a.causes[0];
	if (a.confidence === "inconclusive" && !/not determined/i.test(text)) return "it does not say that the cause is not determined";
	if (
		cause !== undefined &&
		!text.toLowerCase().includes(cause.resource.toLowerCase()) &&
		!(cause.service && text.toLowerCase().includes(cause.service.toLowerCase()))
	) {
		return "it does not name the cause";
	}
	return undefined;
}
