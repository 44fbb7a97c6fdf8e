// Grouping, in lines a second, against Drain3 with the masks of its example configuration, on the same file in the same run, one thread each.
// node test/bench/grouping.mjs [--python PATH] [--lines 100000] [--file FILE] [--rounds 3]
// Needs a Python that has drain3 (pip install drain3); lines are in memory before either clock starts, and neither keeps its answers.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createTemplateTree } from "../../packages/logs/src/index.ts";
import { lines } from "./made-lines.mjs";

const root = resolve(import.meta.dirname, "../..");
const { values } = parseArgs({
	options: {
		python: { type: "string", default: join(root, ".toolchain/python/bin/python") },
		lines: { type: "string", default: "100000" },
		file: { type: "string", multiple: true, default: [] },
		rounds: { type: "string", default: "3" },
	},
});

/** Drain3's example: its masks and its settings. */
const DRAIN3 = String.raw`
import json, sys, time
from drain3 import TemplateMiner
from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig
bounded = lambda pattern: r"((?<=[^A-Za-z0-9])|^)(" + pattern + r")((?=[^A-Za-z0-9])|$)"
config = TemplateMinerConfig()
config.mask_prefix, config.mask_suffix = "<:", ":>"
config.masking_instructions = [MaskingInstruction(bounded(pattern), name) for pattern, name in [
    (r"([0-9a-f]{2,}:){3,}([0-9a-f]{2,})", "ID"), (r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", "IP"), (r"([0-9a-f]{6,} ?){3,}", "SEQ"),
    (r"([0-9A-F]{4} ?){4,}", "SEQ"), (r"0x[a-f0-9A-F]+", "HEX"), (r"[\-\+]?\d+", "NUM")]] + [MaskingInstruction(r"(?<=executed cmd )(\".+?\")", "CMD")]
config.drain_sim_th, config.drain_depth, config.drain_max_children, config.drain_max_clusters = 0.4, 4, 100, 1024
miner = TemplateMiner(config=config)
lines = open(sys.argv[1], encoding="utf-8", errors="replace").read().split("\n")[:-1]
start, busy = time.perf_counter(), time.process_time()
for line in lines:
    miner.add_log_message(line)
print(json.dumps({"wall": time.perf_counter() - start, "busy": time.process_time() - busy, "templates": len(miner.drain.clusters)}))
`;

function drain3(path) {
	const { status, stdout, stderr } = spawnSync(values.python, ["-c", DRAIN3, path], { encoding: "utf8" });
	if (status !== 0) throw new Error(`${values.python} cannot run drain3 (name one with --python): ${stderr.trim().split("\n").at(-1)}`);
	return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** A tree that has seen nothing, so that learning counts; in a process that has run before, as a bench's rounds do. */
function faultline(path) {
	const all = readFileSync(path, "utf8").split("\n").slice(0, -1);
	const tree = createTemplateTree();
	const [start, before] = [performance.now(), process.cpuUsage()];
	for (const line of all) tree.add(line);
	const { user } = process.cpuUsage(before);
	return { wall: (performance.now() - start) / 1000, busy: user / 1e6, templates: tree.size };
}

const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const files = values.file.map((path) => ({ name: path, path }));
if (files.length === 0) {
	for (const [i, kind] of ["short", "long"].entries()) {
		const path = join(folder, kind);
		writeFileSync(path, `${[...lines(kind, Number(values.lines), 7 + i)].join("\n")}\n`);
		files.push({ name: `${kind} lines`, path });
	}
}
let worst = Number.POSITIVE_INFINITY;
for (const { name, path } of files) {
	const text = readFileSync(path, "utf8");
	const count = text.split("\n").length - 1;
	const theirs = drain3(path);
	const ours = Array.from({ length: Number(values.rounds) }, () => faultline(path)).toSorted((a, b) => a.wall - b.wall);
	const median = ours[Math.floor(ours.length / 2)];
	const ratio = theirs.wall / median.wall;
	worst = Math.min(worst, ratio);
	process.stdout.write(`${name}: ${count} lines of ${Math.round(text.length / count)} characters\n`);
	for (const [who, { wall, templates }] of [
		["drain3", theirs],
		["faultline", median],
	])
		process.stdout.write(
			`  ${who.padEnd(10)} ${Math.round(count / wall)
				.toLocaleString("en")
				.padStart(10)} lines/s  ${templates} templates\n`,
		);
	process.stdout.write(`  ratio ${ratio.toFixed(1)} by the clock, ${(theirs.busy / median.busy).toFixed(1)} by processor time\n`);
}
if (worst < 10) {
	process.stdout.write("below the bar of 10\n");
	process.exitCode = 1;
}
