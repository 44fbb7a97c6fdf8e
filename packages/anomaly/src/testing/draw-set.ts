import { type Random, seededRandom } from "@faultline/contracts";
import type { Rows } from "../rows.ts";

/** A set of oracle/draw.py: drawn here again, by the same generator in the same order. */
export interface SetSpec {
	name: string;
	kind: "blobs" | "uneven" | "moons" | "copies";
	seed: number;
	n: number;
	dimensions: number;
	clusters: number;
	spread: number;
	noise: number;
}

/** Sum of twelve uniforms: near enough to normal, and the same to the bit in both languages. */
export function drawNormal(random: Random): number {
	let sum = 0;
	for (let i = 0; i < 12; i++) sum += random();
	return sum - 6;
}

export function drawSet(spec: SetSpec): Rows & { noise: boolean[] } {
	const random = seededRandom(spec.seed);
	const draw = (each: () => number): number[] => Array.from({ length: spec.dimensions }, each);
	const centres = Array.from({ length: spec.clusters }, () => draw(() => random() * 20 - 10));
	const points: number[][] = [];
	const noise: boolean[] = [];
	for (let i = 0; i < spec.n; i++) {
		const c = i % spec.clusters;
		noise.push(random() < spec.noise);
		if (noise[i]) points.push(draw(() => random() * 24 - 12));
		else if (spec.kind === "moons") points.push(drawMoon(random, c, spec.spread));
		else {
			const spread = spec.spread * (spec.kind === "uneven" ? 1 + c : 1);
			points.push((centres[c] as number[]).map((x) => x + spread * drawNormal(random)));
		}
		if (spec.kind === "copies" && i % 3 !== 0) points[i] = points[i - 1] as number[];
	}
	return { values: Float64Array.from(points.flat()), dimensions: spec.dimensions, noise };
}

function drawMoon(random: Random, moon: number, spread: number): number[] {
	const angle = Math.PI * random();
	const x = moon === 0 ? Math.cos(angle) : 1 - Math.cos(angle);
	const y = moon === 0 ? Math.sin(angle) : 0.5 - Math.sin(angle);
	return [6 * (x + spread * drawNormal(random)), 6 * (y + spread * drawNormal(random))];
}

/** Area under the ROC curve: how often a point of `positive` has the higher score, equal ones counted half (Mann & Whitney). */
export function rocAuc(scores: ArrayLike<number>, positive: readonly boolean[]): number {
	const [yes, no] = [true, false].map((wanted) => Array.from(scores).filter((_, i) => positive[i] === wanted)) as [number[], number[]];
	let wins = 0;
	for (const a of yes) for (const b of no) wins += a > b ? 1 : a === b ? 0.5 : 0;
	return wins / (yes.length * no.length);
}

/** Adjusted Rand index of two labellings (Hubert & Arabie 1985): 1 where they agree, about 0 by chance. Noise (-1) counts as a group. */
export function adjustedRand(a: ArrayLike<number>, b: ArrayLike<number>): number {
	const count = (keys: string[]): number[] => [...Map.groupBy(keys, (key) => key).values()].map((group) => group.length);
	const pairs = (counts: number[]): number => counts.reduce((sum, c) => sum + (c * (c - 1)) / 2, 0);
	const both = pairs(count(Array.from(a, (x, i) => `${x} ${b[i]}`)));
	const inA = pairs(count(Array.from(a, String)));
	const inB = pairs(count(Array.from(b, String)));
	const expected = (inA * inB) / Math.max(1, (a.length * (a.length - 1)) / 2);
	const most = (inA + inB) / 2;
	return most === expected ? 1 : (both - expected) / (most - expected);
}
