import { seededRandom } from "@faultline/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Rows, toRows } from "../rows.ts";
import { adjustedRand, drawNormal, drawSet } from "../testing/draw-set.ts";
import { squaredCoreDistances } from "./core-distances.ts";
import { createDistanceKernel } from "./distance-kernel.ts";
import { hdbscan } from "./hdbscan.ts";
import { scorePoints } from "./score-point.ts";
import { spanningTree } from "./spanning-tree.ts";

const rows = (points: number[][], dimensions = points[0]?.length ?? 2): Rows => ({ values: Float64Array.from(points.flat()), dimensions });
const blobs = (seed: number, n = 200): Rows =>
	drawSet({ name: "", kind: "blobs", seed, n, dimensions: 3, clusters: 3, spread: 0.4, noise: 0.05 });

describe("distance kernel", () => {
	it("gives the distances of the definition, in any number of dimensions", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 37 }), fc.integer({ min: 2, max: 40 }), fc.integer(), (dimensions, n, seed) => {
				const random = seededRandom(seed);
				const values = Float64Array.from({ length: n * dimensions }, () => drawNormal(random));
				const kernel = createDistanceKernel({ values, dimensions }, n);
				const found = kernel.distances(1, 0, n);
				for (let b = 0; b < n; b++) {
					let expected = 0;
					for (let k = 0; k < dimensions; k++) expected += (values[dimensions + k]! - values[b * dimensions + k]!) ** 2;
					expect(Math.sqrt(found[b]!) * kernel.scale).toBeCloseTo(Math.sqrt(expected), 4);
				}
			}),
		);
	});
});

