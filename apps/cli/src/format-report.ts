import type { IncidentReport } from "@faultline/contracts";
import { Option } from "commander";
import { formatDot } from "./format-dot.ts";
import { formatHtml } from "./format-html.ts";
import { formatJson } from "./format-json.ts";
import { formatMarkdown } from "./format-markdown.ts";
import { formatText } from "./format-text.ts";
import { outlineOf } from "./report-outline.ts";
import type { Session } from "./session.ts";

/** Of answers and reports. */
export const FORMATS = ["text", "json", "markdown", "html"] as const;
export type Format = (typeof FORMATS)[number];
/** Of reports, whose graph can be drawn. */
export const REPORT_FORMATS = [...FORMATS, "dot"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export const formatOption = () => new Option("-f, --format <format>", "how it is printed").choices(FORMATS).default("text");
export const reportFormatOption = () =>
	new Option("-f, --format <format>", "how it is printed; dot is its graph, for Graphviz").choices(REPORT_FORMATS).default("text");
export const outputOption = () => new Option("-o, --output <file>", "write to a file instead of standard output, whole or not at all");

/** A report in one of the formats, ending with a line feed. */
export function formatReport(report: IncidentReport, format: ReportFormat, { width, colour }: { width: number; colour: boolean }): string {
	if (format === "json") return formatJson(report);
	if (format === "dot") return formatDot(report);
	const outline = outlineOf(report);
	if (format === "markdown") return formatMarkdown(outline);
	if (format === "html") return formatHtml(outline);
	return formatText(outline, { width, colour });
}

/** Prints a report and sets the exit code: 1 where there is an incident. */
export async function printReport(
	report: IncidentReport,
	{ format, output }: { format: ReportFormat; output?: string },
	session: Session,
): Promise<void> {
	const colour = session.colour && output === undefined;
	await session.write(formatReport(report, format, { width: session.width, colour }), output);
	session.exitCode = report.verdict === "incident" ? 1 : 0;
}
