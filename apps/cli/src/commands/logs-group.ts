import type { Command } from "commander";
import { logRules } from "../log-rules.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";
import { inputName, noteRepairs } from "./note-repairs.ts";
import { writeNdjson } from "./write-ndjson.ts";

interface GroupFlags {
	params?: boolean;
	features?: boolean;
	fold?: boolean;
	templates?: string;
	saveTemplates?: string;
}

export function register(logs: Command, session: Session): void {
	logs
		.command("group")
		.description("the template of each log line: one raw line in, one {line, templateId, template} out, in order")
		.argument("<file>", 'a file of log lines; "-" is standard input')
		.option("--params", "also the values at the template's placeholders, which with it give the line")
		.option(
			"--features",
			"also the line in numbers: entropy, lengths, shares; values in ms and bytes; hour, weekday, time since the line before",
		)
		.option("--fold", "the lines of a stack trace are one record")
		.option("--templates <file>", "go on from saved templates: their ids stay")
		.option("--save-templates <file>", "save the templates when all is read")
		.action(async (file: string, flags: GroupFlags) => group(file, flags, session));
}

async function group(file: string, flags: GroupFlags, session: Session): Promise<void> {
	const [{ openInput, readLines }, { groupLines }, { foldLines }, { loadTemplates, newTemplates, saveTemplates }] = await Promise.all([
		import("@faultline/orchestrator/logs/read-lines"),
		import("@faultline/orchestrator/logs/group"),
		import("@faultline/orchestrator/logs/fold"),
		import("@faultline/orchestrator/logs/template-store"),
	]);
	const rules = await logRules(session);
	const tree = flags.templates === undefined ? newTemplates(rules) : await loadTemplates(flags.templates, rules);
	const name = inputName(file);
	const lines = noteRepairs(readLines(await openInput(file, process.stdin), name), name);
	const input = flags.fold === true ? foldLines(lines) : lines;
	const progress = createProgress(session);
	const onProgress = ({ lines, templates }: { lines: number; templates: number }): void => {
		// Where the rows themselves go to the terminal they are progress enough.
		if (process.stdout.isTTY !== true) progress.update(`${name}: ${lines} lines, ${templates} templates`);
	};
	try {
		await writeNdjson(groupLines(input, { tree, rules, params: flags.params === true, features: flags.features === true, onProgress }));
		if (flags.saveTemplates !== undefined) await saveTemplates(flags.saveTemplates, tree);
	} finally {
		progress.clear();
	}
}
