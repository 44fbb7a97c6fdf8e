import type { IncidentReport } from "@faultline/contracts";
import { Option } from "commander";
import { formatHtml } from "./format-html.ts";
import { formatJson } from "./format-json.ts";
import { formatMarkdown } from "./format-markdown.ts";
import { formatText } from "./format-text.ts";
import { outlineOf } from "./report-outline.ts";
import type { Session } from "./session.ts";

export const FORMATS = ["text", "json", "markdown", "html"] as const;
export type Format = (typeof FORMATS)[number];

export const formatOption = () => new Option("-f, --format <format>", "how it is printed").choices(FORMATS).default("text");
export const outputOption = () => new Option("-o, --output <file>", "write to a file instead of standard output, whole or not at all");

/** A report in one of the four formats, ending with a line feed. */
export function formatReport(report: IncidentReport, format: Format, { width, colour }: { width: number; colour: boolean }): string {
	if (format === "json") return formatJson(report);
	const outline = outlineOf(report);
	if (format === "markdown") return formatMarkdown(outline);
	if (format === "html") return formatHtml(outline);
	return formatText(outline, { width, colour });
}

/** Prints a report and sets the exit code: 1 where there is an incident. */
export async function printReport(
	report: IncidentReport,
	{ format, output }: { format: Format; output?: string },
	session: Session,
): Promise<void> {
	const colour = session.colour && output === undefined;
	await session.write(formatReport(report, format, { width: session.width, colour }), output);
	session.exitCode = report.verdict === "incident" ? 1 : 0;
}
