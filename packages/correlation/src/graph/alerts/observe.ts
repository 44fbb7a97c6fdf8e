import type { IncidentGraph } from "@faultline/contracts";
import type { Lead } from "../../evidence/lead.ts";
import type { ScoredCause } from "../../rank/rank-causes.ts";
import type { Situation } from "../../situation.ts";

type Observation = NonNullable<IncidentGraph["observations"]>[number];

/** Fainter leads say nothing that could be learned. */
const FAINT = 0.1;
const MOST_OF_ONE = 12;
/** From this share of belief on a lead counts as speaking of a mechanism. */
const SPEAKS = 0.4;

/** Kinds of observation that are about the candidate as the untrained ranking saw it, and not about what went wrong. */
export const STANDING = ["is", "place", "score"] as const;

/**
 * What was abnormal at each candidate as tokens without names: kind, direction, role and strength of each lead, the mechanisms that its leads speak of,
 * what sort of resource it is, and its place in the ranking, so that a learner corrects that ranking instead of starting anew. Those with a time in order
 * of onset.
 */
export function observationsOf({ graph }: Pick<Situation, "graph">, causes: readonly ScoredCause[]): Observation[] {
	const best = causes[0]?.score ?? 0;
	const standing = causes.flatMap((cause, place): Observation[] => {
		const { candidate: resource, score } = cause;
		return [
			{ resource, kind: "is", token: [graph.kindOf(resource)] },
			{ resource, kind: "place", token: [place < 3 ? String(place + 1) : "later"] },
			{ resource, kind: "score", token: [best > 0 ? String(Math.round((5 * score) / best)) : "0"] },
		];
	});
	const timed = causes.flatMap(({ candidate, leads }) =>
		leads
			.filter((lead) => lead.strength >= FAINT)
			.slice(0, MOST_OF_ONE)
			.map((lead) => ({ candidate, lead })),
	);
	timed.sort((a, b) => (a.lead.onset ?? Number.POSITIVE_INFINITY) - (b.lead.onset ?? Number.POSITIVE_INFINITY) || 0);
	const seen = timed.flatMap(({ candidate, lead }) => tokensOf(candidate, lead));
	return [...standing, ...seen];
}

function tokensOf(resource: string, { kind, direction, role, strength, mechanisms }: Lead): Observation[] {
	const size = strength < 0.4 ? "faint" : strength < 0.75 ? "clear" : "strong";
	const told = [...mechanisms].filter(([, belief]) => belief >= SPEAKS).sort((a, b) => b[1] - a[1])[0]?.[0];
	return [
		{ resource, kind, token: [direction, role, size] },
		...(told === undefined || role === "load" ? [] : [{ resource, kind: "mechanism", token: [told] }]),
	];
}
