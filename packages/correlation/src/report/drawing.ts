import type { IncidentGraph } from "@faultline/contracts";
import { observationsOf } from "../graph/alerts/observe.ts";
import { coOccurrences } from "../graph/co-occurrence.ts";
import { edgeFeatures, edgeKey } from "../graph/edge-features.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import type { Situation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";
import type { Propagation } from "./propagation.ts";

/** How abnormal a resource must be to be drawn as hit; as for propagation. */
const HIT = 0.2;
/** More is no picture: the likeliest causes, what is hit, and their neighbours first. */
const MOST_NODES = 120;
const MOST_EDGES = 400;
/** So many have two reasons, the others one: the whole report fits a model's context. */
const REASONED = 4;

/**
 * The graph that the ranking went over, for drawing: each resource with its part in the incident and why, each edge with where it was learned, what its
 * calls were like before and during the fault, and how late the one end's trouble came after the other's.
 */
export function drawGraph(
	situation: Situation,
	moment: Moment,
	causes: readonly ScoredCause[],
	spread: Propagation,
	incident: boolean,
	untrained: readonly ScoredCause[] = causes,
): IncidentGraph {
	const { graph } = situation;
	const byName = new Map(causes.map((cause) => [cause.candidate, cause]));
	const hit = (name: string): boolean => (byName.get(name)?.abnormal ?? 0) >= HIT;
	const drawn = new Set(causes.slice(0, MOST_NODES).map((cause) => cause.candidate));
	const carried = new Map(spread.steps.map(({ from, to }) => [edgeKey(to, from), true]));
	const features = edgeFeatures(situation, moment);
	const role = (cause: ScoredCause, rank: number): IncidentGraph["nodes"][number]["role"] => {
		if (!incident || !hit(cause.candidate)) return "healthy";
		if (rank === 0) return "cause";
		return cause.victimOf !== undefined || spread.blastRadius.includes(cause.candidate) ? "victim" : "abnormal";
	};
	const before = untrained === causes ? undefined : new Map(untrained.map((cause) => [cause.candidate, inUnit(cause.score)]));
	return {
		nodes: causes.slice(0, MOST_NODES).map((cause, rank) => ({
			resource: cause.candidate,
			kind: graph.kindOf(cause.candidate),
			role: role(cause, rank),
			score: inUnit(cause.score),
			...(before === undefined ? {} : { untrainedScore: before.get(cause.candidate) ?? 0 }),
			abnormal: Number(cause.abnormal.toFixed(4)),
			victimOf: cause.victimOf ?? null,
			reasons: cause.leads.slice(0, rank < REASONED ? 2 : 1).map((lead) => lead.text),
		})),
		edges: [...graph.edges, ...(incident ? coOccurrences(situation, causes) : [])]
			.filter(({ from, to }) => drawn.has(from) && drawn.has(to))
			.toSorted((a, b) => Number(hit(b.from) && hit(b.to)) - Number(hit(a.from) && hit(a.to)) || b.weight - a.weight)
			.slice(0, MOST_EDGES)
			.map(({ from, to, kind, learnedFrom, weight }) => ({
				from,
				to,
				kind,
				learnedFrom,
				weight,
				carried: carried.has(edgeKey(from, to)),
				lagMs: lagBetween(byName.get(to), byName.get(from)),
				...features.get(edgeKey(from, to)),
			})),
		observations: observationsOf(
			untrained,
			causes.slice(0, MOST_NODES).map((cause) => cause.candidate),
		),
	};
}

const inUnit = (score: number): number => Number((1 - Math.exp(-score)).toFixed(6));

/** How long after the callee's the caller's trouble began; null where either's beginning is unknown. */
function lagBetween(callee: ScoredCause | undefined, caller: ScoredCause | undefined): number | null {
	return callee?.onset === undefined || caller?.onset === undefined ? null : caller.onset - callee.onset;
}
