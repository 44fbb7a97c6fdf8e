/**
 * Gradient-boosted regression trees for one right answer among a list: the listwise softmax loss.
 *
 *   L = -log p(root),   p = softmax(F),   g_i = p_i - y_i,   h_i = p_i (1 - p_i)
 *   leaf = -G / (H + lambda),   gain = G_l^2/(H_l + lambda) + G_r^2/(H_r + lambda) - G^2/(H + lambda)
 *
 * Cao et al., "Learning to Rank: From Pairwise to Listwise Approach", ICML 2007 (top-one probability); Chen & Guestrin, "XGBoost",
 * KDD 2016, eq. 5-7 (second order, histogram splits, column and row samples). Cost O(rounds depth rows columns share).
 * Differs from the papers: rows are drawn by whole lists, so that a list is never seen in part.
 */
export interface BoostOptions {
	rounds: number;
	depth: number;
	rate: number;
	/** Added to every sum of curvatures. */
	lambda: number;
	/** Least curvature of a leaf. */
	minHessian: number;
	/** Share of the columns that a tree may split, and of the lists that it sees. */
	columns: number;
	lists: number;
	/** Uniform numbers in [0, 1). */
	random: () => number;
}

/** Rows of several lists, one after the other; `starts` has each list's first row and the end. */
export interface ListedRows {
	columns: number;
	/** Row-major. */
	values: Float32Array;
	starts: readonly number[];
}

interface Tree {
	/** Per inner node: column, threshold (left if value <= threshold); a complete binary tree, children of k at 2k+1 and 2k+2. -1: passes all left. */
	column: Int32Array;
	threshold: Float32Array;
	/** Per leaf of the last level. */
	leaf: Float64Array;
}

export interface BoostedRanker {
	/** A score per row. */
	score(rows: ListedRows): Float64Array;
}

/** Most bins of a column; one more than its cuts. */
const BINS = 32;

/** @param right each list's right row, as an index into all rows */
export function trainBoostedRanker(rows: ListedRows, right: readonly number[], options: BoostOptions): BoostedRanker {
	const count = rows.starts.at(-1) ?? 0;
	const { binned, cuts } = binColumns(rows, count);
	const F = new Float64Array(count);
	const g = new Float64Array(count);
	const h = new Float64Array(count);
	const trees: Tree[] = [];
	for (let round = 0; round < options.rounds; round++) {
		gradients(F, rows.starts, right, g, h);
		const inside = sampleLists(rows.starts, options);
		const drawn = sampleColumns(rows.columns, options);
		const { tree, leafOf } = growTree({ binned, cuts, count, g, h, inside, drawn }, options);
		for (let i = 0; i < count; i++) F[i] = (F[i] as number) + (tree.leaf[leafOf[i] as number] as number);
		trees.push(tree);
	}
	return { score: (other) => scoreRows(trees, other, options.depth) };
}

function gradients(F: Float64Array, starts: readonly number[], right: readonly number[], g: Float64Array, h: Float64Array): void {
	for (let list = 0; list + 1 < starts.length; list++) {
		const [from, to] = [starts[list] as number, starts[list + 1] as number];
		let max = -Infinity;
		for (let i = from; i < to; i++) max = Math.max(max, F[i] as number);
		let Z = 0;
		for (let i = from; i < to; i++) Z += Math.exp((F[i] as number) - max);
		for (let i = from; i < to; i++) {
			const p = Math.exp((F[i] as number) - max) / Z;
			g[i] = p - (right[list] === i ? 1 : 0);
			h[i] = p * (1 - p);
		}
	}
}

function binColumns({ columns, values }: ListedRows, count: number): { binned: Uint8Array; cuts: Float32Array[] } {
	const binned = new Uint8Array(columns * count);
	const cuts: Float32Array[] = [];
	for (let c = 0; c < columns; c++) {
		const column = Float32Array.from({ length: count }, (_, i) => values[i * columns + c] as number);
		const cut = cutsOf(column);
		cuts.push(cut);
		for (let i = 0; i < count; i++) {
			let b = 0;
			while (b < cut.length && (column[i] as number) > (cut[b] as number)) b++;
			binned[c * count + i] = b;
		}
	}
	return { binned, cuts };
}

/** Middles between distinct values: all of them where they are few, else at quantiles of the distinct values. */
function cutsOf(column: Float32Array): Float32Array {
	const distinct = Float32Array.from(new Set(column)).sort();
	const n = distinct.length - 1;
	const kept = Math.min(n, BINS - 1);
	return Float32Array.from({ length: Math.max(0, kept) }, (_, k) => {
		const at = Math.floor(((k + 0.5) * n) / kept);
		return ((distinct[at] as number) + (distinct[at + 1] as number)) / 2;
	});
}

function sampleLists(starts: readonly number[], { lists, random }: BoostOptions): Uint8Array {
	const inside = new Uint8Array(starts.at(-1) ?? 0);
	for (let list = 0; list + 1 < starts.length; list++) if (random() < lists) inside.fill(1, starts[list], starts[list + 1]);
	return inside;
}

