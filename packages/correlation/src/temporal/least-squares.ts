/**
 * Residual sum of squares of the best linear fit of `y` on columns `x`, by Householder QR (Golub & Van Loan, "Matrix Computations", 5.3.2), which
 * keeps the digits that the normal equations lose. `x` is row-major, `columns` wide, and is overwritten. Cost O(rows columns^2).
 * undefined where the columns are dependent (to 1e-12 of their length): then no coefficient is the best one.
 */
export function residualSumOfSquares(x: Float64Array, y: Float64Array, columns: number): number | undefined {
	const rows = y.length;
	const target = y.slice();
	for (let c = 0; c < columns; c++) {
		let whole = 0;
		let below = 0;
		for (let r = 0; r < rows; r++) {
			const v = x[r * columns + c] as number;
			whole += v * v;
			if (r >= c) below += v * v;
		}
		const norm = Math.sqrt(below);
		if (!(norm > 1e-12 * Math.sqrt(whole)) || whole === 0) return undefined;
		reflect(x, target, { rows, columns, c, norm });
	}
	let sum = 0;
	for (let r = columns; r < rows; r++) sum += (target[r] as number) ** 2;
	return sum;
}

/** Applies the reflection that clears column c below its diagonal to the columns right of it and to the target. */
function reflect(
	x: Float64Array,
	target: Float64Array,
	{ rows, columns, c, norm }: { rows: number; columns: number; c: number; norm: number },
): void {
	const head = x[c * columns + c] as number;
	const v = new Float64Array(rows - c);
	for (let r = c; r < rows; r++) v[r - c] = x[r * columns + c] as number;
	v[0] = head + (head >= 0 ? norm : -norm);
	let length = 0;
	for (const part of v) length += part * part;
	const project = (at: (r: number) => number): number => {
		let dot = 0;
		for (let i = 0; i < v.length; i++) dot += (v[i] as number) * at(c + i);
		return (2 * dot) / length;
	};
	for (let k = c; k < columns; k++) {
		const scale = project((r) => x[r * columns + k] as number);
		for (let i = 0; i < v.length; i++) x[(c + i) * columns + k] = (x[(c + i) * columns + k] as number) - scale * (v[i] as number);
	}
	const scale = project((r) => target[r] as number);
	for (let i = 0; i < v.length; i++) target[c + i] = (target[c + i] as number) - scale * (v[i] as number);
}
