import { join } from "node:path";
import { AppError, type Encoder } from "@faultline/contracts";
import { normalise } from "@faultline/logs";
import {
	type CachedEncoder,
	cacheVectors,
	createHashingEncoder,
	createOnnxEncoder,
	joinEncoders,
	type VectorStore,
} from "@faultline/logs/encoders";
import { findModelFolder } from "./model-folders.ts";

/** Which encoder, and where its parts are: only what can be copied between threads. */
export interface EncoderChoice {
	/** default, hash, a folder of the models' folders, or a path. */
	name: string;
	/** Where models are looked for, in order. */
	folders: readonly string[];
	/** Where vectors are kept: Redis where it is configured, else a file below the data folder; nowhere where both are absent. */
	keep?: { dataDir?: string | undefined; redis?: string | undefined } | undefined;
}

/**
 * What "default" is: the learned vector of a line as it is beside the lexical one of its normalised form, by this weight. It won the gate, P@1 on
 * systems that no model was trained on: test/bench/encoder-precision.mjs measures it, models/README.md has the figures.
 */
export const DEFAULT_ENCODER: { learned: string; weight: number } = { learned: "logbert", weight: 1 };

export interface OpenedEncoder extends Encoder {
	/** Where its vectors came from; absent where none are kept, as lexical ones are not. */
	counts?: CachedEncoder["counts"];
}

/**
 * Opens an encoder by its name. Models are opened only by the first text that is not kept already.
 * @throws NOT_FOUND, BAD_INPUT (a damaged model)
 */
export async function openEncoder(choice: EncoderChoice): Promise<OpenedEncoder> {
	const { name } = choice;
	if (name === "hash") return createHashingEncoder();
	if (name !== "default") return openModel(choice);
	const { learned, weight } = DEFAULT_ENCODER;
	const model = await openModel({ ...choice, name: learned });
	const lexical = createHashingEncoder();
	const joined = joinEncoders("default", [
		{ encoder: model, weight },
		// A template is its own normalised form.
		{ encoder: lexical, weight: 1, ...(model.input === "raw" && { prepare: (text: string) => normalise(text).text }) },
	]);
	return { ...joined, ...(model.counts !== undefined && { counts: model.counts }) };
}

async function openModel({ name, folders, keep }: EncoderChoice): Promise<OpenedEncoder> {
	// What is kept must not depend on the texts that it happened to be computed beside.
	const encoder = await createOnnxEncoder(await findModelFolder(name, folders), keep === undefined ? {} : { batch: 1 });
	if (keep === undefined) return encoder;
	return cacheVectors(encoder, { store: await openVectorStore(keep) });
}

/** The store of vectors, or none where it cannot be opened: vectors are computed then. */
export async function openVectorStore({ dataDir, redis }: NonNullable<EncoderChoice["keep"]>): Promise<VectorStore | undefined> {
	if (redis !== undefined) return (await import("./redis-vectors.ts")).redisVectors(redis);
	if (dataDir === undefined) return undefined;
	try {
		return (await import("./sqlite-vectors.ts")).sqliteVectors(join(dataDir, "vectors.sqlite"));
	} catch (thrown) {
		if (thrown instanceof AppError && thrown.code === "UNAVAILABLE") return undefined;
		throw thrown;
	}
}
