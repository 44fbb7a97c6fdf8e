import { AppError, type Random } from "@faultline/contracts";
import { growTree } from "./isolation-tree.ts";
import { checkRows, type Rows } from "./rows.ts";

/**
 * Isolation Forest: an outlier is a point that random splits isolate early.
 *
 *   s(x, n) = 2^(-E[h(x)] / c(n)),   c(n) = 2 H(n-1) - 2 (n-1)/n
 *
 * Liu, Ting & Zhou, "Isolation Forest", ICDM 2008, eq. 1-2. Fit O(t psi log psi), score O(t log psi) a point.
 * Differs from the paper: a forest is one Float64Array, so that it can be saved and shared between workers as it is; H(i) is summed, not
 * approximated by ln(i) + 0.577; features that are constant in a node are not split on.
 */
export interface IsolationForestOptions {
	/** Trees. */
	trees?: number;
	/** Points per tree (psi). */
	sample?: number;
	random: Random;
}

/**
 * Layout: [dimensions, psi, trees, root of each tree..., nodes...]; a node is 4 numbers: feature (or -1 for a leaf), split value (or path
 * length to add at a leaf), position of the left child, position of the right child.
 */
export type IsolationForest = Float64Array;

export const HEADER = 3;
export const LEAF = -1;

/** Deterministic by `random`. @throws AppError BAD_INPUT where a value is not a finite number, or points differ in length. */
export function fitIsolationForest(points: Rows | readonly ArrayLike<number>[], options: IsolationForestOptions): IsolationForest {
	const { trees = 100, sample = 256, random } = options;
	const rows = "dimensions" in points ? points : joinPoints(points);
	const n = checkRows(rows);
	if (!Number.isInteger(trees) || trees < 1 || !Number.isInteger(sample) || sample < 1)
		throw new AppError("BAD_INPUT", `a forest of ${trees} trees of ${sample} points`, { hint: "both are whole numbers of at least 1" });
	const psi = Math.min(sample, n);
	const forest: number[] = [rows.dimensions, psi, trees, ...new Array<number>(trees).fill(0)];
	const levels = Math.ceil(Math.log2(Math.max(2, psi)));
	const order = new Int32Array(n);
	for (let i = 0; i < n; i++) order[i] = i;
	for (let tree = 0; tree < trees; tree++) {
		draw(order, psi, random);
		forest[HEADER + tree] = growTree(forest, rows, order.slice(0, psi), levels, random);
	}
	return Float64Array.from(forest);
}

/** Score of a point in (0, 1): about 0.5 for usual points, towards 1 for outliers; 0.5 from a forest of fewer than two points. */
export function isolationScore(forest: IsolationForest, point: ArrayLike<number>): number {
	const psi = forest[1] ?? 0;
	const trees = forest[2] ?? 0;
	if (psi < 2) return 0.5;
	let sum = 0;
	for (let tree = 0; tree < trees; tree++) sum += pathLength(forest, forest[HEADER + tree] as number, point);
	return 2 ** (-sum / trees / averagePath(psi));
}

/** c(n): the mean path length of an unsuccessful search in a binary search tree of n points. */
export function averagePath(n: number): number {
	if (n <= 1) return 0;
	let harmonic = 0;
	for (let i = 1; i < n; i++) harmonic += 1 / i;
	return 2 * harmonic - (2 * (n - 1)) / n;
}

function pathLength(forest: IsolationForest, root: number, point: ArrayLike<number>): number {
	let at = root;
	let depth = 0;
	for (let feature = forest[at] as number; feature !== LEAF; feature = forest[at] as number) {
		at = forest[at + ((point[feature] as number) < (forest[at + 1] as number) ? 2 : 3)] as number;
		depth++;
	}
	return depth + (forest[at + 1] as number);
}

/** psi of the numbers, without replacement, to the front (the first steps of a Fisher-Yates shuffle). */
function draw(order: Int32Array, psi: number, random: Random): void {
	for (let i = 0; i < psi; i++) {
		const j = i + Math.floor(random() * (order.length - i));
		const swap = order[j] as number;
		order[j] = order[i] as number;
		order[i] = swap;
	}
}

function joinPoints(points: readonly ArrayLike<number>[]): Rows {
	const dimensions = Math.max(1, points[0]?.length ?? 1);
	const values = new Float64Array(points.length * dimensions);
	points.forEach((point, i) => {
		if (point.length !== dimensions)
			throw new AppError("BAD_INPUT", `point ${i} has ${point.length} dimensions, the first has ${dimensions}`, {
				hint: "give every point the same features",
			});
		values.set(point, i * dimensions);
	});
	return { values, dimensions };
}
