import type { Rows } from "./rows.ts";
import type { Hit, Structure } from "./structure.ts";

/** Exact nearest neighbours over the index's own rows. Search O(n d) per query; needs nothing native and no memory of its own. */
export function exactStructure(rows: Rows): Structure {
	return {
		shape: "exact",
		add: () => {},
		search: (queries, k) => searchExactly(rows, queries, k),
	};
}

export function searchExactly(rows: Rows, queries: Float32Array, k: number): Hit[][] {
	const found: Hit[][] = [];
	for (let from = 0; from < queries.length; from += rows.dimensions)
		found.push(nearest(rows, queries.subarray(from, from + rows.dimensions), Math.min(k, rows.count)));
	return found;
}

/** The k rows with the largest inner product, best first; of equals the earlier row. Insertion into a short sorted list. */
function nearest({ values, count }: Rows, query: Float32Array, k: number): Hit[] {
	const best: Hit[] = [];
	for (let row = 0; row < count; row++) {
		const similarity = innerProduct(values, row * query.length, query);
		if (best.length === k && similarity <= (best[k - 1]?.similarity ?? -Infinity)) continue;
		let at = best.length;
		while (at > 0 && (best[at - 1]?.similarity ?? 0) < similarity) at--;
		best.splice(at, 0, { row, similarity });
		if (best.length > k) best.pop();
	}
	return best;
}

function innerProduct(values: Float32Array, offset: number, query: Float32Array): number {
	let sum = 0;
	for (let i = 0; i < query.length; i++) sum += (values[offset + i] as number) * (query[i] as number);
	return sum;
}