function sampleColumns(columns: number, { columns: share, random }: BoostOptions): number[] {
	const drawn: number[] = [];
	for (let c = 0; c < columns; c++) if (random() < share) drawn.push(c);
	return drawn;
}

/** The training rows of one round. */
interface Round {
	/** Column-major bins. */
	binned: Uint8Array;
	cuts: readonly Float32Array[];
	count: number;
	g: Float64Array;
	h: Float64Array;
	/** 1 for the rows that this tree sees. */
	inside: Uint8Array;
	/** The columns that it may split. */
	drawn: readonly number[];
}

/** The best split of each node of one level; column -1 where none gains. */
interface LevelSplits {
	gain: Float64Array;
	column: Int32Array;
	bin: Int32Array;
}

function growTree(round: Round, options: BoostOptions): { tree: Tree; leafOf: Int32Array } {
	const inner = 2 ** options.depth - 1;
	const tree: Tree = { column: new Int32Array(inner), threshold: new Float32Array(inner), leaf: new Float64Array(inner + 1) };
	const place = new Int32Array(round.count);
	for (let level = 0; level < options.depth; level++) {
		const width = 2 ** level;
		const { column, bin } = splitLevel(round, place, width, options);
		for (let n = 0; n < width; n++) {
			const c = column[n] as number;
			tree.column[width - 1 + n] = c;
			tree.threshold[width - 1 + n] = c < 0 ? 0 : (round.cuts[c]?.[bin[n] as number] as number);
		}
		for (let i = 0; i < round.count; i++) {
			const n = place[i] as number;
			const c = column[n] as number;
			place[i] = 2 * n + (c >= 0 && (round.binned[c * round.count + i] as number) > (bin[n] as number) ? 1 : 0);
		}
	}
	setLeaves(tree, round, place, options);
	return { tree, leafOf: place };
}

function splitLevel(round: Round, place: Int32Array, width: number, options: BoostOptions): LevelSplits {
	const { binned, cuts, count, g, h, inside } = round;
	const G = new Float64Array(width * BINS);
	const H = new Float64Array(width * BINS);
	const best = { gain: new Float64Array(width).fill(1e-6), column: new Int32Array(width).fill(-1), bin: new Int32Array(width) };
	for (const c of round.drawn) {
		const bins = cuts[c]?.length ?? 0;
		if (bins === 0) continue;
		G.fill(0);
		H.fill(0);
		const base = c * count;
		for (let i = 0; i < count; i++) {
			if (inside[i] === 0) continue;
			const k = (place[i] as number) * BINS + (binned[base + i] as number);
			G[k] = (G[k] as number) + (g[i] as number);
			H[k] = (H[k] as number) + (h[i] as number);
		}
		for (let n = 0; n < width; n++) splitNode(best, n, c, bins, G, H, options);
	}
	return best;
}

function splitNode(best: LevelSplits, n: number, c: number, bins: number, G: Float64Array, H: Float64Array, options: BoostOptions): void {
	const { lambda, minHessian } = options;
	let [sumG, sumH] = [0, 0];
	for (let k = n * BINS; k <= n * BINS + bins; k++) {
		sumG += G[k] as number;
		sumH += H[k] as number;
	}
	const whole = (sumG * sumG) / (sumH + lambda);
	let [leftG, leftH] = [0, 0];
	for (let b = 0; b < bins; b++) {
		leftG += G[n * BINS + b] as number;
		leftH += H[n * BINS + b] as number;
		const [rightG, rightH] = [sumG - leftG, sumH - leftH];
		if (leftH < minHessian || rightH < minHessian) continue;
		const gain = (leftG * leftG) / (leftH + lambda) + (rightG * rightG) / (rightH + lambda) - whole;
		if (gain <= (best.gain[n] as number)) continue;
		best.gain[n] = gain;
		best.column[n] = c;
		best.bin[n] = b;
	}
}

function setLeaves(tree: Tree, { count, g, h, inside }: Round, place: Int32Array, { rate, lambda }: BoostOptions): void {
	const G = new Float64Array(tree.leaf.length);
	const H = new Float64Array(tree.leaf.length);
	for (let i = 0; i < count; i++) {
		if (inside[i] === 0) continue;
		const leaf = place[i] as number;
		G[leaf] = (G[leaf] as number) + (g[i] as number);
		H[leaf] = (H[leaf] as number) + (h[i] as number);
	}
	for (let k = 0; k < G.length; k++) tree.leaf[k] = (-rate * (G[k] as number)) / ((H[k] as number) + lambda);
}

function scoreRows(trees: readonly Tree[], { columns, values, starts }: ListedRows, depth: number): Float64Array {
	const scores = new Float64Array(starts.at(-1) ?? 0);
	for (let i = 0; i < scores.length; i++) {
		let sum = 0;
		for (const tree of trees) {
			let n = 0;
			for (let level = 0; level < depth; level++) {
				const c = tree.column[n] as number;
				const goesRight = c >= 0 && (values[i * columns + c] as number) > (tree.threshold[n] as number);
				n = 2 * n + (goesRight ? 2 : 1);
			}
			sum += tree.leaf[n - (2 ** depth - 1)] as number;
		}
		scores[i] = sum;
	}
	return scores;
}
