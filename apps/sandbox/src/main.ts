#!/usr/bin/env node
import { toAppError } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
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

try {
	const command = parseServe(process.argv.slice(2));
	if (command) await serve(command);
	else process.stdout.write(HELP);
} catch (thrown) {
	const error = toAppError(thrown);
	const taken = thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE";
	say(taken ? `a port is taken: ${thrown.message}` : `${error.code}: ${error.message}${error.hint ? `. Try: ${error.hint}` : ""}`);
	process.exitCode = error.code === "BAD_INPUT" || taken ? 2 : 3;
}
