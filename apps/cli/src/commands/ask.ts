import { AppError, type IncidentReport } from "@faultline/contracts";
import type { Command } from "commander";
import { placeOf, sourceLauncher } from "../config.ts";
import { formatAnswer } from "../format-answer.ts";
import { type Format, formatOption, outputOption } from "../format-report.ts";
import { investigateLive } from "../investigate-live.ts";
import type { Session } from "../session.ts";
import { type TimeFlags, timeOptions } from "../time-options.ts";
import { analyzeCapture } from "./analyze.ts";

interface Flags extends TimeFlags {
	service?: string;
	capture?: string;
	incident?: string;
	format: Format;
	output?: string;
}

export function register(program: Command, session: Session): void {
	timeOptions(
		program
			.command("ask")
			.description('a question in words, such as "what\'s broken?", "why?", "what changed?", "what can I do?"')
			.argument("<question...>", "the question"),
	)
		.option("--service <name>", "the service or resource that it is about")
		.option("--capture <dir>", "answer from a capture, offline")
		.option("--incident <id>", 'answer from a kept report ("latest" is the newest)')
		.addOption(formatOption())
		.addOption(outputOption())
		.action(async (words: string[], flags: Flags) => {
			const question = words.join(" ").trim();
			if (question === "") throw new AppError("BAD_INPUT", "the question is empty", { hint: 'faultline ask "what\'s broken?"' });
			if (flags.capture !== undefined && flags.incident !== undefined)
				throw new AppError("BAD_INPUT", "both --capture and --incident are given", { hint: "give one of them" });
			const report = await reportFor(session, flags);
			const { answerHere } = await import("@faultline/orchestrator/incidents/answer-here");
			const answer = await answerHere(question, report, session.env);
			await session.write(formatAnswer(answer, report, flags.format, session), flags.output);
			session.exitCode = report.verdict === "incident" ? 1 : 0;
		});
}

async function reportFor(session: Session, flags: Flags): Promise<IncidentReport> {
	if (flags.capture !== undefined) return analyzeCapture(session, { ...flags, capture: flags.capture });
	if (flags.incident === undefined) return investigateLive(session, flags);
	const { openWorkbench } = await import("@faultline/orchestrator/server/open-desk");
	const { store } = await openWorkbench(placeOf(session.env, session.configPath), sourceLauncher(false));
	const id = flags.incident === "latest" ? (await store.list(1))[0]?.id : flags.incident;
	if (id === undefined) throw new AppError("NOT_FOUND", "no report is kept yet", { hint: "`faultline report` makes one" });
	return store.report(id);
}
