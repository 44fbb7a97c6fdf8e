import type { Command } from "commander";
import { inputName, noteRepairs } from "./note-repairs.ts";
import { writeNdjson } from "./write-ndjson.ts";

export function register(logs: Command): void {
	logs
		.command("group")
		.description("the template of each log line: one raw line in, one {line, templateId, template} out, in order")
		.argument("<file>", 'a file of log lines; "-" is standard input')
		.action(async (file: string) => {
			const { openInput, readLines } = await import("@faultline/orchestrator/logs/read-lines");
			const { groupLines } = await import("@faultline/orchestrator/logs/group");
			await writeNdjson(groupLines(noteRepairs(readLines(await openInput(file, process.stdin), inputName(file)), inputName(file))));
		});
}
