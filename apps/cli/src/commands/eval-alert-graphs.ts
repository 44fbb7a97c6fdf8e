import { AppError } from "@faultline/contracts";
import { type Command, Option } from "commander";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";
import { inputName } from "./note-repairs.ts";
import { writeNdjson } from "./write-ndjson.ts";

const NOTES = `
A graph: {"id": "i1", "nodes": ["web", "db"], "edges": [[0, 1]], "alerts": [{"kind": "metric", "node": "db", "token": ["latency", "up"]}]}
and, in --train, "root": "db". Kinds: metric [name, direction], trace [callee, operation, what] raised by the caller, log [template].`;

export function register(evaluation: Command, session: Session): void {
	evaluation
		.command("alert-graphs")
		.description(
			"root causes learned from labelled alert graphs: NDJSON graphs in, NDJSON {id, ranking: [{resource, score}]} out, in order",
		)
		.requiredOption("--train <file>", "labelled graphs, NDJSON, plain or gzip")
		.requiredOption("--input <file>", 'the graphs to rank, plain or gzip; "-" is standard input; a root in them is not read')
		.addHelpText("after", NOTES)
		.addOption(
			new Option("--ranker <name>", "what learns: boosted trees, or a graph attention network")
				.choices(["trees", "attention"])
				.default("trees"),
		)
		.action(async ({ train, input, ranker }: { train: string; input: string; ranker: "trees" | "attention" }) => {
			if (train === "-" && input === "-")
				throw new AppError("BAD_INPUT", "--train and --input cannot both be standard input", { hint: "put one into a file" });
			const [{ openInput, readLines }, { readAlertGraphs, readLabelledGraphs }, { rankAlertGraphs }, { unpacked }] = await Promise.all([
				import("@faultline/orchestrator/logs/read-lines"),
				import("@faultline/orchestrator/eval/read-alert-graphs"),
				import("@faultline/orchestrator/eval/rank-alert-graphs"),
				import("@faultline/orchestrator/eval/unpacked"),
			]);
			const lines = async (file: string) => readLines(unpacked(await openInput(file, process.stdin), inputName(file)), inputName(file));
			const [labelled, judged] = [await lines(train), await lines(input)];
			const progress = createProgress(session);
			progress.update(`learning from ${inputName(train)}`);
			await writeNdjson(
				rankAlertGraphs(readLabelledGraphs(labelled, inputName(train)), readAlertGraphs(judged, inputName(input)), {
					ranker,
					onTrained: (graphs) => progress.step(`learned from ${graphs} labelled graphs`),
				}),
			).finally(() => progress.clear());
		});
}
