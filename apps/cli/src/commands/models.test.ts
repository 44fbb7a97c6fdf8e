import { appendFile, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.ts";

const FIXTURES = new URL("../../../../packages/logs/src/encoders/testing/fixtures/", import.meta.url).pathname;
const CAPTURE = new URL("../../../../test/incidents/captures/bad-deploy/", import.meta.url).pathname;

let folder: string;
let lines: string;
let env: Record<string, string>;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-models-cli-"));
	env = { FAULTLINE_DATA_DIR: join(folder, "data"), HOME: folder };
	lines = join(folder, "app.log");
	await writeFile(lines, "worker 1 started\nworker 2 started\ndisk quota exceeded for volume /data/7\n");
	await cp(FIXTURES, join(folder, "data", "models"), { recursive: true });
	await appendFile(join(folder, "data", "models", "bytes", "tokenizer.json"), " ");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const parsed = (stdout: string): number[][] =>
	stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as number[]);
const length = (vector: number[] = []) => Math.hypot(...vector);

describe("faultline models", () => {
	it("list: what each is, what is wrong with it, how often kept vectors were used", async () => {
		expect(await runCli(["models", "warm", "--corpus", lines, "--model", "pooled"], { env })).toMatchObject({
			code: 0,
			stdout: "pooled: 3 lines, 2 templates, 2 vectors computed\n",
		});
		const { code, stdout } = await runCli(["models", "list"], { env });
		expect(code).toBe(0);
		expect(stdout).toMatch(/ok +pooled {2}line-encoder, 16 dimensions/);
		expect(stdout).toMatch(/damaged +bytes/);
		expect(stdout.replace(/\s+/g, " ")).toContain("is not the file that manifest.json names");
		expect(stdout).toContain("cache: 0 hits, 2 misses, 2 vectors kept");
		const json = JSON.parse((await runCli(["models", "list", "--format", "json"], { env })).stdout) as { models: { name: string }[] };
		expect(json.models.map((m) => m.name)).toEqual(expect.arrayContaining(["hash", "bytes", "hidden", "pooled", "logbert"]));
	});

	it("verify: opens each, and fails where one is not what it should be", async () => {
		expect(await runCli(["models", "verify", "pooled", "logbert"], { env })).toMatchObject({ code: 0 });
		const { code, stdout } = await runCli(["models", "verify", "bytes", "hidden"], { env });
		expect(code).toBe(3);
		expect(stdout).toContain("BAD_INPUT");
		expect(stdout).toContain("ok    hidden");
	});

	it("train and finetune: what cannot be begun is said before anything is made", async () => {
		expect(await runCli(["models", "train", "--corpus", join(folder, "nope")], { env })).toMatchObject({ code: 2 });
		const { code, stderr } = await runCli(["models", "finetune", "--corpus", lines, "--from", "pooled"], { env });
		expect([code, stderr]).toEqual([2, expect.stringContaining("no weights.npz")]);
		expect(await runCli(["models", "train", "--corpus", lines, "--minutes", "0"], { env })).toMatchObject({ code: 2 });
	});
});

describe("faultline logs embed", () => {
	it("by the default, a model's name, or a folder; lines as they are, or normalised", async () => {
		const [a, b, c] = parsed((await runCli(["logs", "embed", lines], { env })).stdout);
		expect([a?.length, length(a)]).toEqual([640, expect.closeTo(1, 4)]);
		expect(c).not.toEqual(a);
		expect(b).toHaveLength(640);
		const named = parsed((await runCli(["logs", "embed", lines, "--model", "pooled"], { env })).stdout);
		expect(named[0]).toEqual(named[1]);
		const raw = parsed((await runCli(["logs", "embed", lines, "--model", join(FIXTURES, "pooled"), "--raw"], { env })).stdout);
		expect(raw[0]).not.toEqual(named[0]);
		const { code, stderr, stdout } = await runCli(["logs", "embed", lines, "--model", "bytes"], { env });
		expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining("is not the file that manifest.json names")]);
	});
});

describe("faultline analyze --encoder", () => {
	it("and encoder: in faultline.yaml choose; a wrong name is told", async () => {
		expect(await runCli(["analyze", "--capture", CAPTURE, "--encoder", "nope"], { env })).toMatchObject({
			code: 2,
			stderr: expect.stringContaining('there is no model "nope"'),
		});
		const config = join(folder, "faultline.yaml");
		await writeFile(config, `sources: { kubernetes: {} }\nencoder: ./data/models/bytes\n`);
		const { code, stderr } = await runCli(["--config", config, "analyze", "--capture", CAPTURE], { env });
		expect([code, stderr]).toEqual([2, expect.stringContaining("is not the file that manifest.json names")]);
		expect(await runCli(["--config", config, "analyze", "--capture", CAPTURE, "--encoder", "hash"], { env })).toMatchObject({ code: 1 });
		await writeFile(config, "encoder: 3\n");
		expect(await runCli(["--config", config, "analyze", "--capture", CAPTURE], { env })).toMatchObject({ code: 2 });
		const broken = await runCli(["analyze", "--capture", CAPTURE], { env: { ...env, FAULTLINE_CONFIG: config } });
		expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining("the configuration was not used")]);
	});
});
