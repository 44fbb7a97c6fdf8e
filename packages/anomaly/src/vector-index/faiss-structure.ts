import { searchExactly } from "./exact-structure.ts";
import { type Faiss, type FaissIndex, isPatched } from "./load-faiss.ts";
import type { Rows } from "./rows.ts";
import type { Hit, Shape, Structure } from "./structure.ts";

/** Numbers handed to one native call: bounds what it allocates. */
const NUMBERS_PER_CALL = 1 << 20;

/** Bytes that an unpatched faiss-node, which never frees a query, may leak in this process before searches leave it. */
export const LEAK_LIMIT_BYTES = 64 << 20;
let leakedBytes = 0;

/** Links of each vector in the graph, and the breadth of a search in it: recall of .97 and more at ten neighbours on 100,000 vectors. */
const HNSW_LINKS = 32;
const HNSW_BREADTH = 96;

/**
 * Lists of an inverted file grow with the root of its size (FAISS's own guidance: 4 to 16 roots), but its k-means aborts on fewer points than lists
 * and warns below 39 a list. A search reads a sixteenth of them.
 */
const listsFor = (count: number): number => Math.max(1, Math.min(Math.round(4 * Math.sqrt(count)), Math.floor(count / 39)));
const probesFor = (lists: number): number => Math.max(8, Math.ceil(lists / 16));
/** Vectors per list that its k-means is trained on. */
const TRAINING_ROWS_PER_LIST = 64;

/**
 * FAISS by inner product (Johnson, Douze & Jégou, "Billion-scale similarity search with GPUs", 2017): `flat` is exact; `hnsw` is the graph of
 * Malkov & Yashunin, 2018; `ivf` an inverted file over k-means lists. Holds the rows already in `rows`.
 */
export function faissStructure(faiss: Faiss, shape: Exclude<Shape, "exact">, rows: Rows, stored?: string): Structure {
	const index = stored === undefined ? build(faiss, shape, rows) : faiss.Index.read(stored);
	const probes = shape === "ivf" ? probesFor(listsFor(index.ntotal())) : 0;
	// a stock module keeps FAISS's default breadth, which is never less than k: asking for more neighbours is its only dial
	const breadth = shape === "hnsw" && !isPatched(faiss) ? HNSW_BREADTH : 0;
	if (shape === "hnsw") index.setParameters?.(`efSearch=${HNSW_BREADTH}`);
	if (shape === "ivf") index.setParameters?.(`nprobe=${probes}`);
	return {
		shape,
		add: (values) => addAll(index, values, rows.dimensions),
		search(queries, k) {
			if (!isPatched(faiss) && leakedBytes + queries.byteLength > LEAK_LIMIT_BYTES) return searchExactly(rows, queries, k);
			if (!isPatched(faiss)) leakedBytes += queries.byteLength;
			// faiss-node throws where k exceeds what the index holds.
			const asked = Math.min(Math.max(k, breadth), index.ntotal());
			return [...partsOf(queries, rows.dimensions)].flatMap((part) =>
				hits(index.search(Array.from(part), asked), asked, Math.min(k, asked)),
			);
		},
		...(shape === "flat" ? {} : { write: (path: string) => index.write(path) }),
	};
}

function build(faiss: Faiss, shape: Exclude<Shape, "exact">, rows: Rows): FaissIndex {
	const lists = listsFor(rows.count);
	const description = { flat: "Flat", hnsw: `HNSW${HNSW_LINKS},Flat`, ivf: `IVF${lists},Flat` }[shape];
	const index = faiss.Index.fromFactory(rows.dimensions, description, faiss.MetricType.METRIC_INNER_PRODUCT);
	if (!index.isTrained()) index.train(Array.from(sample(rows, lists * TRAINING_ROWS_PER_LIST)));
	addAll(index, rows.since(0), rows.dimensions);
	return index;
}

function addAll(index: FaissIndex, values: Float32Array, dimensions: number): void {
	for (const part of partsOf(values, dimensions)) index.add(Array.from(part));
}

/** Evenly spaced rows, at most `limit`. */
function sample({ values, count, dimensions }: Rows, limit: number): Float32Array {
	const taken = Math.min(limit, count);
	const out = new Float32Array(taken * dimensions);
	for (let i = 0; i < taken; i++) {
		const row = Math.floor((i * count) / taken);
		out.set(values.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions);
	}
	return out;
}

/** Whole rows at a time; faiss-node takes plain arrays, so each part is copied once more. */
function* partsOf(values: Float32Array, dimensions: number): Generator<Float32Array> {
	const step = Math.max(1, Math.floor(NUMBERS_PER_CALL / dimensions)) * dimensions;
	for (let from = 0; from < values.length; from += step) yield values.subarray(from, from + step);
}

function hits({ distances, labels }: { distances: number[]; labels: number[] }, asked: number, k: number): Hit[][] {
	const all: Hit[][] = [];
	for (let from = 0; from < labels.length; from += asked) {
		const found: Hit[] = [];
		for (let i = from; i < from + k; i++) {
			const row = labels[i] ?? -1;
			if (row >= 0) found.push({ row, similarity: distances[i] ?? 0 });
		}
		all.push(found);
	}
	return all;
}
