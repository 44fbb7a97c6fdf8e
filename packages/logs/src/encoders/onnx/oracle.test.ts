import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOnnxEncoder } from "./onnx-encoder.ts";

const ROOT = new URL("../../../../../", import.meta.url).pathname;
const PYTHON = process.env.FAULTLINE_PYTHON ?? "python3";
const hasTorch = spawnSync(PYTHON, ["-c", "import numpy, onnx, onnxruntime, tokenizers, torch"]).status === 0;
const trained = globSync(join(ROOT, "models/*/weights.npz")).map(dirname).toSorted();

interface Oracle {
	texts: string[];
	vectors: number[][];
}

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-oracle-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function answers(path: string, texts: string[]): Promise<Float32Array[]> {
	const encoder = await createOnnxEncoder(path, { threads: 1 });
	try {
		return await encoder.encode(texts);
	} finally {
		await encoder.close();
	}
}
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => {
	const sum = (f: (i: number) => number) => Array.from(a, (_, i) => f(i)).reduce((x, y) => x + y, 0);
	const at = (v: ArrayLike<number>, i: number) => v[i] ?? Number.NaN;
	return sum((i) => at(a, i) * at(b, i)) / Math.sqrt(sum((i) => at(a, i) ** 2) * sum((i) => at(b, i) ** 2));
};
const leastCosine = (found: Float32Array[], { vectors }: Oracle) => Math.min(...found.map((v, i) => cosine(v, vectors[i] ?? [])));

describe("the shipped encoders against PyTorch", () => {
	it.each(trained.map((path) => [basename(path), path] as const).filter(([, path]) => existsSync(join(path, "oracle.json"))))(
		"%s answers as PyTorch did: cosine at least 0.99",
		async (_, path) => {
			const oracle = JSON.parse(readFileSync(join(path, "oracle.json"), "utf8")) as Oracle;
			expect(leastCosine(await answers(path, oracle.texts), oracle)).toBeGreaterThanOrEqual(0.99);
		},
	);

	it.skipIf(!hasTorch).each(trained.map((path) => [basename(path), path] as const))(
		"%s: 32 bit within 1e-3 of PyTorch, as shipped cosine at least 0.99 (needs a Python with torch: FAULTLINE_PYTHON)",
		{ timeout: 120_000 },
		async (name, path) => {
			const float = join(folder, name);
			const script = join(ROOT, "packages/logs/oracle/encoder_figures.py");
			const ran = spawnSync(PYTHON, [script, path, "--float", float], { encoding: "utf8", maxBuffer: 1 << 26 });
			expect(ran.status, ran.stderr).toBe(0);
			const oracle = JSON.parse(ran.stdout) as Oracle;
			const exact = await answers(float, oracle.texts);
			const worst = Math.max(...exact.flatMap((v, i) => Array.from(v, (x, d) => Math.abs(x - (oracle.vectors[i]?.[d] ?? Number.NaN)))));
			expect(worst).toBeLessThanOrEqual(1e-3);
			expect(leastCosine(await answers(path, oracle.texts), oracle)).toBeGreaterThanOrEqual(0.99);
		},
	);
});
