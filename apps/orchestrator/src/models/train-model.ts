import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { AppError, toAppError } from "@faultline/contracts";
import { z } from "zod";
import { findModelFolder, shippedModels } from "./model-folders.ts";
import { type Env, preparePython } from "./python-environment.ts";

export interface TrainOrder {
	/** Files of raw lines. */
	corpus: readonly string[];
	/** Go on from this model instead of from nothing. */
	from?: string | undefined;
	/** The shape of a new one: logbert, roberta, sbert. */
	shape?: string | undefined;
	/** The new model's folder. */
	out: string;
	minutes: number;
	/** The end by steps, whatever the minutes: with it equal seeds give equal weights. */
	steps?: number | undefined;
	seed: number;
}

export interface TrainPlace {
	env: Env;
	/** Where a Python environment is made. */
	cacheDir: string;
	python?: string | undefined;
	/** Where `from` is looked for. */
	folders: readonly string[];
	signal?: AbortSignal;
	onProgress?: (progress: TrainProgress) => void;
	onStep?: (line: string) => void;
}

/** A line of the training's standard error. */
const TrainProgress = z.object({
	stage: z.string(),
	step: z.number(),
	of: z.number(),
	loss: z.number().optional(),
	linesPerSecond: z.number().optional(),
});
export type TrainProgress = z.infer<typeof TrainProgress>;

/** How good a model is on the user's own lines that were held out. */
const HeldOut = z.looseObject({ precisionAt1: z.number(), precisionAt1WordsChanged: z.number(), maskedWordLoss: z.number() });
const Trained = z.looseObject({
	name: z.string(),
	dimensions: z.number(),
	corpus: z.array(z.looseObject({ name: z.string(), lines: z.number() })),
	trainedWith: z.looseObject({ steps: z.number().optional(), minutes: z.number().optional() }),
	figures: z.looseObject({
		heldOutLines: z.number().optional(),
		before: HeldOut.optional(),
		after: HeldOut.optional(),
		change: z.record(z.string(), z.looseObject({ verdict: z.enum(["better", "same", "worse"]) })).optional(),
		beatsShipped: z.boolean().optional(),
	}),
});
export type Trained = z.infer<typeof Trained>;

/**
 * Trains an encoder on a user's own lines by models/training, or goes on from one that there is. The folder appears whole at the end, or not
 * at all. @throws BAD_INPUT (the lines do not suffice), UNAVAILABLE (no Python), CANCELLED
 */
export async function trainModel(order: TrainOrder, place: TrainPlace): Promise<Trained> {
	const models = trainingHome();
	await Promise.all(order.corpus.map(requireFile));
	await requireModelOrNothing(order.out);
	const from = order.from === undefined ? undefined : await findModelFolder(order.from, place.folders);
	if (from !== undefined && !existsSync(join(from, "weights.npz")))
		throw new AppError("BAD_INPUT", `${from} has no weights.npz to go on from`, {
			hint: "start from logbert, or train a new one: faultline models train",
		});
	const requirements = join(models, "training", "requirements.txt");
	const python = await preparePython({ ...place, requirements });
	await mkdir(dirname(resolve(order.out)), { recursive: true });
	return await runTraining(python, argumentsOf(order, from), models, order, place);
}

/** The folder that holds `training`. It uses the product's own normaliser, which is there in a checkout alone. */
function trainingHome(): string {
	const models = shippedModels();
	if (
		models !== undefined &&
		existsSync(join(models, "training", "__main__.py")) &&
		existsSync(join(models, "..", "packages", "logs", "src"))
	)
		return models;
	throw new AppError("UNAVAILABLE", "the training is not part of this installation", {
		hint: "run it in a checkout of Faultline, and copy the folder that it writes",
	});
}

function argumentsOf({ corpus, shape, out, minutes, steps, seed }: TrainOrder, from: string | undefined): string[] {
	return [
		"-m",
		"training",
		"train",
		...corpus.flatMap((file) => ["--corpus", resolve(file)]),
		...(from === undefined ? [] : ["--from", from]),
		...(shape === undefined ? [] : ["--shape", shape]),
		...(steps === undefined ? [] : ["--steps", String(steps)]),
		...["--minutes", String(minutes), "--seed", String(seed), "--out", resolve(out)],
	];
}

/** Time to clean up after a cancel, before it is ended by force. */
const GRACE_MS = 10_000;

async function runTraining(python: string, args: readonly string[], cwd: string, { out }: TrainOrder, place: TrainPlace): Promise<Trained> {
	const { env, signal, onProgress } = place;
	if (signal?.aborted) throw toAppError(signal.reason);
	const child = spawn(python, args, {
		cwd,
		env: { ...env, FAULTLINE_NODE: process.execPath, PYTHONDONTWRITEBYTECODE: "1" },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let answer = "";
	let last = "";
	child.stdout.on("data", (chunk: Buffer) => {
		answer += chunk.toString();
	});
	createInterface({ input: child.stderr }).on("line", (line) => {
		const progress = readProgress(line);
		if (progress !== undefined) onProgress?.(progress);
		else if (line.trim() !== "") last = line.trim();
	});
	let forced: NodeJS.Timeout | undefined;
	const stop = () => {
		child.kill("SIGTERM");
		forced = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
	};
	signal?.addEventListener("abort", stop, { once: true });
	try {
		const code = await new Promise<number>((done, failed) => {
			child.on("error", (cause) => failed(new AppError("UNAVAILABLE", `${python} cannot be started`, { cause })));
			child.on("close", (status) => done(status ?? 1));
		});
		if (signal?.aborted) throw toAppError(signal.reason);
		if (code !== 0)
			throw new AppError("BAD_INPUT", `the training failed: ${last.replace(/^error: /, "").slice(0, 300) || `exit code ${code}`}`);
		return readAnswer(answer);
	} finally {
		clearTimeout(forced);
		signal?.removeEventListener("abort", stop);
		await removeLeftovers(resolve(out));
	}
}

/** What a training that was ended by force left beside its place. */
async function removeLeftovers(out: string): Promise<void> {
	const names = await readdir(dirname(out)).catch(() => []);
	const left = names.filter((name) => name.startsWith(`.${basename(out)}-`));
	await Promise.all(left.map((name) => rm(join(dirname(out), name), { recursive: true, force: true })));
}

function readProgress(line: string): TrainProgress | undefined {
	if (!line.startsWith("{")) return undefined;
	try {
		return TrainProgress.safeParse(JSON.parse(line)).data;
	} catch {
		return undefined;
	}
}

function readAnswer(text: string): Trained {
	try {
		return Trained.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
	} catch (cause) {
		throw new AppError("INTERNAL", "the training ended without its answer", { cause });
	}
}

async function requireFile(path: string): Promise<void> {
	const found = await stat(path).catch(() => undefined);
	if (found?.isFile() !== true)
		throw new AppError("BAD_INPUT", `${path}: there is no such file`, { hint: "name a file of raw log lines, one a line" });
}

/** The training replaces its folder: only one that holds a model, or is not there. */
async function requireModelOrNothing(out: string): Promise<void> {
	const names = await readdir(out).catch((cause: NodeJS.ErrnoException) => (cause.code === "ENOENT" ? [] : ["a file"]));
	if (names.length === 0 || names.includes("manifest.json")) return;
	throw new AppError("BAD_INPUT", `${out} holds something else than a model`, { hint: "give a new folder by --out" });
}
