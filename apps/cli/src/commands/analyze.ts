import { AppError, type EvidenceSet, type IncidentReport } from "@faultline/contracts";
import type { Command } from "commander";
import { ENCODER_HELP, encoderChoice } from "../encoder-choice.ts";
import { outputOption, printReport, type ReportFormat, reportFormatOption } from "../format-report.ts";
import { optionalConfig } from "../optional-config.ts";
import type { Session } from "../session.ts";

interface Flags {
	capture: string;
	service?: string;
	encoder?: string;
	format: ReportFormat;
	output?: string;
}

export function register(program: Command, session: Session): void {
	program
		.command("analyze")
		.description("the same report from a capture, offline")
		.requiredOption("--capture <dir>", "the capture folder")
		.option("--service <name>", "the service or resource that it is about")
		.option("--encoder <name>", ENCODER_HELP)
		.addOption(reportFormatOption())
		.addOption(outputOption())
		.action(async (flags: Flags) => printReport(await analyzeCapture(session, flags), flags, session));
}

/** The report of a capture. No child is started, so that Ctrl-C ends the program at once by itself. */
export async function analyzeCapture(
	session: Session,
	{ capture, service, encoder }: Pick<Flags, "capture" | "service" | "encoder">,
): Promise<IncidentReport> {
	const [{ NO_RECORD, readCapture }, { analyzeHere }] = await Promise.all([
		import("@faultline/contracts/capture"),
		import("@faultline/orchestrator/jobs/analyze-here"),
	]);
	const evidence = await readCapture(capture);
	requireRecords(evidence, capture, NO_RECORD);
	const settings = {
		env: session.env,
		encoder: await encoderChoice(session, encoder),
		logRules: (await optionalConfig(session))?.logs.rules,
	};
	return analyzeHere(service === undefined ? evidence : { ...evidence, focus: service }, settings);
}

/** "No incident" of a folder without one readable record would be taken for good news. */
function requireRecords({ signals, series, baselineSeries, coverage }: EvidenceSet, directory: string, why: string): void {
	if (signals.length + series.length + baselineSeries.length > 0) return;
	const problems = coverage.flatMap((c) => c.skipped ?? []).filter((p) => p !== why);
	throw new AppError("BAD_INPUT", [`${directory}: ${why}`, ...problems].join("\n  "), {
		hint: "it needs at least one of logs, spans, events, alerts or metrics beside capture.json",
	});
}
