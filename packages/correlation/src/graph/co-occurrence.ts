import { mentions } from "../evidence/log-leads.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import type { Situation } from "../situation.ts";
import type { GraphEdge } from "./resource-graph.ts";

/** OpenTelemetry's SeverityNumber of a warning: a quiet line names many in passing. */
const LOUD = 13;
/** Mentions, and beginnings at different moments, from which on it is no accident. */
const OFTEN = 2;
/** What begins within this of one another begins together; what begins later than this after the last begins anew. In milliseconds. */
const TOGETHER_MS = 30_000;
const ANEW_MS = 60_000;
/** A lead fainter than this began nothing. */
const CLEAR = 0.2;
/** Wordings that are read; what comes later in a flood of them is not. */
const MOST_READ = 2_000;
/** Candidates that are compared, the likeliest first. */
const COMPARED = 40;

/**
 * Resources that have something to do with each other though nobody says what: those that name one another in their loud lines, and those whose signals began
 * together at several moments. For drawing: never who is to blame. Pairs that an edge connects already are left out.
 */
export function coOccurrences(situation: Situation, causes: readonly ScoredCause[]): GraphEdge[] {
	const tied = new Set(situation.graph.edges.flatMap(({ from, to }) => [pairOf(from, to), pairOf(to, from)]));
	const edges = new Map<string, GraphEdge>();
	const add = (from: string, to: string, learnedFrom: string, weight: number): void => {
		if (tied.has(pairOf(from, to))) return;
		const edge = edges.get(pairOf(from, to)) ?? edges.get(pairOf(to, from));
		if (edge === undefined) edges.set(pairOf(from, to), { from, to, kind: "co-occurs", learnedFrom: [learnedFrom], weight });
		else {
			edge.weight += weight;
			if (!edge.learnedFrom.includes(learnedFrom)) edge.learnedFrom.push(learnedFrom);
		}
	};
	for (const [from, to, count] of mentioned(situation)) if (count >= OFTEN) add(from, to, "mentions", count);
	for (const [from, to, count] of beganTogether(causes.slice(0, COMPARED))) if (count >= OFTEN) add(from, to, "onsets", count);
	return [...edges.values()];
}

const pairOf = (from: string, to: string): string => `${from}\u0000${to}`;

/** Who names whom in loud lines, and how often: by template, so that each wording is read once. */
function mentioned({ logs, templates, graph }: Situation): [from: string, to: string, count: number][] {
	const named = new Map<string, string[]>();
	const counts = new Map<string, [string, string, number]>();
	for (const { signal, candidate, template } of logs) {
		if (signal.severity < LOUD) continue;
		const key = pairOf(candidate, template);
		let others = named.get(key);
		if (others === undefined) {
			if (named.size >= MOST_READ) continue;
			others = mentions(templates.text(template) ?? signal.body, candidate, graph.nodes);
			named.set(key, others);
		}
		for (const other of others) {
			const tally = counts.get(pairOf(candidate, other)) ?? [candidate, other, 0];
			counts.set(pairOf(candidate, other), tally);
			tally[2] += signal.count;
		}
	}
	return [...counts.values()];
}

function* beganTogether(causes: readonly ScoredCause[]): Generator<[from: string, to: string, count: number]> {
	const began = causes
		.map(({ candidate, leads }) => ({ candidate, moments: momentsOf(leads) }))
		.filter(({ moments }) => moments.length >= OFTEN)
		.sort((a, b) => (a.candidate < b.candidate ? -1 : 1));
	for (const [i, a] of began.entries()) {
		for (const b of began.slice(i + 1)) {
			const shared = a.moments.filter((at) => b.moments.some((other) => Math.abs(other - at) <= TOGETHER_MS));
			yield [a.candidate, b.candidate, shared.length];
		}
	}
}

/** When something began, each burst of beginnings once. */
function momentsOf(leads: ScoredCause["leads"]): number[] {
	const times = leads.flatMap(({ onset, strength }) => (onset === undefined || strength < CLEAR ? [] : [onset])).sort((a, b) => a - b);
	return times.filter((at, i) => i === 0 || at - (times[i - 1] as number) > ANEW_MS);
}
