import type { Random } from "@faultline/contracts";

/**
 * Isolation Forest: an outlier is a point that random splits isolate early.
 *
 *   s(x, n) = 2^(-E[h(x)] / c(n)),   c(n) = 2 H(n-1) - 2 (n-1)/n
 *
 * Liu, Ting & Zhou, "Isolation Forest", ICDM 2008, eq. 1-2. Fit O(t psi log psi), score O(t log psi).
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

const HEADER = 3;
const NODE = 4;
const LEAF = -1;

export function fitIsolationForest(points: readonly ArrayLike<number>[], options: IsolationForestOptions): IsolationForest {
	const { trees = 100, sample = 256, random } = options;
	const psi = Math.min(sample, points.length);
	const dimensions = points[0]?.length ?? 0;
	const forest: number[] = [dimensions, psi, trees, ...new Array<number>(trees).fill(0)];
	const highest = Math.ceil(Math.log2(Math.max(2, psi)));
	for (let tree = 0; tree < trees; tree++) {
		forest[HEADER + tree] = grow(forest, draw(points, psi, random), highest, random);
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

/** Writes a subtree to the end of the forest and returns its position. */
function grow(forest: number[], points: readonly ArrayLike<number>[], levels: number, random: Random): number {
	const at = forest.length;
	forest.push(LEAF, averagePath(points.length), 0, 0);
	if (levels === 0 || points.length <= 1) return at;
	const split = chooseSplit(points, random);
	if (split === undefined) return at;
	const left = points.filter((point) => (point[split.feature] as number) < split.value);
	const right = points.filter((point) => !((point[split.feature] as number) < split.value));
	forest[at] = split.feature;
	forest[at + 1] = split.value;
	forest[at + 2] = grow(forest, left, levels - 1, random);
	forest[at + NODE - 1] = grow(forest, right, levels - 1, random);
	return at;
}

/** A feature that varies, and a value strictly above its least and at most its greatest. */
function chooseSplit(points: readonly ArrayLike<number>[], random: Random): { feature: number; value: number } | undefined {
	const dimensions = points[0]?.length ?? 0;
	const first = Math.floor(random() * dimensions);
	for (let i = 0; i < dimensions; i++) {
		const feature = (first + i) % dimensions;
		let least = Number.POSITIVE_INFINITY;
		let greatest = Number.NEGATIVE_INFINITY;
		for (const point of points) {
			const x = point[feature] as number;
			if (x < least) least = x;
			if (x > greatest) greatest = x;
		}
		if (least < greatest) return { feature, value: greatest - random() * (greatest - least) };
	}
	return undefined;
}

/** psi points without replacement (the first steps of a Fisher-Yates shuffle). */
function draw<T>(points: readonly T[], psi: number, random: Random): T[] {
	const order = Int32Array.from(points, (_, i) => i);
	const drawn: T[] = [];
	for (let i = 0; i < psi; i++) {
		const j = i + Math.floor(random() * (order.length - i));
		const swap = order[j] as number;
		order[j] = order[i] as number;
		order[i] = swap;
		drawn.push(points[swap] as T);
	}
	return drawn;
}
