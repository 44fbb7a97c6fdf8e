/**
 * Scales a vector to length 1 in place; one without length becomes the first axis, so that every vector can be compared; one that
 * holds what is no number becomes NaN throughout, so that a look at its first component tells.
 */
export function toUnitLength(vector: Float32Array): Float32Array {
	let squares = 0;
	for (const x of vector) squares += x * x;
	if (!Number.isFinite(squares)) vector.fill(Number.NaN);
	else if (squares === 0) vector[0] = 1;
	else {
		const length = Math.sqrt(squares);
		for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
	}
	return vector;
}
