import { AppError } from "@faultline/contracts";

/** The vectors of an index, row-major in one growing Float32Array, each with the id that it was given when it came. */
export class Rows {
	readonly dimensions: number;
	/** Row-major; valid up to `count` rows. */
	values: Float32Array;
	/** By row, ascending: rows keep the order in which they came. */
	ids: number[] = [];

	constructor(dimensions: number) {
		if (!Number.isInteger(dimensions) || dimensions < 1)
			throw new AppError("BAD_INPUT", `an index cannot have ${dimensions} dimensions`, {
				hint: "dimensions is a whole number of at least 1",
			});
		this.dimensions = dimensions;
		this.values = new Float32Array(dimensions * 64);
	}

	get count(): number {
		return this.ids.length;
	}

	/** Rows `from` to the end, without a copy. */
	since(from: number): Float32Array {
		return this.values.subarray(from * this.dimensions, this.count * this.dimensions);
	}

	append(vectors: readonly Float32Array[], firstId: number): void {
		const needed = (this.count + vectors.length) * this.dimensions;
		if (needed > this.values.length) {
			const grown = new Float32Array(Math.max(needed, this.values.length * 2));
			grown.set(this.since(0));
			this.values = grown;
		}
		for (const [i, vector] of vectors.entries()) {
			this.values.set(vector, this.count * this.dimensions);
			this.ids.push(firstId + i);
		}
	}

	/** The row of an id, -1 where there is none. Binary search. */
	rowOf(id: number): number {
		let [low, high] = [0, this.count - 1];
		while (low <= high) {
			const middle = (low + high) >>> 1;
			const found = this.ids[middle] as number;
			if (found === id) return middle;
			if (found < id) low = middle + 1;
			else high = middle - 1;
		}
		return -1;
	}

	/** Drops rows; the others move up and keep their order and ids. */
	drop(rows: ReadonlySet<number>): void {
		let to = 0;
		const d = this.dimensions;
		for (let row = 0; row < this.count; row++) {
			if (rows.has(row)) continue;
			if (to !== row) this.values.copyWithin(to * d, row * d, (row + 1) * d);
			this.ids[to++] = this.ids[row] as number;
		}
		this.ids.length = to;
	}
}

/** @throws BAD_INPUT where a vector has another length or holds what is not a finite number: it would poison every comparison. */
export function assertVectors(vectors: readonly Float32Array[], dimensions: number): void {
	for (const vector of vectors) {
		if (vector.length !== dimensions)
			throw new AppError("BAD_INPUT", `a vector of ${vector.length} numbers does not fit an index of ${dimensions} dimensions`, {
				hint: "use the same encoder for the index and the query",
			});
		for (const x of vector)
			if (!Number.isFinite(x))
				throw new AppError("BAD_INPUT", "a vector holds a value that is not a finite number", { hint: "check the encoder's model file" });
	}
}

/** Vectors end to end, as the structures take them. */
export function flatten(vectors: readonly Float32Array[], dimensions: number): Float32Array {
	const values = new Float32Array(vectors.length * dimensions);
	for (const [row, vector] of vectors.entries()) values.set(vector, row * dimensions);
	return values;
}
