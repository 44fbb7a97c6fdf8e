import { toAppError } from "@faultline/contracts";
import { Command, CommanderError } from "commander";
import * as analyze from "./commands/analyze.ts";
import * as ask from "./commands/ask.ts";
import * as completion from "./commands/completion.ts";
import * as configCheck from "./commands/config-check.ts";
import * as confirm from "./commands/confirm.ts";
import * as doctor from "./commands/doctor.ts";
import * as evalAlertGraphs from "./commands/eval-alert-graphs.ts";
import * as evalConfirmed from "./commands/eval-confirmed.ts";
import * as evalIncidents from "./commands/eval-incidents.ts";
import * as evalLogs from "./commands/eval-logs.ts";
import * as init from "./commands/init.ts";
import * as logsDetect from "./commands/logs-detect.ts";
import * as logsEmbed from "./commands/logs-embed.ts";
import * as logsGroup from "./commands/logs-group.ts";
import * as mcp from "./commands/mcp.ts";
import * as modelsList from "./commands/models-list.ts";
import * as modelsTrain from "./commands/models-train.ts";
import * as modelsVerify from "./commands/models-verify.ts";
import * as modelsWarm from "./commands/models-warm.ts";
import * as record from "./commands/record.ts";
import * as report from "./commands/report.ts";
import * as serve from "./commands/serve.ts";
import { addExamples } from "./examples.ts";
import { createSession, type Env, type Session } from "./session.ts";
import { toExitCode } from "./to-exit-code.ts";
import { VERSION } from "./version.ts";

/** Runs one command line. @returns the exit code */
export async function run(args: readonly string[], env: Env): Promise<number> {
	const session = createSession(env);
	const program = buildProgram(session);
	try {
		await program.parseAsync(args, { from: "user" });
		return session.exitCode;
	} catch (thrown) {
		// commander has already said what is wrong, with the nearest flag or command
		if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
		return fail(thrown, session);
	} finally {
		await session.settle();
	}
}

/** Every command, with what it takes; the work behind each is loaded when it runs. */
export function buildProgram(session: Session): Command {
	const program = new Command("faultline")
		.description("Answers an on-call engineer's \"what's broken?\" with evidence from Kubernetes, Sentry, CloudWatch and Grafana.")
		.version(VERSION)
		.option("--config <file>", "the configuration (default: $FAULTLINE_CONFIG, ./faultline.yaml, ~/.config/faultline/faultline.yaml)")
		.option("-q, --quiet", "no progress on standard error")
		.option("-v, --verbose", "more progress, and the source servers' own messages")
		.exitOverride()
		.showSuggestionAfterError()
		.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "faultline: ")) })
		.addHelpText("after", "\nExit codes: 0 no incident, 1 an incident found, 2 bad usage or input, 3 no answer is possible.")
		.hook("preAction", (_, action) => session.configure(action.optsWithGlobals()));
	for (const command of [report, analyze, ask, confirm, record, doctor, init]) command.register(program, session);
	configCheck.register(program.command("config").description("the configuration file"), session);
	mcp.register(program, session);
	serve.register(program, session);
	const logs = program.command("logs").description("group, detect and embed log lines");
	for (const command of [logsGroup, logsDetect, logsEmbed]) command.register(logs, session);
	const models = program.command("models").description("the encoders of log lines: list, check, warm, train");
	for (const command of [modelsList, modelsVerify, modelsWarm, modelsTrain]) command.register(models, session);
	const evaluation = program.command("eval").description("how well it works, on incidents whose cause is known");
	for (const command of [evalIncidents, evalAlertGraphs, evalConfirmed, evalLogs]) command.register(evaluation, session);
	completion.register(program, session);
	addExamples(program);
	return program;
}

function fail(thrown: unknown, session: Session): number {
	if (session.interrupted !== undefined) return session.interrupted;
	const error = toAppError(thrown);
	const hint = error.hint === undefined ? "" : `\nTry: ${error.hint}`;
	session.stderr.write(`faultline: ${error.code}: ${error.message}${hint}\n`);
	if (error.code === "INTERNAL" && session.verbose) session.stderr.write(`${error.stack ?? ""}\n${String(error.cause ?? "")}\n`);
	return toExitCode(error.code);
}
