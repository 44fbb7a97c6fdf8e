import { AppError } from "@faultline/contracts";
import { averagePath, HEADER, type IsolationForest, LEAF } from "./isolation-forest.ts";
import { checkRows, type Rows } from "./rows.ts";

/**
 * A forest for many points at once. A value takes part in a tree only by which side of a split it falls on, so values and splits become their
 * ranks among the splits of the feature, and a step is whole-number arithmetic without a branch (a branch that goes either way as often costs
 * a processor more than the rest of the step). Every walk takes as many steps as the deepest leaf needs: a leaf leads to itself.
 */
interface CompiledForest {
	roots: Int32Array;
	levels: number;
	/** Four a node: feature, rank of the split, where the right child is (the left is behind it), nothing. Leaves lead to themselves. */
	nodes: Int32Array;
	/** By node: the whole path length where it is a leaf. */
	paths: Float64Array;
	/** By feature: its splits, ascending. */
	splits: Float64Array[];
}

/** Points that are ranked at once, and points that go through one tree after the other while they are in the cache. */
const CHUNK = 4_096;
const BLOCK = 128;

/** `isolationScore` of every row, several times as fast, the same to rounding. @throws AppError BAD_INPUT where the rows do not fit. */
export function isolationScores(forest: IsolationForest, rows: Rows): Float64Array {
	const n = checkRows(rows);
	const { values, dimensions } = rows;
	const psi = forest[1] ?? 0;
	const scores = new Float64Array(n);
	if (psi < 2) return scores.fill(0.5);
	if (dimensions !== forest[0])
		throw new AppError("BAD_INPUT", `points of ${dimensions} dimensions for a forest of ${forest[0]}`, {
			hint: "score what it was fitted on",
		});
	const compiled = compile(forest);
	const narrow = compiled.splits.every((s) => s.length < 2 ** 16);
	const ranks = narrow ? new Uint16Array(CHUNK * dimensions) : new Int32Array(CHUNK * dimensions);
	for (let chunk = 0; chunk < n; chunk += CHUNK) {
		const count = Math.min(CHUNK, n - chunk);
		rank(values.subarray(chunk * dimensions, (chunk + count) * dimensions), dimensions, compiled.splits, ranks);
		const sums = scores.subarray(chunk, chunk + count);
		for (let start = 0; start < count; start += BLOCK)
			for (const root of compiled.roots) addPaths(compiled, root, ranks, dimensions, start, Math.min(count, start + BLOCK), sums);
	}
	const unit = (forest[2] as number) * averagePath(psi);
	for (let i = 0; i < n; i++) scores[i] = 2 ** (-(scores[i] as number) / unit);
	return scores;
}

function compile(forest: IsolationForest): CompiledForest {
	const first = HEADER + (forest[2] as number);
	const splits = splitsOf(forest, first);
	const rankOf = splits.map((values) => new Map(Array.from(values, (value, i) => [value, i + 1])));
	const count = (forest.length - first) / 4;
	const compiled = {
		roots: new Int32Array(first - HEADER),
		levels: 0,
		nodes: new Int32Array(4 * count),
		paths: new Float64Array(count),
		splits,
	};
	let used = 0;
	for (let tree = 0; tree < compiled.roots.length; tree++) {
		compiled.roots[tree] = 4 * used;
		const open = [{ at: forest[HEADER + tree] as number, node: used++, depth: 0 }];
		for (let next = open.pop(); next !== undefined; next = open.pop()) {
			const { at, node, depth } = next;
			const feature = forest[at] as number;
			if (feature === LEAF) {
				compiled.paths[node] = depth + (forest[at + 1] as number);
				compiled.nodes[4 * node + 2] = 4 * node;
				compiled.levels = Math.max(compiled.levels, depth);
				continue;
			}
			compiled.nodes.set([feature, rankOf[feature]?.get(forest[at + 1] as number) as number, 4 * used], 4 * node);
			open.push({ at: forest[at + 3] as number, node: used, depth: depth + 1 });
			open.push({ at: forest[at + 2] as number, node: used + 1, depth: depth + 1 });
			used += 2;
		}
	}
	return compiled;
}

function splitsOf(forest: IsolationForest, first: number): Float64Array[] {
	const splits = Array.from({ length: forest[0] as number }, () => new Set<number>());
	for (let at = first; at < forest.length; at += 4) if (forest[at] !== LEAF) splits[forest[at] as number]?.add(forest[at + 1] as number);
	return splits.map((values) => Float64Array.from(values).sort());
}

/** rank(x) = #{splits <= x}, by a binary search that takes the same steps for every x: x < split exactly where rank(x) < rank(split). */
function rank(values: Rows["values"], dimensions: number, splits: Float64Array[], ranks: Uint16Array | Int32Array): void {
	splits.forEach((sorted, feature) => {
		for (let i = feature; i < values.length; i += dimensions) {
			const x = values[i] as number;
			let base = 0;
			for (let size = sorted.length; size > 1; size -= size >> 1) base += (sorted[base + (size >> 1)] as number) <= x ? size >> 1 : 0;
			ranks[i] = sorted.length > 0 && (sorted[base] as number) <= x ? base + 1 : 0;
		}
	});
}

/** Four points abreast, so that the processor has something to do while it waits for a node. */
function addPaths(
	{ nodes, paths, levels }: CompiledForest,
	root: number,
	ranks: Uint16Array | Int32Array,
	dimensions: number,
	start: number,
	end: number,
	sums: Float64Array,
): void {
	let i = start;
	for (; i + 3 < end; i += 4) {
		const ra = i * dimensions;
		const rb = ra + dimensions;
		const rc = rb + dimensions;
		const rd = rc + dimensions;
		let a = root;
		let b = root;
		let c = root;
		let d = root;
		for (let level = 0; level < levels; level++) {
			a = (nodes[a + 2] as number) + ((((ranks[ra + (nodes[a] as number)] as number) - (nodes[a + 1] as number)) >>> 31) << 2);
			b = (nodes[b + 2] as number) + ((((ranks[rb + (nodes[b] as number)] as number) - (nodes[b + 1] as number)) >>> 31) << 2);
			c = (nodes[c + 2] as number) + ((((ranks[rc + (nodes[c] as number)] as number) - (nodes[c + 1] as number)) >>> 31) << 2);
			d = (nodes[d + 2] as number) + ((((ranks[rd + (nodes[d] as number)] as number) - (nodes[d + 1] as number)) >>> 31) << 2);
		}
		sums[i] = (sums[i] as number) + (paths[a >> 2] as number);
		sums[i + 1] = (sums[i + 1] as number) + (paths[b >> 2] as number);
		sums[i + 2] = (sums[i + 2] as number) + (paths[c >> 2] as number);
		sums[i + 3] = (sums[i + 3] as number) + (paths[d >> 2] as number);
	}
	for (; i < end; i++) {
		let a = root;
		for (let level = 0; level < levels; level++)
			a = (nodes[a + 2] as number) + ((((ranks[i * dimensions + (nodes[a] as number)] as number) - (nodes[a + 1] as number)) >>> 31) << 2);
		sums[i] = (sums[i] as number) + (paths[a >> 2] as number);
	}
}
