import type { Rows } from "../rows.ts";

/**
 * Squared euclidean distances from one row to many, four numbers at a time: sixty lines of WebAssembly, because V8 does not use the vector
 * unit for JavaScript (on 10,000 x 64 the plain loop took three times as long). In single precision: points nearer to each other than a
 * ten-millionth of their distance from the median are one point; equal rows give 0 exactly.
 */
export interface DistanceKernel {
	/** Rows in use. */
	readonly rows: number;
	/** Squared distances of row `query` to the rows from `start` to before `end`, in the unit of `scale`; valid until the next call. */
	distances(query: number, start: number, end: number): Float32Array;
	/** Copies row `from` over row `to`. */
	copyRow(from: number, to: number): void;
	/** A distance of the kernel times this is one of the rows. */
	readonly scale: number;
}

/** The part of WebAssembly's JavaScript interface that is used here: TypeScript has it only with the browser's whole library. */
interface WebAssemblyInterface {
	Memory: new (size: { initial: number }) => { buffer: ArrayBuffer };
	Module: new (bytes: Uint8Array) => object;
	Instance: new (module: object, imports: Record<string, Record<string, object>>) => { exports: Record<string, unknown> };
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyInterface };

const PAGE = 65_536;
const LANES = 4;

/** Loads finite rows, with room for one more behind them (row number n). The rows are moved and scaled to where single precision is fine. */
export function createDistanceKernel({ values, dimensions }: Rows, n: number): DistanceKernel {
	const stride = Math.ceil(dimensions / LANES) * LANES;
	const outAt = (n + 1) * stride;
	const memory = new WebAssembly.Memory({ initial: Math.ceil(((outAt + n) * 4) / PAGE) });
	const numbers = new Float32Array(memory.buffer);
	const scale = load(values, dimensions, n, numbers, stride);
	const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { m: { m: memory } });
	const run = exports.d as (query: number, rows: number, end: number, bytes: number, out: number) => void;
	const out = numbers.subarray(outAt, outAt + n);
	const bytes = stride * 4;
	return {
		rows: n,
		scale,
		distances(query, start, end) {
			if (end > start) run(query * bytes, start * bytes, end * bytes, bytes, outAt * 4);
			return out;
		},
		copyRow: (from, to) => void numbers.copyWithin(to * stride, from * stride, (from + 1) * stride),
	};
}

/** Rows that the unit is learned from, evenly spaced. */
const SAMPLE = 1_001;
/** Further from the median than this many units is as far as this: its square is still a number in single precision, in any dimension. */
const FARTHEST = 1e15;

/**
 * Takes each dimension's median away, in double precision, and divides all by one power of two, near the median distance from it: single
 * precision is finest around 0, and one point far off (which would move a mean, and a greatest value) must not cost the others theirs.
 */
function load(values: Rows["values"], dimensions: number, n: number, numbers: Float32Array, stride: number): number {
	const step = Math.max(1, Math.ceil(n / SAMPLE));
	const centre = new Float64Array(dimensions);
	const distances: number[] = [];
	for (let k = 0; k < dimensions; k++) {
		const column: number[] = [];
		for (let row = 0; row < n; row += step) column.push(values[row * dimensions + k] as number);
		centre[k] = medianOf(column);
		for (const x of column) distances.push(Math.abs(x / 2 - (centre[k] as number) / 2));
	}
	const typical = medianOf(distances.filter((d) => d > 0));
	const scale = typical > 0 ? 2 ** Math.min(1023, Math.max(-1000, Math.ceil(Math.log2(typical)) + 1)) : 1;
	for (let i = 0, row = 0; row < n; row++)
		for (let k = 0; k < dimensions; k++) {
			const unit = (values[i++] as number) / scale - (centre[k] as number) / scale;
			numbers[row * stride + k] = Math.min(FARTHEST, Math.max(-FARTHEST, unit));
		}
	return scale;
}

