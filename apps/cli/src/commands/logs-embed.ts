import type { Command } from "commander";
import { inputName, noteRepairs } from "./note-repairs.ts";
import { writeNdjson } from "./write-ndjson.ts";

export function register(logs: Command): void {
	logs
		.command("embed")
		.description("one vector per log line, as an NDJSON array of numbers")
		.argument("<file>", 'a file of log lines; "-" is standard input')
		.option("--model <name>", "the encoder", "default")
		.action(async (file: string, { model }: { model: string }) => {
			const { openInput, readLines } = await import("@faultline/orchestrator/logs/read-lines");
			const { createEncoder, embedLines } = await import("@faultline/orchestrator/logs/embed");
			const encoder = createEncoder(model);
			const vectors = embedLines(noteRepairs(readLines(await openInput(file, process.stdin), inputName(file)), inputName(file)), encoder);
			await writeNdjson(toNumbers(vectors));
		});
}

/** Six digits are more than a 32-bit number holds to any use, and half the text. */
async function* toNumbers(vectors: AsyncIterable<Float32Array>): AsyncGenerator<number[]> {
	for await (const vector of vectors) yield Array.from(vector, (x) => Number(x.toPrecision(6)));
}
