import type { ListedRows } from "./boosted-ranker.ts";

/**
 * Conditional logit: one right answer among a list, by a linear score.
 *
 *   L = -(1/n) sum_lists log softmax(X w)_root + (l2/2) |w|^2
 *
 * McFadden, "Conditional Logit Analysis of Qualitative Choice Behavior", 1974. Minimised by Adam (Kingma & Ba, 2015) with the analytic
 * gradient X'(p - y)/n + l2 w over all lists at once; columns are scaled to unit root mean square. Cost O(steps rows columns).
 */
export interface LinearOptions {
	steps: number;
	rate: number;
	l2: number;
}

/** @param right each list's right row, as an index into all rows */
export function trainLinearRanker(
	rows: ListedRows,
	right: readonly number[],
	{ steps, rate, l2 }: LinearOptions,
): { score(rows: ListedRows): Float64Array } {
	const scale = scaleOf(rows);
	const { columns } = rows;
	const X = Float64Array.from(rows.values, (v, k) => v * (scale[k % columns] as number));
	const w = new Float64Array(columns);
	const [m, v] = [new Float64Array(columns), new Float64Array(columns)];
	for (let t = 1; t <= steps; t++) {
		const gradient = gradientOf(X, w, rows.starts, right, l2);
		const [first, second] = [1 - 0.9 ** t, 1 - 0.999 ** t];
		for (let c = 0; c < columns; c++) {
			const g = gradient[c] as number;
			m[c] = 0.9 * (m[c] as number) + 0.1 * g;
			v[c] = 0.999 * (v[c] as number) + 0.001 * g * g;
			w[c] = (w[c] as number) - (rate * (m[c] as number)) / first / (Math.sqrt((v[c] as number) / second) + 1e-8);
		}
	}
	for (let c = 0; c < columns; c++) w[c] = (w[c] as number) * (scale[c] as number);
	return { score: (other) => Float64Array.from({ length: other.starts.at(-1) ?? 0 }, (_, i) => dot(other.values, i * columns, w)) };
}

/** 1 / root mean square of each column; 1 for a column of zeros. */
function scaleOf({ columns, values, starts }: ListedRows): Float64Array {
	const squares = new Float64Array(columns);
	for (let k = 0; k < values.length; k++) squares[k % columns] = (squares[k % columns] as number) + (values[k] as number) ** 2;
	const count = Math.max(1, starts.at(-1) ?? 0);
	return squares.map((s) => (s > 0 ? 1 / Math.sqrt(s / count) : 1));
}

function gradientOf(X: Float64Array, w: Float64Array, starts: readonly number[], right: readonly number[], l2: number): Float64Array {
	const columns = w.length;
	const gradient = w.map((value) => l2 * value);
	const lists = Math.max(1, starts.length - 1);
	for (let list = 0; list + 1 < starts.length; list++) {
		const [from, to] = [starts[list] as number, starts[list + 1] as number];
		const p = softmax(Float64Array.from({ length: to - from }, (_, k) => dot(X, (from + k) * columns, w)));
		for (let i = from; i < to; i++) {
			const d = ((p[i - from] as number) - (right[list] === i ? 1 : 0)) / lists;
			for (let c = 0; c < columns; c++) gradient[c] = (gradient[c] as number) + d * (X[i * columns + c] as number);
		}
	}
	return gradient;
}

function dot(values: ArrayLike<number>, at: number, w: Float64Array): number {
	let sum = 0;
	for (let c = 0; c < w.length; c++) sum += (values[at + c] as number) * (w[c] as number);
	return sum;
}

/** exp(x_i) / sum exp(x_j), without overflow. */
export function softmax(x: Float64Array): Float64Array {
	const max = x.reduce((a, b) => Math.max(a, b), -Infinity);
	const e = x.map((value) => Math.exp(value - max));
	const Z = e.reduce((a, b) => a + b, 0);
	return e.map((value) => value / Z);
}
