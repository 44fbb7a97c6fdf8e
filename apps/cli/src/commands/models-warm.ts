import type { Command } from "commander";
import { encoderChoice } from "../encoder-choice.ts";
import { logRules } from "../log-rules.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";
import { inputName, noteRepairs } from "./note-repairs.ts";

export function register(models: Command, session: Session): void {
	models
		.command("warm")
		.description("computes and keeps the vectors of a corpus' templates, so that the first report need not")
		.requiredOption("--corpus <file>", 'a file of log lines; "-" is standard input')
		.option("--model <name>", "the encoder; default: as configured")
		.action(async ({ corpus, model }: { corpus: string; model?: string }) => {
			const [{ openInput, readLines }, { warmModel }] = await Promise.all([
				import("@faultline/orchestrator/logs/read-lines"),
				import("@faultline/orchestrator/models/warm-model"),
			]);
			const choice = await encoderChoice(session, model);
			const rules = await logRules(session);
			const lines = noteRepairs(readLines(await openInput(corpus, process.stdin), inputName(corpus)), inputName(corpus));
			const progress = createProgress(session);
			const onProgress = (done: number, of: number) => progress.update(`${done} of ${of} templates`);
			const warmed = await warmModel(choice, lines, { rules, signal: session.cancellation(), onProgress }).finally(progress.clear);
			if (warmed.storeProblem !== undefined) session.stderr.write(`faultline: nothing was kept: ${warmed.storeProblem}\n`);
			session.exitCode = warmed.storeProblem === undefined ? 0 : 3;
			await session.write(`${warmed.encoder}: ${warmed.lines} lines, ${warmed.templates} templates, ${warmed.computed} vectors computed\n`);
		});
}
