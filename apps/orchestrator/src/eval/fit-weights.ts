import { EVIDENCE, type Evidence, FACE_VALUE, type ScoredCause, scoreOf, WEIGHTS, type Weights } from "@faultline/correlation";
import { scoreRanking } from "./score-ranking.ts";

/** One capture as the fit sees it: its candidates with their evidence, and which of them is to blame. */
export interface FitCase {
	set: string;
	candidates: readonly (Pick<ScoredCause, "candidate" | "evidence" | "followed"> & { right: boolean })[];
}

export interface LeftOut {
	set: string;
	captures: number;
	/** AC@1, AC@3 and AC@5 by the weights in use, at face value, fitted on all sets, and fitted on all sets but this one. */
	inUse: number[];
	faceValue: number[];
	fitted: number[];
	leftOut: number[];
}

export interface Fit {
	weights: Weights;
	sets: LeftOut[];
}

/** How hard weights are drawn towards their face value, in nats per squared difference: as much as a few captures say. */
const PRIOR = 4;
const STEPS = 400;
/** Weights are not negative, and no evidence counts for more than this times its face value. */
const MOST = 3;

/** Fits the weights on all sets, and on all sets but each in turn: what a set nobody has seen may expect. */
export function fitWeights(cases: readonly FitCase[], inUse: Weights = WEIGHTS): Fit {
	const sets = [...new Set(cases.map((c) => c.set))];
	const weights = learn(cases);
	return {
		weights,
		sets: sets.map((set) => {
			const own = cases.filter((c) => c.set === set);
			const others = cases.filter((c) => c.set !== set);
			return {
				set,
				captures: own.length,
				inUse: accuracy(own, inUse),
				faceValue: accuracy(own, FACE_VALUE),
				fitted: accuracy(own, weights),
				leftOut: accuracy(own, others.length === 0 ? FACE_VALUE : learn(others)),
			};
		}),
	};
}

/**
 * Conditional logit (McFadden, 1974): the candidate to blame is drawn with probability proportional to exp(b sum_k w_k x_k); the weights that make
 * what happened most likely, less a quadratic pull towards their face value. Each set counts the same, however many captures it has. Captures
 * whose candidate is decided by the alert's own metric say nothing of the weights, and are left out. Projected gradient ascent; no chance in it.
 * Cost O(steps x candidates).
 */
export function learn(cases: readonly FitCase[]): Weights {
	const telling = cases.filter((c) => c.candidates.every((x) => x.followed === undefined) && c.candidates.some((x) => x.right));
	const sizes = new Map<string, number>();
	for (const c of telling) sizes.set(c.set, (sizes.get(c.set) ?? 0) + 1);
	const total = telling.length / Math.max(1, sizes.size);
	const w = EVIDENCE.map((k) => FACE_VALUE[k]);
	for (let step = 0; step < STEPS; step++) {
		const gradient = EVIDENCE.map((k, i) => -2 * PRIOR * ((w[i] as number) - FACE_VALUE[k]));
		for (const one of telling) addGradient(one, w, (SHARPNESS * total) / (sizes.get(one.set) ?? 1), gradient);
		const rate = 0.5 / (PRIOR + telling.length) / (1 + step / 100);
		for (let i = 0; i < w.length; i++)
			w[i] = Math.max(0, Math.min(MOST * FACE_VALUE[EVIDENCE[i] as Evidence], (w[i] as number) + rate * (gradient[i] as number)));
	}
	return Object.fromEntries(EVIDENCE.map((k, i) => [k, Number((w[i] as number).toFixed(2))])) as unknown as Weights;
}

/** b: how many nats of evidence make a candidate e times as likely. */
const SHARPNESS = 3;

function addGradient({ candidates }: FitCase, w: readonly number[], weight: number, gradient: number[]): void {
	const scores = candidates.map((c) => SHARPNESS * EVIDENCE.reduce((sum, k, i) => sum + (w[i] as number) * (c.evidence.get(k) ?? 0), 0));
	const highest = Math.max(...scores);
	const mass = scores.map((s) => Math.exp(s - highest));
	const all = mass.reduce((a, b) => a + b, 0);
	const right = candidates.filter((c) => c.right).length;
	candidates.forEach((c, n) => {
		const residual = (c.right ? 1 / right : 0) - (mass[n] as number) / all;
		for (let i = 0; i < EVIDENCE.length; i++)
			gradient[i] = (gradient[i] as number) + weight * residual * (c.evidence.get(EVIDENCE[i] as Evidence) ?? 0);
	});
}

/** Strict AC@1, AC@3, AC@5 by these weights; ties by expectation. */
export function accuracy(cases: readonly FitCase[], weights: Weights): number[] {
	const hits = cases.map(({ candidates }) => {
		const right = new Set(candidates.filter((c) => c.right).map((c) => c.candidate));
		const ranking = candidates.map((c) => ({ resource: c.candidate, score: scoreOf(c, weights) }));
		return scoreRanking(ranking, (name) => right.has(name)).hit;
	});
	return [0, 2, 4].map((k) => hits.reduce((sum, hit) => sum + (hit[k] ?? 0), 0) / Math.max(1, hits.length));
}
