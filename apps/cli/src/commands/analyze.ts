import { AppError, type EvidenceSet, type IncidentReport } from "@faultline/contracts";
import type { Command } from "commander";
import { placeOf } from "../config.ts";
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
	keep?: boolean;
}

export function register(program: Command, session: Session): void {
	program
		.command("analyze")
		.description("the same report from a capture, offline")
		.requiredOption("--capture <dir>", "the capture folder")
		.option("--service <name>", "the service or resource that it is about")
		.option("--encoder <name>", ENCODER_HELP)
		.option("--keep", "keep it among the incidents, by the capture's id, to confirm it or to ask about it")
		.addOption(reportFormatOption())
		.addOption(outputOption())
		.action(async (flags: Flags) => printReport(await analyzeCapture(session, flags), flags, session));
}

/** The report of a capture. No child is started, so that Ctrl-C ends the program at once by itself. */
export async function analyzeCapture(
	session: Session,
	{ capture, service, encoder, keep }: Pick<Flags, "capture" | "service" | "encoder" | "keep">,
): Promise<IncidentReport> {
	const [{ NO_RECORD, readCapture }, { dataDir }, { analyzeHere }] = await Promise.all([
		import("@faultline/contracts/capture"),
		import("@faultline/orchestrator/config/load-config"),
		import("@faultline/orchestrator/jobs/analyze-here"),
	]);
	const evidence = await readCapture(capture);
	requireRecords(evidence, capture, NO_RECORD);
	const config = await optionalConfig(session);
	const kept = dataDir(placeOf(session.env, session.configPath), config);
	const settings = { env: session.env, encoder: await encoderChoice(session, encoder), logRules: config?.logs.rules, dataDir: kept };
	const report = await analyzeHere(service === undefined ? evidence : { ...evidence, focus: service }, settings);
	if (keep !== true) return report;
	const store = (await import("@faultline/orchestrator/incidents/incident-store")).folderStore(kept);
	await store.saveEvidence(evidence);
	await store.saveReport(report);
	return report;
}

/** "No incident" of a folder without one readable record would be taken for good news. */
function requireRecords({ signals, series, baselineSeries, coverage }: EvidenceSet, directory: string, why: string): void {
	if (signals.length + series.length + baselineSeries.length > 0) return;
	const problems = coverage.flatMap((c) => c.skipped ?? []).filter((p) => p !== why);
	throw new AppError("BAD_INPUT", [`${directory}: ${why}`, ...problems].join("\n  "), {
		hint: "it needs at least one of logs, spans, events, alerts or metrics beside capture.json",
	});
}
