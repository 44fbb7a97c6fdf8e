import { AppError } from "@faultline/contracts";
import type { Command } from "commander";
import { modelPlaces } from "../encoder-choice.ts";
import { logRules } from "../log-rules.ts";
import type { Session } from "../session.ts";
import { inputName } from "./note-repairs.ts";
import { writeNdjson } from "./write-ndjson.ts";

interface Flags {
	baseline: string;
	input: string;
	explain?: boolean;
}

export function register(logs: Command, session: Session): void {
	logs
		.command("detect")
		.description("unusual sessions: NDJSON {id, lines} in, NDJSON {id, score, anomalous, votes} out, in order")
		.requiredOption("--baseline <file>", "healthy sessions, oldest first; an empty file: the input is judged by its own rarities")
		.requiredOption("--input <file>", 'the sessions to judge; "-" is standard input')
		.option("--explain", "with `details`: what every detector said, its figure, its threshold and how rare such a figure is")
		.action(async ({ baseline, input, explain }: Flags) => {
			if (baseline === "-" && input === "-")
				throw new AppError("BAD_INPUT", "--baseline and --input cannot both be standard input", { hint: "put one into a file" });
			const { openInput, readLines } = await import("@faultline/orchestrator/logs/read-lines");
			const { readSessions } = await import("@faultline/orchestrator/logs/read-sessions");
			const { detectInSessions } = await import("@faultline/orchestrator/logs/detect");
			const [healthy, judged] = [await openInput(baseline, process.stdin), await openInput(input, process.stdin)];
			const { configuredDetectors } = await import("../configured-detectors.ts");
			const { learnedFailures } = await import("@faultline/orchestrator/models/learned-failures");
			const onNote = (note: string): void => void session.stderr.write(`faultline: ${note}\n`);
			const verdicts = detectInSessions(
				readSessions(readLines(healthy, inputName(baseline)), inputName(baseline)),
				readSessions(readLines(judged, inputName(input)), inputName(input)),
				{
					detectors: await configuredDetectors(session),
					rules: await logRules(session),
					learnedFailures: learnedFailures(() => modelPlaces(session), onNote),
					onNote,
				},
			);
			await writeNdjson(explain === true ? verdicts : withoutDetails(verdicts));
		});
}

async function* withoutDetails<T extends { details: unknown }>(verdicts: AsyncIterable<T>): AsyncGenerator<Omit<T, "details">> {
	for await (const { details: _, ...verdict } of verdicts) yield verdict;
}
