import type { Command } from "commander";
import { ENCODER_HELP } from "../encoder-choice.ts";
import { outputOption, printReport, type ReportFormat, reportFormatOption } from "../format-report.ts";
import { investigateLive } from "../investigate-live.ts";
import type { Session } from "../session.ts";
import { type TimeFlags, timeOptions } from "../time-options.ts";

interface Flags extends TimeFlags {
	service?: string;
	encoder?: string;
	format: ReportFormat;
	output?: string;
}

export function register(program: Command, session: Session): void {
	timeOptions(program.command("report").description("what is broken now: collects from the configured sources and reports"))
		.option("--service <name>", "the service or resource that it is about")
		.option("--encoder <name>", ENCODER_HELP)
		.addOption(reportFormatOption())
		.addOption(outputOption())
		.action(async (flags: Flags) => printReport(await investigateLive(session, flags), flags, session));
}
