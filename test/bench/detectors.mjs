// Detectors beside scikit-learn on the same points, in turns in one run, so that a busy machine slows both:
//   node test/bench/detectors.mjs [--python PATH] [--rounds 3]
// Ours on one thread; scikit-learn as it comes: n_jobs of None, which is one job, and as many OpenMP threads as it likes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hdbscan } from "../../packages/anomaly/src/hdbscan/hdbscan.ts";
import { fitIsolationForest } from "../../packages/anomaly/src/isolation-forest.ts";
import { isolationScores } from "../../packages/anomaly/src/isolation-scores.ts";
import { adjustedRand, drawNormal } from "../../packages/anomaly/src/testing/draw-set.ts";
import { seededRandom } from "../../packages/contracts/src/index.ts";

const { values: args } = parseArgs({
	options: { python: { type: "string", default: "python3" }, rounds: { type: "string", default: "3" } },
});
const rounds = Number(args.rounds);
const folder = mkdtempSync(join(tmpdir(), "detectors-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function blobs(n, dimensions, clusters, noise) {
	const random = seededRandom(1);
	const centres = Float64Array.from({ length: clusters * dimensions }, () => 3 * drawNormal(random));
	const values = new Float32Array(n * dimensions);
	for (let i = 0; i < n; i++) {
		const alone = random() < noise;
		for (let k = 0; k < dimensions; k++)
			values[i * dimensions + k] = drawNormal(random) * (alone ? 3 : 1) + (alone ? 0 : centres[(i % clusters) * dimensions + k]);
	}
	return { values, dimensions };
}

function sklearn(task, rows) {
	const file = join(folder, `${task}.f32`);
	writeFileSync(file, rows.values);
	const script = new URL("detectors_sklearn.py", import.meta.url).pathname;
	const ran = spawnSync(args.python, [script, task, file, String(rows.dimensions), "1"], { encoding: "utf8", maxBuffer: 1 << 28 });
	if (ran.status !== 0) throw new Error(`${args.python} needs scikit-learn 1.3 or later: ${ran.stderr}`);
	return JSON.parse(ran.stdout);
}

function time(work) {
	const start = performance.now();
	const result = work();
	return { seconds: [(performance.now() - start) / 1000], result };
}

function compare(name, ours, theirs, agreement) {
	const runs = Array.from({ length: rounds }, () => ({ our: ours(), their: theirs() }));
	const best = (side) => Math.min(...runs.map((run) => run[side].seconds[0]));
	const last = runs.at(-1);
	const line = {
		name,
		seconds: best("our"),
		sklearnSeconds: best("their"),
		ratio: best("our") / best("their"),
		...agreement(last.our.result, last.their.result),
	};
	process.stdout.write(`${JSON.stringify(line)}\n`);
	return line.ratio <= 1;
}

const correlation = (a, b) => {
	const mean = (x) => x.reduce((sum, v) => sum + v, 0) / x.length;
	const [ma, mb] = [mean(a), mean(b)];
	let [ab, aa, bb] = [0, 0, 0];
	for (let i = 0; i < a.length; i++) {
		ab += (a[i] - ma) * (b[i] - mb);
		aa += (a[i] - ma) ** 2;
		bb += (b[i] - mb) ** 2;
	}
	return ab / Math.sqrt(aa * bb);
};

const clusterSets = [
	["HDBSCAN 10,000 x 64, 20 clusters and 10 % noise", blobs(10_000, 64, 20, 0.1)],
	["HDBSCAN 10,000 x 64, one wide cloud", blobs(10_000, 64, 1, 1)],
];
let passed = true;
for (const [name, rows] of clusterSets) {
	const ours = () => time(() => hdbscan(rows, { minClusterSize: 15 }).labels);
	passed =
		compare(
			name,
			ours,
			() => sklearn("hdbscan", rows),
			(a, b) => ({ adjustedRand: adjustedRand(a, b) }),
		) && passed;
}
const points = blobs(100_000, 16, 5, 0.05);
const forest = () => time(() => isolationScores(fitIsolationForest(points, { random: seededRandom(1) }), points));
passed =
	compare(
		"Isolation Forest 100,000 x 16, fit and score",
		forest,
		() => sklearn("forest", points),
		(a, b) => ({ correlation: correlation(a, b) }),
	) && passed;
process.exitCode = passed ? 0 : 1;
