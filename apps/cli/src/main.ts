#!/usr/bin/env node
import { AppError, toAppError } from "@faultline/contracts";
import { Command } from "commander";

const program = new Command("faultline").description('Answers an on-call engineer\'s "what\'s broken?" with evidence.');

program
	.command("analyze")
	.description("the report of a capture, offline")
	.requiredOption("--capture <dir>", "the capture folder")
	.option("--format <format>", "json", "json")
	.action(async ({ capture }: { capture: string }) => {
		const { readCapture } = await import("@faultline/contracts/capture");
		const { analyze } = await import("@faultline/orchestrator");
		const report = await analyze(await readCapture(capture), {});
		process.stdout.write(`${JSON.stringify(report)}\n`);
		process.exitCode = report.verdict === "incident" ? 1 : 0;
	});

const logs = program.command("logs").description("group, detect and embed log lines");
for (const load of [() => import("./commands/logs-group.ts"), () => import("./commands/logs-detect.ts"), () => import("./commands/logs-embed.ts")]) {
	(await load()).register(logs);
}

try {
	await program.parseAsync();
} catch (thrown) {
	const error = toAppError(thrown);
	process.stderr.write(`faultline: ${error.code}: ${error.message}${error.hint ? `. Try: ${error.hint}` : ""}\n`);
	process.exitCode = error instanceof AppError && error.code !== "INTERNAL" ? 2 : 3;
}
