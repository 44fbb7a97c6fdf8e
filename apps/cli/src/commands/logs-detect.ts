import { AppError } from "@faultline/contracts";
import type { Command } from "commander";
import { inputName } from "./note-repairs.ts";
import { writeNdjson } from "./write-ndjson.ts";

export function register(logs: Command): void {
	logs
		.command("detect")
		.description("unusual sessions: NDJSON {id, lines} in, NDJSON {id, score, anomalous, votes} out, in order")
		.requiredOption("--baseline <file>", "healthy sessions, oldest first; an empty file: the input is judged by its own rarities")
		.requiredOption("--input <file>", 'the sessions to judge; "-" is standard input')
		.action(async ({ baseline, input }: { baseline: string; input: string }) => {
			if (baseline === "-" && input === "-")
				throw new AppError("BAD_INPUT", "--baseline and --input cannot both be standard input", { hint: "put one into a file" });
			const { openInput, readLines } = await import("@faultline/orchestrator/logs/read-lines");
			const { readSessions } = await import("@faultline/orchestrator/logs/read-sessions");
			const { detectInSessions } = await import("@faultline/orchestrator/logs/detect");
			const [healthy, judged] = [await openInput(baseline, process.stdin), await openInput(input, process.stdin)];
			await writeNdjson(
				detectInSessions(
					readSessions(readLines(healthy, inputName(baseline)), inputName(baseline)),
					readSessions(readLines(judged, inputName(input)), inputName(input)),
				),
			);
		});
}
