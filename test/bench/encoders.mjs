// Our encoders against one of all-MiniLM-L6-v2's exact shape, on the same lines, cores and ONNX Runtime, in one run:
//   node test/bench/encoders.mjs [--python python3] [--lines FILE] [--rounds 5] [--models logbert,sbert,roberta]
// Lines are normalised and distinct, in batches of 32 over two threads. Each round runs every encoder; the figures are medians over the rounds.
// "per CPU" divides by the processor time that was used, twice of which is what two idle cores give: the figure to read on a busy machine.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { createOnnxEncoder } from "../../packages/logs/src/encoders/index.ts";
import { normalise } from "../../packages/logs/src/index.ts";

const root = resolve(import.meta.dirname, "../..");
const { values } = parseArgs({
	options: {
		python: { type: "string", default: "python3" },
		lines: { type: "string" },
		rounds: { type: "string", default: "5" },
		models: { type: "string", default: "logbert,sbert,roberta" },
	},
});
const BATCH = 32;
const THREADS = 2;
const MIN_LINES_PER_S = 12_000;
const MIN_RATIO = 10;
const median = (xs) => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)];

function readTexts() {
	const raw =
		values.lines === undefined
			? globSync(join(root, "test/incidents/captures/*/logs.ndjson.gz")).flatMap((file) =>
					gunzipSync(readFileSync(file))
						.toString()
						.trimEnd()
						.split("\n")
						.map((line) => JSON.parse(line).body ?? ""),
				)
			: readFileSync(values.lines, "utf8").split("\n");
	return [...new Set(raw.filter((line) => line.trim() !== "").map((line) => normalise(line).text))];
}

/** Encodes at least for `ms`, the texts over and over. @returns lines per second, and per second of processor time of one core */
async function measure(encoder, texts, ms) {
	const block = texts.slice(0, 2_048);
	while (block.length < 1_024) block.push(...texts);
	const began = performance.now();
	const cpu = process.cpuUsage();
	let lines = 0;
	while (performance.now() - began < ms) {
		await encoder.encode(block);
		lines += block.length;
	}
	const used = process.cpuUsage(cpu);
	return { perSecond: (lines / (performance.now() - began)) * 1e3, perCpu: (lines / (used.user + used.system)) * 1e6 };
}

const texts = readTexts();
const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const made = spawnSync(values.python, [join(root, "test/bench/encoders_minilm.py"), join(root, "models/logbert/tokenizer.json"), folder], {
	stdio: ["ignore", "ignore", "inherit"],
});
if (made.status !== 0) {
	process.stderr.write(`encoders_minilm.py failed: give a Python with onnx, onnxruntime and numpy by --python\n`);
	process.exit(2);
}

const ours = values.models.split(",");
const folders = new Map([
	...ours.map((name) => [name, join(root, "models", name)]),
	["MiniLM shape, fp32", join(folder, "fp32")],
	["MiniLM shape, int8", join(folder, "int8")],
]);
const rows = new Map();
for (const [name, path] of folders) {
	const encoder = await createOnnxEncoder(path, { batch: BATCH, threads: THREADS });
	await encoder.encode(texts.slice(0, 64));
	rows.set(name, { encoder, runs: [] });
}
for (let round = 0; round < Number(values.rounds); round++)
	for (const { encoder, runs } of rows.values()) runs.push(await measure(encoder, texts, 1_000));
const figures = new Map(
	Array.from(rows, ([name, { runs }]) => [
		name,
		{ perSecond: median(runs.map((r) => r.perSecond)), perCpu: median(runs.map((r) => r.perCpu)) },
	]),
);
const reference = figures.get("MiniLM shape, fp32");
process.stdout.write(
	`${texts.length} distinct lines; ${cpus().length} cores (${cpus()[0]?.model.trim()}), load ${loadavg()[0].toFixed(1)}; batches of ${BATCH}, ${THREADS} threads\n`,
);
for (const [name, { perSecond, perCpu }] of figures)
	process.stdout.write(
		`${name.padEnd(20)} ${perSecond.toFixed(0).padStart(7)} lines/s   ${(2 * perCpu).toFixed(0).padStart(7)} by 2 x CPU time   ${(perSecond / reference.perSecond).toFixed(1).padStart(6)} x MiniLM fp32 (${(perCpu / reference.perCpu).toFixed(1)} by CPU time)\n`,
	);
const { perSecond, perCpu } = figures.get(ours[0]);
const ratio = perCpu / reference.perCpu;
const best = Math.max(perSecond, 2 * perCpu);
process.stdout.write(
	`${ours[0]}: ${best >= MIN_LINES_PER_S ? "meets" : "MISSES"} ${MIN_LINES_PER_S} lines/s, ${ratio >= MIN_RATIO ? "meets" : "MISSES"} ${MIN_RATIO} x\n`,
);
for (const { encoder } of rows.values()) await encoder.close();
