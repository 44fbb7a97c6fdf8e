import type { ScoredCause } from "../rank/rank-causes.ts";
import type { Situation } from "../situation.ts";

/** How abnormal a caller must be to count as hit. */
const HIT = 0.2;
const MAX_STEPS = 24;

export interface Propagation {
	steps: { from: string; to: string }[];
	/** Everything that the cause reached, nearest first. */
	blastRadius: string[];
}

/** Follows a fault from its cause up the calls (and for nodes, to what runs on them) through whatever is abnormal. Breadth first; each resource once. */
export function propagate(situation: Situation, causes: readonly ScoredCause[]): Propagation {
	const first = causes[0];
	const result: Propagation = { steps: [], blastRadius: [] };
	if (first === undefined) return result;
	const abnormal = new Map(causes.map((c) => [c.candidate, c.abnormal]));
	const reached = new Set([first.candidate]);
	const queue = [first.candidate];
	for (let i = 0; i < queue.length && result.steps.length < MAX_STEPS; i++) {
		const from = queue[i] as string;
		const next = [...situation.graph.callers(from)].sort((a, b) => (abnormal.get(b) ?? 0) - (abnormal.get(a) ?? 0));
		for (const to of next) {
			if (reached.has(to) || (abnormal.get(to) ?? 0) < HIT) continue;
			reached.add(to);
			queue.push(to);
			result.steps.push({ from, to });
			result.blastRadius.push(to);
		}
	}
	return result;
}

/** What failed first among the cause and what it reached: the cause, unless another was clearly earlier. */
export function firstToFail(causes: readonly ScoredCause[], reached: readonly string[]): string | null {
	const first = causes[0];
	if (first === undefined) return null;
	let name = first.candidate;
	let at = first.onset ?? Number.POSITIVE_INFINITY;
	for (const cause of causes) {
		if (!reached.includes(cause.candidate) || cause.onset === undefined || cause.abnormal < 0.5) continue;
		if (cause.onset < at - 60_000) [name, at] = [cause.candidate, cause.onset];
	}
	return name;
}
