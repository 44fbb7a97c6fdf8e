import type { Command } from "commander";
import { logRules } from "../log-rules.ts";
import type { Session } from "../session.ts";
import { inputName, noteRepairs } from "./note-repairs.ts";
import { writeNdjson } from "./write-ndjson.ts";

export function register(logs: Command, session: Session): void {
	logs
		.command("embed")
		.description("one vector per log line, as an NDJSON array of numbers")
		.argument("<file>", 'a file of log lines; "-" is standard input')
		.option("--model <name>", "the encoder: default, hash, or a model (faultline models list)", "default")
		.option("--raw", "give it the lines as they are, whatever it was trained on")
		.action(async (file: string, { model, raw }: { model: string; raw?: boolean }) => {
			const [{ openInput, readLines }, { embedLines }, { openEncoder }, { encoderChoice }] = await Promise.all([
				import("@faultline/orchestrator/logs/read-lines"),
				import("@faultline/orchestrator/logs/embed"),
				import("@faultline/orchestrator/models/open-encoder"),
				import("../encoder-choice.ts"),
			]);
			// Nothing is kept: these are lines, not templates.
			const { name, folders } = await encoderChoice(session, model);
			const rules = await logRules(session);
			const encoder = await openEncoder({ name, folders });
			try {
				const lines = noteRepairs(readLines(await openInput(file, process.stdin), inputName(file)), inputName(file));
				const options = { rules, ...(raw === true && { raw }), signal: session.cancellation() };
				await writeNdjson(toNumbers(embedLines(lines, encoder, options)));
			} finally {
				await encoder.close?.();
			}
		});
}

/** Six digits are more than a 32-bit number holds to any use, and half the text. */
async function* toNumbers(vectors: AsyncIterable<Float32Array>): AsyncGenerator<number[]> {
	for await (const vector of vectors) yield Array.from(vector, (x) => Number(x.toPrecision(6)));
}
