import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AttentionWeights } from "@faultline/correlation";
import { z } from "zod";
import { type Confirmations, ConfirmedIncident } from "../incidents/confirmations.ts";
import { writeWhole } from "../incidents/whole-file.ts";
import { type Learned, learn } from "./learn.ts";

const NAME = "learned.json";

const numbers = z.array(z.number()).transform((values) => Float64Array.from(values));
const Layer = z.object({ w: numbers, a: numbers, b: numbers, c: numbers });
const Accuracy = z.object({ first: z.number(), firstThree: z.number() });
const Stored = z.object({
	schema: z.literal("faultline.learned/1"),
	untrained: z.number(),
	learned: z.number(),
	floor: z.number().nullable(),
	incidents: z.array(ConfirmedIncident),
	weights: z.object({
		shape: z.object({ features: z.number(), heads: z.number(), width: z.number(), relations: z.number() }),
		layers: z.tuple([Layer, Layer]),
		u: numbers,
		v: numbers,
	}),
	figures: z.object({
		incidents: z.number(),
		untrained: Accuracy,
		learned: Accuracy,
		used: Accuracy,
		usedOn: z.number(),
	}),
});

/** What was learned in this data directory; undefined where nothing was, or the file is damaged. */
export async function readLearned(dataDir: string): Promise<Learned | undefined> {
	const text = await readFile(join(dataDir, NAME), "utf8").catch(() => "");
	try {
		return Stored.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}

/** Learns anew from all that is confirmed, and keeps it; what was learned from incidents that are too few now is forgotten. */
export async function relearn(
	dataDir: string,
	confirmations: Confirmations,
	onDone?: (done: number) => void,
): Promise<Learned | undefined> {
	const learned = await learn(await confirmations.all(), onDone);
	if (learned === undefined) await rm(join(dataDir, NAME), { force: true });
	else await writeWhole(dataDir, NAME, JSON.stringify({ schema: "faultline.learned/1", ...learned, weights: plain(learned.weights) }));
	return learned;
}

/** JSON has no typed arrays. */
function plain({ shape, layers, u, v }: AttentionWeights) {
	const list = layers.map(({ w, a, b, c }) => ({ w: [...w], a: [...a], b: [...b], c: [...c] }));
	return { shape, layers: list, u: [...u], v: [...v] };
}
