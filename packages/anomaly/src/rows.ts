import { AppError } from "@faultline/contracts";

/** Points as one array, row after row: 10,000 x 64 is one allocation, and can be shared between threads. */
export interface Rows {
	readonly values: Float32Array | Float64Array;
	/** Numbers a row, at least 1. */
	readonly dimensions: number;
}

/** Number of rows. @throws AppError BAD_INPUT where the shape does not fit or a value is not a finite number. */
export function checkRows(rows: Rows): number {
	const { values, dimensions } = rows;
	if (!Number.isInteger(dimensions) || dimensions < 1)
		throw new AppError("BAD_INPUT", `points of ${dimensions} dimensions`, { hint: "give at least one number a point" });
	if (values.length % dimensions !== 0)
		throw new AppError("BAD_INPUT", `${values.length} numbers are no whole number of points of ${dimensions} dimensions`, {
			hint: "check the number of dimensions",
		});
	for (let i = 0; i < values.length; i++) {
		if (Number.isFinite(values[i])) continue;
		const what = `point ${Math.floor(i / dimensions)} holds ${values[i]} in dimension ${i % dimensions}`;
		throw new AppError("BAD_INPUT", `${what}, which is no finite number`, {
			hint: "leave out or fill gaps before; numbers beyond 3.4e38 do not fit a Float32Array",
		});
	}
	return values.length / dimensions;
}

/** Vectors of one length, row after row. @throws AppError BAD_INPUT where their lengths differ. */
export function toRows(vectors: readonly ArrayLike<number>[], dimensions: number = vectors[0]?.length ?? 1): Rows {
	const values = new Float32Array(vectors.length * dimensions);
	vectors.forEach((vector, i) => {
		if (vector.length !== dimensions)
			throw new AppError("BAD_INPUT", `point ${i} has ${vector.length} dimensions, the first has ${dimensions}`, {
				hint: "use one encoder for all points",
			});
		values.set(vector, i * dimensions);
	});
	return { values, dimensions };
}
