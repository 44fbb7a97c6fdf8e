#!/usr/bin/env node
import { toAppError } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { GENERATE_HELP, type GenerateCommand, parseGenerate, runGenerate } from "./generate-command.ts";
import { REALISM_HELP, runRealism } from "./realism-command.ts";
import { startSandbox } from "./sandbox.ts";
import { HELP, parseServe, type ServeCommand } from "./serve-command.ts";

const say = (text: string) => process.stderr.write(`sandbox: ${text}\n`);

async function serve({ capture, options }: ServeCommand): Promise<void> {
	const evidence = await readCapture(capture);
	for (const problem of evidence.coverage.flatMap((c) => c.skipped ?? [])) say(problem);
	const sandbox = await startSandbox(evidence, options);
	const { window } = sandbox.world.evidence;
	say(`"${evidence.title}": ${evidence.signals.length} records and ${sandbox.world.series.length} series, ${window.from} to ${window.to}`);
	if (sandbox.configPath) say(`wrote ${sandbox.configPath}`);
	say("ready; Ctrl-C ends it");
	process.stdout.write(`${JSON.stringify({ urls: sandbox.urls, config: sandbox.configPath ?? null, window })}\n`);
	let ending = false;
	const end = () => {
		if (ending) return;
		ending = true;
		void sandbox.close().then(() => say("ended"));
	};
	process.on("SIGINT", end);
	process.on("SIGTERM", end);
}

async function write(command: GenerateCommand): Promise<void> {
	const live = process.stderr.isTTY === true && !command.quiet;
	await runGenerate(command, ({ id }, done) => {
		if (live) process.stderr.write(`\rsandbox: ${done} of ${command.count} (${id})`);
		else if (!command.quiet && done % 50 === 0) say(`${done} of ${command.count}`);
	});
	if (live) process.stderr.write("\n");
	if (!command.quiet) say(`wrote ${command.count} captures to ${command.out}`);
}

try {
	const [verb, ...rest] = process.argv.slice(2);
	if (verb === "generate") {
		const command = parseGenerate(rest);
		if (command) await write(command);
		else process.stdout.write(GENERATE_HELP);
	} else if (verb === "realism") process.stdout.write((await runRealism(rest)) ?? REALISM_HELP);
	else {
		const command = parseServe(process.argv.slice(2));
		if (command) await serve(command);
		else process.stdout.write(HELP);
	}
} catch (thrown) {
	const error = toAppError(thrown);
	const taken = thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE";
	say(taken ? `a port is taken: ${thrown.message}` : `${error.code}: ${error.message}${error.hint ? `. Try: ${error.hint}` : ""}`);
	process.exitCode = error.code === "BAD_INPUT" || taken ? 2 : 3;
}
