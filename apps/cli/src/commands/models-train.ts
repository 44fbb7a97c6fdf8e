import { basename, join } from "node:path";
import { AppError } from "@faultline/contracts";
import type { Trained, TrainOrder, TrainProgress } from "@faultline/orchestrator/models/train-model";
import { type Command, InvalidArgumentError, Option } from "commander";
import { cacheDirOf } from "../config.ts";
import { encoderChoice } from "../encoder-choice.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";

interface Flags {
	corpus: string[];
	out?: string;
	minutes: number;
	steps?: number;
	seed: number;
	python?: string;
	shape?: string;
	from?: string;
}

/** `models train` and `models finetune`: the same training, from nothing or from a model that there is. */
export function register(models: Command, session: Session): void {
	flagsOf(models.command("train").description("a new encoder from your own logs, on this machine (Python; PyTorch is fetched once)"), 20)
		.addOption(new Option("--shape <name>", "its size and vocabulary").choices(["logbert", "roberta", "sbert"]).default("logbert"))
		.action((flags: Flags) => train(session, "trained", flags));
	flagsOf(models.command("finetune").description("a shipped encoder goes on on your own logs; says whether that was worth it"), 5)
		.option("--from <name>", "the model to go on from", "logbert")
		.action((flags: Flags) => train(session, "tuned", flags));
}

function flagsOf(command: Command, minutes: number): Command {
	return command
		.requiredOption("--corpus <file...>", "files of raw log lines")
		.option("--out <dir>", "the new model's folder (default: in the data folder, where its name is enough)")
		.option("--minutes <n>", "how long it learns", number, minutes)
		.option("--steps <n>", "how many steps, however long they take: equal seeds then give equal weights", number)
		.option("--seed <n>", "the seed of all that is drawn", number, 7)
		.option("--python <path>", "a Python that has what models/training/requirements.txt names");
}

function number(text: string): number {
	const value = Number(text);
	if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("it must be a number above 0.");
	return value;
}

async function train(session: Session, name: string, flags: Flags): Promise<void> {
	const { trainModel } = await import("@faultline/orchestrator/models/train-model");
	const { folders } = await encoderChoice(session);
	const [own] = folders;
	if (own === undefined) throw new AppError("INTERNAL", "there is no folder of models");
	const out = flags.out ?? join(own, name);
	const progress = createProgress(session);
	const order: TrainOrder = { ...flags, out };
	const trained = await trainModel(order, {
		env: session.env,
		cacheDir: cacheDirOf(session.env),
		python: flags.python,
		folders,
		signal: session.cancellation(),
		onStep: progress.step,
		onProgress: (p) => progress.update(bar(p)),
	}).finally(progress.clear);
	await session.write(
		`${describe(trained, out)}\nUse it: --encoder ${flags.out ?? name}, or encoder: ${flags.out ?? basename(out)} in faultline.yaml.\n`,
	);
}

const BAR = 24;

/** "finetune [#######.................] 30 %, loss 1.23, 850 lines/s" */
function bar({ stage, step, of, loss, linesPerSecond }: TrainProgress): string {
	const share = of > 0 ? Math.min(1, step / of) : 0;
	const filled = Math.round(share * BAR);
	const parts = [
		`${stage} [${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${(100 * share).toFixed(0)} %`,
		loss === undefined ? undefined : `loss ${loss.toFixed(2)}`,
		linesPerSecond === undefined ? undefined : `${linesPerSecond} lines/s`,
	];
	return parts.filter((part) => part !== undefined).join(", ");
}

function describe({ dimensions, corpus, trainedWith, figures }: Trained, out: string): string {
	const lines = corpus.reduce((sum, c) => sum + c.lines, 0);
	const head = `${out}: ${dimensions} dimensions, from ${lines} distinct lines in ${trainedWith.minutes ?? "?"} minutes`;
	const { heldOutLines, before, after, change, beatsShipped } = figures;
	if (before === undefined || after === undefined) return head;
	const row = (what: string, key: "precisionAt1" | "precisionAt1WordsChanged" | "maskedWordLoss") =>
		`  ${what.padEnd(46)} ${before[key].toFixed(4).padStart(8)} ${after[key].toFixed(4).padStart(8)}  ${change?.[key]?.verdict ?? ""}`.trimEnd();
	return [
		head,
		`On ${heldOutLines ?? "some"} of your lines that it did not see:${" ".repeat(6)}before    after`,
		row("nearest line is of the same template (P@1)", "precisionAt1"),
		row("the same with a tenth of the words changed", "precisionAt1WordsChanged"),
		row("surprise at hidden words (lower is better)", "maskedWordLoss"),
		beatsShipped === true
			? "It knows your logs better than the model that it came from."
			: "It is not better all round, noise aside, than the model that it came from: keep that one, or give it more lines or minutes.",
	].join("\n");
}