/** A middle number of them; 0 of none. */
function medianOf(numbers: number[]): number {
	const sorted = Float64Array.from(numbers).sort();
	return sorted[sorted.length >> 1] ?? 0;
}

/** Opcodes of the WebAssembly specification 2.0 (5.4) that are used below. */
const LOOP = [0x03, 0x40];
const END = 0x0b;
const BR_IF = (depth: number): number[] => [0x0d, depth];
const GET = (local: number): number[] => [0x20, local];
const SET = (local: number): number[] => [0x21, local];
const I32_CONST = (n: number): number[] => [0x41, n];
const I32_LESS_UNSIGNED = 0x49;
const I32_ADD = 0x6a;
const F32_ADD = 0x92;
const F32_STORE = [0x38, 2, 0];
const V128_LOAD = [0xfd, 0x00, 4, 0];
const F32X4_LANE = (lane: number): number[] => [0xfd, 0x1f, lane];
const F32X4_SPLAT = [0xfd, 0x13];
const F32X4_ADD = [0xfd, 0xe4, 0x01];
const F32X4_SUB = [0xfd, 0xe5, 0x01];
const F32X4_MUL = [0xfd, 0xe6, 0x01];
const F32_ZERO = [0x43, 0, 0, 0, 0];
const I32 = 0x7f;
const V128 = 0x7b;

/** Parameters and locals of the one function. */
const QUERY = 0;
const ROWS = 1;
const STOP = 2;
const BYTES = 3;
const OUT = 4;
const Q = 5;
const Q_STOP = 6;
const SUM = 7;
const DIFFERENCE = 8;

const ADVANCE = (local: number, by: number): number[] => [...GET(local), ...I32_CONST(by), I32_ADD, ...SET(local)];

/** do { sum = 0; do { sum += (rows[4] - q[4])^2 } while (q < q_stop); *out++ = sum } while (rows < stop) */
const BODY = [
	...LOOP,
	...[...GET(QUERY), ...SET(Q)],
	...[...GET(QUERY), ...GET(BYTES), I32_ADD, ...SET(Q_STOP)],
	...[...F32_ZERO, ...F32X4_SPLAT, ...SET(SUM)],
	...LOOP,
	...[...GET(ROWS), ...V128_LOAD, ...GET(Q), ...V128_LOAD, ...F32X4_SUB, ...SET(DIFFERENCE)],
	...[...GET(SUM), ...GET(DIFFERENCE), ...GET(DIFFERENCE), ...F32X4_MUL, ...F32X4_ADD, ...SET(SUM)],
	...ADVANCE(ROWS, 16),
	...ADVANCE(Q, 16),
	...[...GET(Q), ...GET(Q_STOP), I32_LESS_UNSIGNED, ...BR_IF(0)],
	END,
	...GET(OUT),
	...[...GET(SUM), ...F32X4_LANE(0), ...GET(SUM), ...F32X4_LANE(1), F32_ADD],
	...[...GET(SUM), ...F32X4_LANE(2), ...GET(SUM), ...F32X4_LANE(3), F32_ADD, F32_ADD],
	...F32_STORE,
	...ADVANCE(OUT, 4),
	...[...GET(ROWS), ...GET(STOP), I32_LESS_UNSIGNED, ...BR_IF(0)],
	END,
	END,
];

/** Least significant groups of seven bits first. */
const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const sized = (bytes: number[]): number[] => [...leb(bytes.length), ...bytes];
const text = (s: string): number[] => sized([...s].map((c) => c.charCodeAt(0)));
const section = (id: number, ...bytes: number[]): number[] => [id, ...sized(bytes)];

const MODULE = new Uint8Array([
	...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
	...section(1, 1, 0x60, 5, I32, I32, I32, I32, I32, 0),
	...section(2, 1, ...text("m"), ...text("m"), 0x02, 0, 1),
	...section(3, 1, 0),
	...section(7, 1, ...text("d"), 0x00, 0),
	...section(10, 1, ...sized([2, 2, I32, 2, V128, ...BODY])),
]);
