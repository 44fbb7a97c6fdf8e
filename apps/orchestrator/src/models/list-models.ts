import { stat } from "node:fs/promises";
import { join } from "node:path";
import { toAppError } from "@faultline/contracts";
import { checkHashes, createHashingEncoder, type ModelManifest, readEncoderFiles, readManifest } from "@faultline/logs/encoders";
import { listModelFolders } from "./model-folders.ts";
import { DEFAULT_ENCODER, type EncoderChoice, openVectorStore } from "./open-encoder.ts";

/** A model as it lies on disk, and how often its kept vectors were used. */
export interface ListedModel {
	name: string;
	/** Absent for the one that needs no file. */
	folder?: string;
	task: string;
	status: "ok" | "unverified" | "damaged";
	/** What is wrong, or was derived. */
	detail?: string;
	hint?: string;
	dimensions?: number;
	input?: string;
	quantisation?: string;
	/** Of model.onnx. */
	bytes?: number;
	licence?: string;
	/** What it was trained on. */
	corpus?: ModelManifest["corpus"];
	figures?: Record<string, unknown>;
	/** It is, or is part of, what "default" is. */
	isDefault: boolean;
	/** Vectors kept, and how often they spared a computation. */
	cache?: { hits: number; misses: number; vectors?: number };
}

export interface ModelList {
	models: ListedModel[];
	/** Where vectors are kept, and what is wrong with it. */
	store: { kind: string; problem?: string };
	/** The encoder that the configuration chooses. */
	chosen: string;
}

/** Every model at hand, checked against its manifest; opens none. */
export async function listModels({ name, folders, keep }: EncoderChoice): Promise<ModelList> {
	const found = await listModelFolders(folders);
	const [{ store, counts }, listed] = await Promise.all([
		readCounts(keep),
		Promise.all(Array.from(found, ([model, folder]) => examineModel(model, folder))),
	]);
	for (const model of listed) {
		const kept = [...counts].filter(([key]) => key.startsWith(`${model.name}@`)).map(([, c]) => c);
		if (kept.length > 0) model.cache = kept.reduce(add);
	}
	return { models: [lexical(), ...listed], store, chosen: name };
}

type Counts = NonNullable<ListedModel["cache"]>;
const add = (a: Counts, b: Counts): Counts => ({
	hits: a.hits + b.hits,
	misses: a.misses + b.misses,
	...(a.vectors !== undefined && b.vectors !== undefined && { vectors: a.vectors + b.vectors }),
});

function lexical(): ListedModel {
	const { dimensions } = createHashingEncoder();
	return { name: "hash", task: "line-encoder", status: "ok", detail: "lexical; needs no file", dimensions, isDefault: true };
}

async function examineModel(name: string, folder: string): Promise<ListedModel> {
	const isDefault = name === DEFAULT_ENCODER.learned;
	try {
		const manifest = await readManifest(folder);
		if (manifest !== undefined && manifest.task !== "line-encoder") {
			await checkHashes(folder, manifest);
			return { ...described(manifest), name, folder, status: "ok", isDefault };
		}
		const files = await readEncoderFiles(folder);
		const { size: bytes } = await stat(files.model);
		if (manifest !== undefined) return { ...described(manifest), name, folder, status: "ok", bytes, isDefault };
		const { input, notes } = files;
		return { name, folder, task: "line-encoder", status: "unverified", detail: notes.join("; "), input, bytes, isDefault };
	} catch (thrown) {
		const { message, hint } = toAppError(thrown);
		return { name, folder, task: "unknown", status: "damaged", detail: message, ...(hint !== undefined && { hint }), isDefault };
	}
}

function described({ task, dimensions, input, quantisation, licence, corpus, figures }: ModelManifest) {
	const all = { dimensions, input, quantisation, licence, corpus, figures };
	const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
	return { task, ...(known as Partial<ListedModel>) };
}

async function readCounts(keep: EncoderChoice["keep"]): Promise<{ store: ModelList["store"]; counts: Map<string, Counts> }> {
	const kind = keep?.redis === undefined ? "sqlite" : "redis";
	const none = { store: { kind: "none" }, counts: new Map<string, Counts>() };
	if (keep === undefined) return none;
	const store = await openVectorStore(keep);
	if (store === undefined) return { ...none, store: { kind, problem: `${join(keep.dataDir ?? "", "vectors.sqlite")} cannot be used` } };
	try {
		return { store: { kind }, counts: await store.counts() };
	} catch (thrown) {
		return { ...none, store: { kind, problem: toAppError(thrown).message } };
	} finally {
		await store.close();
	}
}
