import { AppError, type Neighbour, type VectorIndex } from "@faultline/contracts";
import { exactStructure } from "./exact-structure.ts";
import { faissStructure } from "./faiss-structure.ts";
import { isPatched, loadFaiss } from "./load-faiss.ts";
import { assertVectors, flatten, Rows } from "./rows.ts";
import type { Hit, Shape, Structure } from "./structure.ts";

/** From how many vectors on an index is searched approximately. */
export interface IndexSizes {
	hnsw: number;
	ivf: number;
}

export interface VectorIndexOptions {
	dimensions: number;
	/** "faiss" (the default) falls back to the exact index where the native module is missing; `kind` says which it became. */
	prefer?: "faiss" | "exact";
	sizes?: Partial<IndexSizes>;
}

/** A vector index with what saving needs of it. */
export interface ShapedVectorIndex extends VectorIndex {
	readonly shape: Shape;
	/** Its state, as `restoreIndex` takes it: removed vectors are left out. */
	snapshot(): IndexState;
	/** Writes the searchable structure where building it again would be slow; false where there is nothing to write. */
	writeStructure(path: string): boolean;
}

export interface IndexState {
	rows: Rows;
	nextId: number;
}

/**
 * Exact up to 100,000 vectors (15 ms a query at 128 dimensions), since below it a graph's building costs more than it saves; a graph up to a
 * million; beyond that, where links would outweigh the vectors, inverted lists.
 */
const SIZES: IndexSizes = { hnsw: 100_000, ivf: 1_000_000 };

/** Removed vectors are passed over in a search until they are this share of all; then the index is built again without them. */
const MOST_REMOVED = 0.2;
const LEAST_REMOVED = 64;

/**
 * An index by inner product on unit vectors that grows and shrinks. Its shape follows its size: flat, HNSW, IVF, and built again where the size
 * crosses a border, has doubled since inverted lists were learned, or a fifth of it was removed. Not for many threads: see openIndexInWorker.
 * @throws BAD_INPUT on vectors that do not fit
 */
export function createVectorIndex(options: VectorIndexOptions): ShapedVectorIndex {
	return restoreIndex({ rows: new Rows(options.dimensions), nextId: 0 }, options);
}

/** An index over rows that are there already; `stored` is a file that `writeStructure` wrote for these very rows in that shape. */
export function restoreIndex(
	state: IndexState,
	{ prefer = "faiss", sizes: given = {} }: Omit<VectorIndexOptions, "dimensions">,
	stored?: { shape: Shape; path: string },
): ShapedVectorIndex {
	const { rows } = state;
	let { nextId } = state;
	const sizes = { ...SIZES, ...given };
	const module = prefer === "faiss" ? loadFaiss() : undefined;
	const faiss = module !== undefined && "faiss" in module ? module.faiss : undefined;
	const removed = new Set<number>();
	// a stock module cannot widen a search in inverted lists: there the graph goes on
	const shapeFor = (count: number): Shape => {
		if (faiss === undefined) return "exact";
		if (count >= sizes.ivf && isPatched(faiss)) return "ivf";
		return count >= sizes.hnsw ? "hnsw" : "flat";
	};
	const build = (shape: Shape, path?: string): Structure =>
		shape === "exact" || faiss === undefined ? exactStructure(rows) : faissStructure(faiss, shape, rows, path);
	let builtFor = rows.count;
	let structure =
		stored !== undefined && stored.shape === shapeFor(rows.count) ? build(stored.shape, stored.path) : build(shapeFor(rows.count));
	const rebuild = (): void => {
		rows.drop(removed);
		removed.clear();
		structure = build(shapeFor(rows.count));
		builtFor = rows.count;
	};

	return {
		kind: faiss === undefined ? "exact" : "faiss",
		dimensions: rows.dimensions,
		get size() {
			return rows.count - removed.size;
		},
		get shape() {
			return structure.shape;
		},
		add(vectors) {
			assertVectors(vectors, rows.dimensions);
			const before = rows.count;
			rows.append(vectors, nextId);
			nextId += vectors.length;
			const outgrown = structure.shape === "ivf" && rows.count > 2 * builtFor;
			if (shapeFor(rows.count) !== structure.shape || outgrown) rebuild();
			else structure.add(rows.since(before));
		},
		remove(ids) {
			const before = removed.size;
			for (const id of ids) {
				const row = rows.rowOf(id);
				if (row >= 0) removed.add(row);
			}
			const gone = removed.size - before;
			if (removed.size > Math.max(LEAST_REMOVED, MOST_REMOVED * rows.count)) rebuild();
			return gone;
		},
		search(queries, k) {
			assertK(k);
			assertVectors(queries, rows.dimensions);
			if (rows.count === removed.size) return queries.map(() => []);
			const found = searchPast(structure, flatten(queries, rows.dimensions), k, removed, rows);
			return found.map((hits) => hits.map(({ row, similarity }): Neighbour => ({ id: rows.ids[row] as number, similarity })));
		},
		snapshot() {
			if (removed.size > 0) rebuild();
			return { rows, nextId };
		},
		writeStructure(path) {
			structure.write?.(path);
			return structure.write !== undefined;
		},
	};
}

/** The k best that are not removed: asks for more until every query has them, so that a removed neighbour never takes a living one's place. */
function searchPast(structure: Structure, queries: Float32Array, k: number, removed: ReadonlySet<number>, rows: Rows): Hit[][] {
	const wanted = Math.min(k, rows.count - removed.size);
	for (let asked = Math.min(wanted + Math.min(removed.size, 8), rows.count); ; asked = Math.min(asked * 4, rows.count)) {
		const living = structure.search(queries, asked).map((hits) => hits.filter(({ row }) => !removed.has(row)).slice(0, wanted));
		const approximate = structure.shape === "hnsw" || structure.shape === "ivf";
		if (asked === rows.count || living.every((hits) => hits.length === wanted) || (approximate && removed.size === 0)) return living;
	}
}

function assertK(k: number): void {
	if (!Number.isInteger(k) || k < 1)
		throw new AppError("BAD_INPUT", `cannot look for ${k} neighbours`, { hint: "k is a whole number of at least 1" });
}
