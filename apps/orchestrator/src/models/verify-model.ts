import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { AppError } from "@faultline/contracts";
import { checkHashes, createOnnxEncoder, readManifest } from "@faultline/logs/encoders";
import { z } from "zod";

export interface VerifiedModel {
	name: string;
	folder: string;
	/** What was done and found, a line each. */
	checks: string[];
}

/** What the training wrote beside a model: texts as the model is given them, and the vectors that PyTorch gave for them. */
const Oracle = z.looseObject({
	texts: z.array(z.string()).min(1),
	vectors: z.array(z.array(z.number())).min(1),
	/** The least cosine that is no damage; by default what quantisation to 8 bits may cost. */
	minCosine: z.number().optional(),
});
const QUANTISED = 0.99;

/** Checks a model's hashes, opens it, lets it answer, and compares with what it answered when it was trained. @throws BAD_INPUT, NOT_FOUND */
export async function verifyModel(folder: string): Promise<VerifiedModel> {
	const manifest = await readManifest(folder);
	const name = manifest?.name ?? basename(folder);
	const checks: string[] = [];
	if (manifest === undefined) checks.push("no manifest.json: hashes are not checked");
	else checks.push(`${(await checkHashes(folder, manifest)).length} files have the hashes of manifest.json`);
	if (manifest !== undefined && manifest.task !== "line-encoder") return { name, folder, checks };
	const encoder = await createOnnxEncoder(folder, { threads: 1 });
	try {
		const [vector] = await encoder.encode(["connection to <host> refused"]);
		checks.push(`opens, and answers with ${vector?.length} dimensions`);
		const oracle = await readOracle(folder);
		if (oracle === undefined) return { name, folder, checks: [...checks, "no oracle.json: vectors are not compared"] };
		const least = Math.min(...(await encoder.encode(oracle.texts)).map((v, i) => cosine(v, oracle.vectors[i] ?? [])));
		if (!(least >= (oracle.minCosine ?? QUANTISED)))
			throw new AppError("BAD_INPUT", `${name} answers otherwise than when it was trained: cosine ${least.toFixed(4)}`, {
				hint: "train or export it anew; onnxruntime-node of another version may compute otherwise",
			});
		return { name, folder, checks: [...checks, `${oracle.texts.length} vectors as in training: least cosine ${least.toFixed(5)}`] };
	} finally {
		await encoder.close();
	}
}

async function readOracle(folder: string): Promise<z.infer<typeof Oracle> | undefined> {
	const text = await readFile(join(folder, "oracle.json"), "utf8").catch(() => undefined);
	if (text === undefined) return undefined;
	try {
		return Oracle.parse(JSON.parse(text));
	} catch (cause) {
		throw new AppError("BAD_INPUT", `${join(folder, "oracle.json")} is damaged`, { cause, hint: "restore it, or remove it" });
	}
}

function cosine(a: Float32Array, b: readonly number[]): number {
	if (a.length !== b.length) return 0;
	let [ab, aa, bb] = [0, 0, 0];
	a.forEach((x, i) => {
		const y = b[i] ?? 0;
		ab += x * y;
		aa += x * x;
		bb += y * y;
	});
	return ab / Math.sqrt(aa * bb || 1);
}
