import type { IncidentReport } from "@faultline/contracts";
import type { Answer } from "@faultline/orchestrator/incidents/answer-question";
import { fiveLines } from "@faultline/orchestrator/incidents/five-lines";
import { plain, shorten } from "@faultline/orchestrator/incidents/plain-text";
import { formatHtml } from "./format-html.ts";
import { formatJson } from "./format-json.ts";
import { formatMarkdown } from "./format-markdown.ts";
import type { Format } from "./format-report.ts";
import { fold } from "./format-text.ts";
import { type Item, type Outline, type Section, safeUrl } from "./report-outline.ts";

/** An answer in one of the four formats: the question's answer, the evidence it cites, and the report's five lines. */
export function formatAnswer(answer: Answer, report: IncidentReport, format: Format, { width }: { width: number }): string {
	if (format === "json") return formatJson({ answer, report });
	if (format === "text") return answerText(answer, report, width);
	const outline = answerOutline(answer, report);
	return format === "markdown" ? formatMarkdown(outline) : formatHtml(outline);
}

function citedIds(answer: Answer): string[] {
	return [...new Set(answer.sentences.flatMap((s) => s.evidence.slice(0, 4)))];
}

function evidenceItem(id: string, number: number, report: IncidentReport): Item {
	const e = report.evidence[id];
	if (e === undefined) return { text: `E${number} ${plain(id, 120)}` };
	const url = safeUrl(e.url);
	return {
		text: `E${number} ${e.time} ${plain(e.source, 40)}/${e.kind} ${plain(e.resource, 120)}`,
		quote: plain(e.text, 240),
		...(url === undefined ? {} : { url }),
	};
}

function answerText(answer: Answer, report: IncidentReport, width: number): string {
	const ids = citedIds(answer);
	const lines = answer.sentences.flatMap((s) => fold(s.text + cite(s.evidence, ids), width, "  "));
	const evidence = ids.map((id, i) => evidenceItem(id, i + 1, report));
	const cited = evidence.flatMap((e) => [
		shorten(`  ${e.text}`, width),
		...(e.quote === undefined ? [] : [shorten(`    "${e.quote}"`, width)]),
		...(e.url === undefined ? [] : [`    ${e.url}`]),
	]);
	const status = fiveLines(report)[0]?.text ?? "";
	return `${[...lines, ...(cited.length === 0 ? [] : ["", "Evidence", ...cited]), "", `${answer.incident} · ${status}`].join("\n")}\n`;
}

function cite(evidence: readonly string[], ids: readonly string[]): string {
	const numbers = evidence.slice(0, 4).map((id) => `E${ids.indexOf(id) + 1}`);
	return numbers.length === 0 ? "" : ` [${numbers.join(", ")}]`;
}

function answerOutline(answer: Answer, report: IncidentReport): Outline {
	const ids = citedIds(answer);
	const sections: Section[] = [
		{
			title: "Answer",
			items: answer.sentences.map((s): Item => ({ text: s.text, refs: s.evidence.slice(0, 4).map((id) => `E${ids.indexOf(id) + 1}`) })),
		},
		{ title: "Evidence", items: ids.map((id, i) => evidenceItem(id, i + 1, report)) },
	];
	return {
		head: fiveLines(report),
		title: answer.question,
		summary: "",
		sections: sections.filter((s) => s.items.length > 0),
		foot: `${answer.incident} · worded by ${answer.wordedBy}`,
	};
}
