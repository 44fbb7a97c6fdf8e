import { AppError } from "@faultline/contracts";
import type { Command } from "commander";
import { configuredDetectors } from "../configured-detectors.ts";
import { modelPlaces } from "../encoder-choice.ts";
import { formatInjection, formatSessionEvaluation } from "../format-log-evaluation.ts";
import { outputOption } from "../format-report.ts";
import type { Session } from "../session.ts";
import { inputName } from "./note-repairs.ts";

interface Flags {
	sessions?: string;
	baselineShare: string;
	folds?: string;
	distinct?: boolean;
	generate: string;
	inject?: string[];
	perKind: string;
	window: string;
	maxLines: string;
	seed: string;
	json?: boolean;
	output?: string;
}

const NOTES = `
Without --sessions and --inject the sessions are generated. Thresholds are learned without labels; labels choose the healthy ones of the baseline and
score. --inject puts an unseen template, a burst, a missing heartbeat, a reordered sequence and durations times five into windows of each file, and reports
the recall at 0.5 % false positives. Windows with an unseen line or such a burst of their own are no false positives of that kind; who knows what each
line is a case of gives .ndjson files of {line, event}.`;

export function register(evaluation: Command, session: Session): void {
	evaluation
		.command("logs")
		.description("how well the log detectors do: each alone, all together, and all but one; on labelled, generated or injected data")
		.option("--sessions <file>", 'NDJSON {id, lines, anomalous}, oldest first; "-" is standard input')
		.option("--baseline-share <share>", "the oldest sessions whose healthy ones are the baseline; 0: one unlabelled batch", "0.7")
		.option("--folds <n>", "instead: each of n stretches of time, judged by the healthy sessions of all others")
		.option("--distinct", "judge each distinct sequence of templates once")
		.option("--generate <n>", "sessions to generate where no file is named", "4000")
		.option("--inject <file...>", "files of log lines, one system each, to put faults into")
		.option("--per-kind <n>", "faults of each kind for each system", "30")
		.option("--window <lines>", "lines of a window", "100")
		.option("--max-lines <n>", "lines of a file that are read", "4000")
		.option("--seed <n>", "of everything random", "1")
		.option("--json", "the figures as JSON")
		.addOption(outputOption())
		.addHelpText("after", NOTES)
		.action(async (flags: Flags) => {
			const text = flags.inject === undefined ? await onSessions(flags, session) : await onInjected(flags.inject, flags, session);
			await session.write(text, flags.output);
		});
}

async function onSessions(flags: Flags, session: Session): Promise<string> {
	const [{ openInput, readLines }, { readLabelled }, { evaluateSessions }, { generateSessions }, { learnedFailures }] = await Promise.all([
		import("@faultline/orchestrator/logs/read-lines"),
		import("@faultline/orchestrator/eval/logs/read-labelled"),
		import("@faultline/orchestrator/eval/logs/evaluate-sessions"),
		import("@faultline/orchestrator/eval/logs/generate-sessions"),
		import("@faultline/orchestrator/models/learned-failures"),
	]);
	const { sessions: file } = flags;
	const sessions =
		file === undefined
			? generateSessions(numberOf("--generate", flags.generate, 10), numberOf("--seed", flags.seed, 0))
			: await readLabelled(readLines(await openInput(file, process.stdin), inputName(file)), inputName(file));
	const baselineShare = numberOf("--baseline-share", flags.baselineShare, 0, 0.95);
	const found = await evaluateSessions(sessions, {
		baselineShare,
		folds: flags.folds === undefined ? undefined : numberOf("--folds", flags.folds, 2, 100),
		distinct: flags.distinct === true,
		detectors: await configuredDetectors(session),
		learnedFailures: learnedFailures(
			() => modelPlaces(session),
			(note) => void session.stderr.write(`faultline: ${note}\n`),
		),
	});
	return flags.json === true ? `${JSON.stringify(found, null, "\t")}\n` : formatSessionEvaluation(found);
}

async function onInjected(files: readonly string[], flags: Flags, session: Session): Promise<string> {
	const [{ openInput, readLines }, { readSystem }, { evaluateInjected }] = await Promise.all([
		import("@faultline/orchestrator/logs/read-lines"),
		import("@faultline/orchestrator/eval/logs/read-labelled"),
		import("@faultline/orchestrator/eval/logs/evaluate-injected"),
	]);
	const most = numberOf("--max-lines", flags.maxLines, 100);
	const systems = [];
	for (const file of files) systems.push(await readSystem(readLines(await openInput(file, process.stdin), inputName(file)), file, most));
	const found = evaluateInjected(systems, {
		perKind: numberOf("--per-kind", flags.perKind, 1),
		length: numberOf("--window", flags.window, 20),
		seed: numberOf("--seed", flags.seed, 0),
		detectors: await configuredDetectors(session),
	});
	return flags.json === true ? `${JSON.stringify(found, null, "\t")}\n` : formatInjection(found);
}

function numberOf(flag: string, text: string, least: number, most = 10_000_000): number {
	const value = Number(text);
	if (text.trim() !== "" && value >= least && value <= most) return value;
	throw new AppError("BAD_INPUT", `${flag} ${text.slice(0, 40)}: not a number of ${least} to ${most}`, {
		hint: `such as ${flag} ${least}`,
	});
}
