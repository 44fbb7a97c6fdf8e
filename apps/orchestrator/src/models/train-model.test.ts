import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppError } from "@faultline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEncoder } from "./open-encoder.ts";
import { preparePython } from "./python-environment.ts";
import { type TrainOrder, type TrainPlace, type TrainProgress, trainModel } from "./train-model.ts";
import { verifyModel } from "./verify-model.ts";

const FIXTURES = new URL("../../../../packages/logs/src/encoders/testing/fixtures/", import.meta.url).pathname;
const REQUIREMENTS = new URL("../../../../models/training/requirements.txt", import.meta.url).pathname;
const PYTHON = process.env.FAULTLINE_PYTHON ?? "python3";
/** By its path, since a stand-in named python3 that runs "python3" would run itself for ever. */
const INTERPRETER = spawnSync(PYTHON, ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).stdout?.trim() ?? "";
const trains = spawnSync(PYTHON, ["-c", "import numpy, onnx, onnxruntime, tokenizers, torch"]).status === 0;

let folder: string;
let corpus: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-train-"));
	corpus = join(folder, "app.log");
	const kinds = [
		"order # placed by user-#",
		"payment # took # ms",
		"cache miss for key #",
		"retry # of # after timeout",
		"worker # is idle",
	];
	await writeFile(
		corpus,
		Array.from({ length: 400 }, (_, i) => `${(kinds[i % 5] as string).replaceAll("#", () => String((i * 7919) % 1009))}\n`).join(""),
	);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const orderOf = (changes: Partial<TrainOrder>): TrainOrder => ({
	corpus: [corpus],
	out: join(folder, "models", "mine"),
	minutes: 5,
	steps: 12,
	seed: 7,
	...changes,
});
const placeOf = (changes: Partial<TrainPlace> = {}): TrainPlace => ({
	env: { ...process.env, OMP_NUM_THREADS: "1" },
	cacheDir: join(folder, "cache"),
	folders: [FIXTURES, join(folder, "models")],
	python: PYTHON,
	...changes,
});
const failure = (work: Promise<unknown>): Promise<AppError> =>
	work.then(
		() => expect.fail("it did not fail"),
		(error: AppError) => error,
	);

describe("trainModel", () => {
	it("says what it cannot start from, before anything is made", async () => {
		const notes = join(folder, "notes");
		await mkdir(notes);
		await writeFile(join(notes, "thesis.txt"), "mine");
		for (const [changes, message] of [
			[{ corpus: [join(folder, "nope")] }, "there is no such file"],
			[{ corpus: [folder] }, "there is no such file"],
			[{ out: notes }, "holds something else than a model"],
			[{ out: corpus }, "holds something else than a model"],
			[{ from: "nope" }, 'there is no model "nope"'],
			[{ from: "pooled" }, "no weights.npz"],
		] as const)
			expect((await failure(trainModel(orderOf(changes), placeOf()))).message).toContain(message);
		expect(await readdir(notes)).toEqual(["thesis.txt"]);
	});

	it.skipIf(!trains)("trains on a user's lines, goes on from that, and says whether it was worth it", { timeout: 300_000 }, async () => {
		const seen: TrainProgress[] = [];
		const first = await trainModel(orderOf({ shape: "sbert" }), placeOf({ onProgress: (p) => seen.push(p) }));
		expect(seen.some((p) => p.stage === "train" && p.step === p.of)).toBe(true);
		const tuned = await trainModel(orderOf({ from: "mine", out: join(folder, "models", "tuned") }), placeOf());
		expect(tuned.figures.after?.precisionAt1).toBeGreaterThan(0);
		expect(tuned.figures.before?.maskedWordLoss).toBeGreaterThan(0);
		expect((await readdir(join(folder, "models"))).sort()).toEqual(["mine", "tuned"]);
		const { checks } = await verifyModel(join(folder, "models", "tuned"));
		expect(checks.join()).toContain(`answers with ${first.dimensions} dimensions`);
		const encoder = await openEncoder({ name: "tuned", folders: [join(folder, "models")] });
		expect(await encoder.encode(["order 1 placed by user-2"])).toHaveLength(1);
		await encoder.close?.();
	});

	it.skipIf(!trains)("leaves nothing when it is cancelled, or when the lines do not suffice", { timeout: 120_000 }, async () => {
		const out = join(folder, "cancelled", "mine");
		const controller = new AbortController();
		const place = placeOf({ signal: controller.signal, onProgress: ({ stage }) => stage === "train" && controller.abort() });
		expect((await failure(trainModel(orderOf({ out, steps: 1_000_000 }), place))).code).toBe("CANCELLED");
		expect(await readdir(join(folder, "cancelled"))).toEqual([]);
		await writeFile(join(folder, "two.log"), "one line\nanother\n");
		const error = await failure(trainModel(orderOf({ from: "mine", corpus: [join(folder, "two.log")], out }), placeOf()));
		expect(error).toMatchObject({ code: "BAD_INPUT", message: expect.stringContaining("too few") });
		expect(await readdir(join(folder, "cancelled"))).toEqual([]);
	});
});

describe("preparePython", () => {
	const options = { env: process.env, cacheDir: "", requirements: REQUIREMENTS };

	it("says what a named Python lacks", async () => {
		for (const python of ["/bin/false", join(folder, "nope")])
			expect(await failure(preparePython({ ...options, python }))).toMatchObject({
				code: "BAD_CONFIG",
				hint: expect.stringContaining("pip install"),
			});
	});

	it("says that there is none", async () => {
		const cacheDir = join(folder, "none");
		const error = await failure(preparePython({ ...options, cacheDir, env: { PATH: folder } }));
		expect(error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("needs Python 3.11") });
		expect(await readdir(cacheDir)).toEqual([]);
	});

	it("makes an environment once; one that fails leaves nothing", async () => {
		const cacheDir = join(folder, "made");
		// A Python that lacks the packages until its environment is made, and a package that is no package.
		const bin = join(folder, "bin");
		await mkdir(bin);
		await writeFile(join(bin, "python3"), `#!/bin/sh\ncase "$2" in "import sys, numpy"*) exit 1;; esac\nexec ${INTERPRETER} "$@"\n`, {
			mode: 0o755,
		});
		const env = { PATH: `${bin}:/usr/bin:/bin`, PIP_INDEX_URL: "http://127.0.0.1:9/simple", PIP_RETRIES: "0", HOME: folder };
		const broken = join(folder, "broken.txt");
		await writeFile(broken, "faultline-there-is-no-such-package==1\n");
		const steps: string[] = [];
		const error = await failure(preparePython({ env, cacheDir, requirements: broken, onStep: (line) => steps.push(line) }));
		expect(error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("pip install") });
		expect(steps.join()).toContain("making a Python environment");
		expect(await readdir(cacheDir)).toEqual([]);
		const empty = join(folder, "empty.txt");
		await writeFile(empty, "# nothing\n");
		const python = await preparePython({ env, cacheDir, requirements: empty });
		expect(spawnSync(python, ["-c", ""]).status).toBe(0);
		steps.length = 0;
		expect(await preparePython({ env, cacheDir, requirements: empty, onStep: (line) => steps.push(line) })).toBe(python);
		expect(steps).toEqual([]);
	});

	it("is cancelled", async () => {
		const controller = new AbortController();
		controller.abort();
		expect((await failure(preparePython({ ...options, signal: controller.signal }))).code).toBe("CANCELLED");
	});
});
