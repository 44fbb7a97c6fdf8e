/**
 * A seeded stream of random numbers: sfc32 (Doty-Humphrey, PractRand), seeded by FNV-1a of a text. The same seed gives the same stream on every
 * machine; `fork` gives an independent stream by name, so that one more draw in one part of a system leaves the others as they were.
 */
export interface Random {
	/** Uniform in [0, 1). */
	next(): number;
	/** A whole number from low to high, both included. */
	int(low: number, high: number): number;
	between(low: number, high: number): number;
	chance(probability: number): boolean;
	pick<T>(from: readonly T[]): T;
	weighted<T>(from: readonly (readonly [T, number])[]): T;
	shuffle<T>(list: readonly T[]): T[];
	/** Standard normal, by Box and Muller. */
	normal(): number;
	/** By its median and the standard deviation of its logarithm. */
	logNormal(median: number, sigma: number): number;
	exponential(mean: number): number;
	poisson(mean: number): number;
	hex(digits: number): string;
	/** Lower-case letters and digits. */
	slug(length: number): string;
	fork(name: string): Random;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

export function createRandom(seed: string): Random {
	const next = sfc32(seed);
	const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
	const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
	const pick = <T>(from: readonly T[]): T => {
		if (from.length === 0) throw new RangeError("nothing to pick from");
		return from[int(0, from.length - 1)] as T;
	};
	const random: Random = {
		next,
		int,
		between: (low, high) => low + next() * (high - low),
		chance: (probability) => next() < probability,
		pick,
		weighted: <T>(from: readonly (readonly [T, number])[]): T => {
			let at = next() * from.reduce((sum, [, weight]) => sum + weight, 0);
			for (const [value, weight] of from) {
				at -= weight;
				if (at < 0) return value;
			}
			return pick(from)[0];
		},
		shuffle: (list) => {
			const copy = [...list];
			for (let i = copy.length - 1; i > 0; i--) {
				const j = int(0, i);
				[copy[i], copy[j]] = [copy[j] as (typeof copy)[number], copy[i] as (typeof copy)[number]];
			}
			return copy;
		},
		normal,
		logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
		exponential: (mean) => -mean * Math.log(1 - next()),
		poisson: (mean) => poisson(mean, next, normal),
		hex: (digits) => Array.from({ length: digits }, () => int(0, 15).toString(16)).join(""),
		slug: (length) => Array.from({ length }, () => LETTERS[int(0, LETTERS.length - 1)]).join(""),
		fork: (name) => createRandom(`${seed}/${name}`),
	};
	return random;
}

/** By multiplication below 30 (Knuth), by the normal approximation above. */
function poisson(mean: number, next: () => number, normal: () => number): number {
	if (mean <= 0) return 0;
	if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
	const limit = Math.exp(-mean);
	let k = 0;
	for (let p = next(); p > limit; p *= next()) k++;
	return k;
}

function sfc32(seed: string): () => number {
	let hash = 2166136261;
	const word = (salt: number): number => {
		for (const c of `${seed}:${salt}`) hash = Math.imul(hash ^ (c.codePointAt(0) ?? 0), 16777619);
		return hash | 0;
	};
	let [a, b, c, d] = [word(1), word(2), word(3), 1];
	const step = (): number => {
		const t = (((a + b) | 0) + d) | 0;
		d = (d + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = ((c << 21) | (c >>> 11)) + t;
		c |= 0;
		return (t >>> 0) / 4294967296;
	};
	for (let i = 0; i < 15; i++) step();
	return step;
}
