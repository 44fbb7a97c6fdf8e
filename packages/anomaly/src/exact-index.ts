import { AppError, type Neighbour, type VectorIndex } from "@faultline/contracts";

/** Exact nearest neighbours over one growing Float32Array. Search O(n d) per query; needs nothing native. */
export function createExactIndex(dimensions: number): VectorIndex {
	let rows = new Float32Array(dimensions * 64);
	let size = 0;
	return {
		kind: "exact",
		dimensions,
		get size() {
			return size;
		},
		add(vectors) {
			for (const vector of vectors) assertDimensions(vector, dimensions);
			const needed = (size + vectors.length) * dimensions;
			if (needed > rows.length) {
				const grown = new Float32Array(Math.max(needed, rows.length * 2));
				grown.set(rows.subarray(0, size * dimensions));
				rows = grown;
			}
			for (const vector of vectors) rows.set(vector, size++ * dimensions);
		},
		search(queries, k) {
			assertK(k);
			return queries.map((query) => {
				assertDimensions(query, dimensions);
				return nearest(rows, size, query, Math.min(k, size));
			});
		},
	};
}

export function assertDimensions(vector: Float32Array, dimensions: number): void {
	if (vector.length === dimensions) return;
	throw new AppError("BAD_INPUT", `a vector of ${vector.length} numbers does not fit an index of ${dimensions} dimensions`, {
		hint: "use the same encoder for the index and the query",
	});
}

export function assertK(k: number): void {
	if (!Number.isInteger(k) || k < 1)
		throw new AppError("BAD_INPUT", `cannot look for ${k} neighbours`, { hint: "k is a whole number of at least 1" });
}

/** The k rows with the largest inner product, best first; of equals the earlier row. Insertion into a short sorted list. */
function nearest(rows: Float32Array, size: number, query: Float32Array, k: number): Neighbour[] {
	const best: Neighbour[] = [];
	for (let id = 0; id < size; id++) {
		const similarity = innerProduct(rows, id * query.length, query);
		if (best.length === k && similarity <= (best[k - 1]?.similarity ?? -Infinity)) continue;
		let at = best.length;
		while (at > 0 && (best[at - 1]?.similarity ?? 0) < similarity) at--;
		best.splice(at, 0, { id, similarity });
		if (best.length > k) best.pop();
	}
	return best;
}

function innerProduct(rows: Float32Array, offset: number, query: Float32Array): number {
	let sum = 0;
	for (let i = 0; i < query.length; i++) sum += (rows[offset + i] as number) * (query[i] as number);
	return sum;
}
