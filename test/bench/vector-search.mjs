// Batch search of our index against faiss-cpu (PyPI), the same vectors and queries, on the same cores, turn by turn in one run:
//   node test/bench/vector-search.mjs [python with faiss-cpu and numpy, default python3]
// Prints seconds (best of three) and ratios; a ratio above 1 is slower than faiss-cpu.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVectorIndex } from "../../packages/anomaly/src/index.ts";
import { seededRandom } from "../../packages/contracts/src/index.ts";

// OpenMP and OpenBLAS each keep a pool of threads: without this the idle one spins on the cores that the other needs.
process.env.OMP_WAIT_POLICY = "passive";

const PYTHON = process.argv[2] ?? "python3";
const [DIMENSIONS, QUERIES, K, TURNS] = [128, 4_000, 10, 3];
const random = seededRandom(1);

const peer = `
import sys, time, numpy as np, faiss
shape, folder, d, k = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
x = np.fromfile(folder + "/vectors", dtype="float32").reshape(-1, d); q = np.fromfile(folder + "/queries", dtype="float32").reshape(-1, d)
lists = min(round(4 * len(x) ** .5), len(x) // 39)
index = faiss.index_factory(d, {"flat": "Flat", "hnsw": "HNSW32,Flat", "ivf": "IVF%d,Flat" % lists}[shape], faiss.METRIC_INNER_PRODUCT)
if shape == "ivf": index.train(x[::max(1, len(x) // (64 * lists))]); index.nprobe = max(8, -(-lists // 16))
if shape == "hnsw": index.hnsw.efSearch = 96
index.add(x)
index.search(q[:100], k)
times = []
for _ in range(${TURNS}):
    t = time.perf_counter(); index.search(q, k); times.append(time.perf_counter() - t)
print(min(times), faiss.__version__)
`;

/** Points in clusters, as embedded logs are; uniform noise has no neighbours worth finding. */
function clustered(rows, centres) {
	const values = new Float32Array(rows * DIMENSIONS);
	for (let row = 0; row < rows; row++) {
		const point = centres[row % centres.length].map((x) => x + 0.6 * (random() - 0.5));
		const length = Math.hypot(...point);
		values.set(
			point.map((x) => x / length),
			row * DIMENSIONS,
		);
	}
	return values;
}
const count = (values) => values.length / DIMENSIONS;
const rowsOf = (values) => Array.from({ length: count(values) }, (_, i) => values.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS));

function ours(shape, vectors, queries) {
	const sizes = { flat: { hnsw: count(vectors) + 1 }, hnsw: { hnsw: 1 }, ivf: { hnsw: 1, ivf: 1 } }[shape];
	const index = createVectorIndex({ dimensions: DIMENSIONS, sizes });
	index.add(rowsOf(vectors));
	if (index.shape !== shape) throw new Error(`no ${shape} index here: node scripts/faiss.mjs`);
	const asked = rowsOf(queries);
	index.search(asked.slice(0, 100), K);
	let best = Number.POSITIVE_INFINITY;
	for (let turn = 0; turn < TURNS; turn++) {
		const began = performance.now();
		index.search(asked, K);
		best = Math.min(best, performance.now() - began);
	}
	return best / 1_000;
}

function theirs(shape, folder) {
	const { stdout, stderr, status } = spawnSync(PYTHON, ["-c", peer, shape, folder, DIMENSIONS, K].map(String), { encoding: "utf8" });
	if (status !== 0) throw new Error(`${PYTHON} has no faiss-cpu and numpy? pip install faiss-cpu numpy\n${stderr.slice(-500)}`);
	const [seconds, version] = stdout.trim().split(" ");
	return { seconds: Number(seconds), version };
}

const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
try {
	for (const [shape, count] of [
		["flat", 100_000],
		["hnsw", 50_000],
		["ivf", 100_000],
	]) {
		const centres = Array.from({ length: 500 }, () => Array.from({ length: DIMENSIONS }, () => random() - 0.5));
		const [vectors, queries] = [clustered(count, centres), clustered(QUERIES, centres)];
		writeFileSync(join(folder, "vectors"), Buffer.from(vectors.buffer));
		writeFileSync(join(folder, "queries"), Buffer.from(queries.buffer));
		const peers = theirs(shape, folder);
		const seconds = ours(shape, vectors, queries);
		process.stdout.write(
			`${shape.padEnd(4)} ${QUERIES} queries, ${K} of ${count} x ${DIMENSIONS}: ours ${seconds.toFixed(3)} s, faiss-cpu ${peers.version} ${peers.seconds.toFixed(3)} s, ratio ${(seconds / peers.seconds).toFixed(2)}\n`,
		);
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