describe("spanning tree", () => {
	it("weighs as little as Kruskal's over all pairs", () => {
		const { values, dimensions } = blobs(5, 60);
		const kernel = createDistanceKernel({ values, dimensions }, 60);
		const core = squaredCoreDistances(kernel, 4);
		const tree = spanningTree(kernel, core);
		const distance = (a: number, b: number): number =>
			Math.hypot(...Array.from({ length: dimensions }, (_, k) => values[a * dimensions + k]! - values[b * dimensions + k]!));
		const cores = Array.from({ length: 60 }, (_, a) => Array.from({ length: 60 }, (_, b) => distance(a, b)).sort((x, y) => x - y)[3]!);
		const edges = cores.flatMap((_, a) => cores.slice(0, a).map((_, b) => ({ a, b, w: Math.max(cores[a]!, cores[b]!, distance(a, b)) })));
		const group = cores.map((_, i) => i);
		let total = 0;
		for (const { a, b, w } of edges.sort((x, y) => x.w - y.w)) {
			const [from, to] = [group[a]!, group[b]!];
			if (from === to) continue;
			total += w;
			for (let i = 0; i < 60; i++) if (group[i] === from) group[i] = to;
		}
		expect(tree.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(total, 3);
	});
});

describe("HDBSCAN", () => {
	it("finds three blobs and gives what is alone the highest outlier scores", () => {
		const { labels, clusters, outlierScores, probabilities } = hdbscan(blobs(1), { minClusterSize: 10 });
		expect(clusters).toHaveLength(3);
		expect(clusters.reduce((sum, c) => sum + c.size, 0)).toBe(labels.filter((l) => l >= 0).length);
		const mean = (noise: boolean): number => {
			const scores = outlierScores.filter((_, i) => labels[i]! < 0 === noise);
			return scores.reduce((sum, s) => sum + s, 0) / scores.length;
		};
		expect(mean(true)).toBeGreaterThan(mean(false) + 0.3);
		labels.forEach((label, i) => void expect(probabilities[i]! > 0).toBe(label >= 0));
	});

	it("does not care for the unit, where the points lie, or single precision", () => {
		const { values, dimensions } = blobs(2);
		const plain = hdbscan({ values, dimensions }, { minClusterSize: 10 });
		for (const moved of [
			values.map((x) => x * 1e150),
			values.map((x) => x * 1e-150),
			values.map((x) => x + 1e6),
			Float32Array.from(values),
		]) {
			const { labels, outlierScores } = hdbscan({ values: moved, dimensions }, { minClusterSize: 10 });
			expect(adjustedRand(labels, plain.labels)).toBeGreaterThan(0.99);
			expect(outlierScores[7]).toBeCloseTo(plain.outlierScores[7]!, 3);
		}
	});

	it("keeps its eyes on the rest beside a point as far off as numbers go", () => {
		const { values, dimensions } = blobs(2);
		const plain = hdbscan({ values, dimensions }, { minClusterSize: 10 });
		for (const far of [1e9, 1e30, 1e300]) {
			const { labels, outlierScores } = hdbscan({ values: Float64Array.of(...values, far, -far, 0), dimensions }, { minClusterSize: 10 });
			expect(adjustedRand(labels.subarray(0, 200), plain.labels)).toBe(1);
			expect(labels[200]).toBe(-1);
			expect(outlierScores[200]).toBeGreaterThan(0.999);
		}
	});

	it("by cosine looks at directions alone", () => {
		const random = seededRandom(3);
		const points = Array.from({ length: 90 }, (_, i) => {
			const angle = (i % 3) * 2 + 0.05 * drawNormal(random);
			const length = 1 + 99 * random();
			return [length * Math.cos(angle), length * Math.sin(angle)];
		});
		const { labels } = hdbscan(rows([...points, [0, 0]]), { minClusterSize: 10, metric: "cosine" });
		expect(
			adjustedRand(
				labels.slice(0, 90),
				points.map((_, i) => i % 3),
			),
		).toBeGreaterThan(0.9);
		expect(labels).toHaveLength(91);
	});

	it.each([
		["no points", []],
		["one point", [[1, 2]]],
		[
			"fewer points than a cluster has",
			[
				[1, 2],
				[3, 4],
				[5, 5],
			],
		],
	] as [string, number[][]][])("calls %s noise, with no outlier", (_, points) => {
		const { labels, probabilities, outlierScores, clusters } = hdbscan(rows(points));
		expect([...labels]).toEqual(points.map(() => -1));
		expect([...probabilities]).toEqual(points.map(() => 0));
		expect([...outlierScores]).toEqual(points.map(() => 0));
		expect(clusters).toEqual([]);
	});

	it("takes equal points as one cluster only where one is allowed", () => {
		const equal = rows(new Array<number[]>(30).fill([4, 4]));
		expect(new Set(hdbscan(equal).labels)).toEqual(new Set([-1]));
		const allowed = hdbscan(equal, { allowSingleCluster: true });
		expect(new Set(allowed.labels)).toEqual(new Set([0]));
		expect([...allowed.probabilities, ...allowed.outlierScores]).toEqual([...new Array(30).fill(1), ...new Array(30).fill(0)]);
	});

	it("finds groups of duplicates, and the one point beside them", () => {
		const points = [...new Array<number[]>(8).fill([0, 0]), ...new Array<number[]>(8).fill([9, 9]), [4, 4]];
		const { labels, probabilities, outlierScores, clusters } = hdbscan(rows(points), { minClusterSize: 5 });
		// It is joined to the nearer group before the groups are: of that cluster, but at its rim.
		expect([...labels]).toEqual([...new Array(8).fill(0), ...new Array(8).fill(1), 0]);
		expect([...probabilities]).toEqual([...new Array(16).fill(1), 0]);
		expect(clusters.map((c) => c.stability)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
		expect(outlierScores[16]).toBe(1);
	});

	it("takes vectors, of one length", () => {
		const { values } = blobs(1, 40);
		const vectors = Array.from({ length: 40 }, (_, i) => Float32Array.from(values.subarray(3 * i, 3 * i + 3)));
		expect(hdbscan(toRows(vectors)).labels).toEqual(hdbscan({ values: Float32Array.from(values), dimensions: 3 }).labels);
		expect(hdbscan(toRows([])).labels).toHaveLength(0);
		expect(() => toRows([new Float32Array(3), new Float32Array(2)])).toThrow(/point 1 has 2 dimensions/);
	});

	it("clamps minSamples to the points there are", () => {
		expect(hdbscan(blobs(4, 20), { minClusterSize: 5, minSamples: 500 }).labels).toHaveLength(20);
	});

	it("refuses what makes no sense", () => {
		expect(() => hdbscan(rows([[1, Number.NaN]]))).toThrow(/point 0 holds NaN in dimension 1/);
		expect(() => hdbscan(rows([[1, Number.POSITIVE_INFINITY]]))).toThrow(/Infinity/);
		expect(() => hdbscan({ values: new Float32Array(5), dimensions: 2 })).toThrow(/whole number of points/);
		expect(() => hdbscan({ values: new Float32Array(0), dimensions: 0 })).toThrow(/0 dimensions/);
		expect(() => hdbscan(blobs(1), { minClusterSize: 1 })).toThrow(/minClusterSize is 1/);
		expect(() => hdbscan(blobs(1), { minSamples: 2.5 })).toThrow(/minSamples is 2.5/);
	});

	it("scores points that it was not fitted on: near a cluster low, far from all high", () => {
		const baseline = blobs(6);
		const model = hdbscan(baseline, { minClusterSize: 10, minSamples: 5 });
		const centre = model.labels.indexOf(0);
		const near = [...baseline.values.subarray(centre * 3, centre * 3 + 3)].map((x) => x + 0.01);
		const [inside, outside] = scorePoints(model, baseline, rows([near, [60, 60, 60]]), { minSamples: 5 });
		expect(inside).toMatchObject({ label: 0 });
		expect(inside!.score).toBeLessThan(0.8);
		expect(outside!.score).toBeGreaterThan(0.95);
		expect(scorePoints(hdbscan(rows([], 3)), rows([], 3), rows([[1, 2, 3]]), { minSamples: 5 })).toMatchObject([{ score: 1, nearest: -1 }]);
		expect(() => scorePoints(model, baseline, rows([[1, 2]]), { minSamples: 5 })).toThrow(/2 dimensions against/);
	});
});
