import type { Call } from "../evidence/call-steps.ts";

/** log-likelihood ratio that a share changed: k of n before, l of m after (G-test, half of G). In nats, 0 where a side is empty. */
export function shareRatio(k: number, n: number, l: number, m: number): number {
	if (n === 0 || m === 0) return 0;
	const p = (k + l) / (n + m);
	return bernoulli(k, n, k / n) + bernoulli(l, m, l / m) - bernoulli(k, n, p) - bernoulli(l, m, p);
}

function bernoulli(k: number, n: number, p: number): number {
	return (k > 0 ? k * Math.log(p) : 0) + (n - k > 0 ? (n - k) * Math.log(1 - p) : 0);
}

export interface StepSplit {
	at: number;
	/** Nats gained over no change. */
	gain: number;
	/** Which step of which operation gained most. */
	what: string;
}

/** Nats a step must gain before it speaks: keeps hundreds of steps from adding up their noise. */
const PENALTY = 6;
const MIN_CALLS = 6;

/**
 * The moment at which what services do per call changed: for each operation and step, the share of calls that take the step, before and after.
 *
 *   G(t) = sum over operations of max over steps max(0, LR(k, n, l, m) - c)
 *
 * One change in Bernoulli sequences by likelihood ratio (Sokal & Rohlf, "Biometry", the G-test), summed over streams. One step speaks for each
 * operation: the steps of a call come and go together, and counting each would count one fault many times. Moments tried: `grid` of them, evenly
 * over the calls. Cost O(calls + steps x grid).
 */
export function stepSplit(calls: readonly Call[], from: number, to: number, grid = 60): StepSplit | undefined {
	const within = calls.filter((c) => c.at >= from && c.at <= to);
	if (within.length < 4 * MIN_CALLS) return undefined;
	const first = (within[0] as Call).at;
	const size = ((within.at(-1) as Call).at - first) / grid;
	if (!(size > 0)) return undefined;
	const gains = new Float64Array(grid);
	const whats: { gain: number; what: string }[] = Array.from({ length: grid }, () => ({ gain: 0, what: "" }));
	for (const [operation, group] of Map.groupBy(within, (c) => `${c.candidate}: ${c.entry}`)) {
		if (group.length < 2 * MIN_CALLS) continue;
		const bin = (c: Call): number => Math.min(grid - 1, Math.floor((c.at - first) / size));
		const total = sums(group.map(bin), grid);
		const best = new Float64Array(grid);
		const which: string[] = [];
		for (const step of new Set(group.flatMap((c) => [...c.steps.keys()]))) {
			const taken = sums(group.filter((c) => c.steps.has(step)).map(bin), grid);
			for (let b = 1; b < grid; b++) {
				const n = total[b] as number;
				const m = group.length - n;
				if (n < MIN_CALLS || m < MIN_CALLS) continue;
				const k = taken[b] as number;
				const gain = shareRatio(k, n, (taken[grid] as number) - k, m) - PENALTY;
				if (gain > (best[b] as number)) {
					best[b] = gain;
					which[b] = step;
				}
			}
		}
		for (let b = 1; b < grid; b++) {
			gains[b] = (gains[b] as number) + (best[b] as number);
			const w = whats[b];
			if (w !== undefined && (best[b] as number) > w.gain) whats[b] = { gain: best[b] as number, what: `${operation}, ${which[b]}` };
		}
	}
	let at = 0;
	for (let b = 1; b < grid; b++) if ((gains[b] as number) > (gains[at] as number)) at = b;
	return (gains[at] as number) > 0
		? { at: firstDeviant(within, whats[at]?.what ?? "", first + at * size, size), gain: gains[at] as number, what: whats[at]?.what ?? "" }
		: undefined;
}

/** The first call from a bin before the split on that does not do as the calls before it did: the grid says about when, this says when. */
function firstDeviant(calls: readonly Call[], what: string, split: number, size: number): number {
	const group = calls.filter((c) => what.startsWith(`${c.candidate}: ${c.entry}, `));
	const step = what.slice(`${group[0]?.candidate}: ${group[0]?.entry}, `.length);
	const before = group.filter((c) => c.at < split);
	const usual = before.filter((c) => c.steps.has(step)).length > before.length / 2;
	const deviant = group.find((c) => c.at >= split - size && c.steps.has(step) !== usual);
	return deviant === undefined || deviant.at > split + 2 * size ? split : deviant.at;
}

/** sums[b]: how many bins of `at` are below b. */
function sums(at: readonly number[], grid: number): Float64Array {
	const out = new Float64Array(grid + 1);
	for (const b of at) out[b + 1] = (out[b + 1] as number) + 1;
	for (let i = 1; i <= grid; i++) out[i] = (out[i] as number) + (out[i - 1] as number);
	return out;
}
