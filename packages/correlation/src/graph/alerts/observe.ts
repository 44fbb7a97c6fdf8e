import type { IncidentGraph } from "@faultline/contracts";
import type { Lead } from "../../evidence/lead.ts";
import type { ScoredCause } from "../../rank/rank-causes.ts";

type Observation = NonNullable<IncidentGraph["observations"]>[number];

/** Fainter leads say nothing that could be learned. */
const FAINT = 0.1;
/** The report has to fit a model's context. */
const MOST_OF_ONE = 6;
const MOST = 24;
/** From this share of belief on a lead counts as speaking of a mechanism. */
const SPEAKS = 0.4;

/**
 * What was abnormal at each candidate as tokens without names: kind, direction, role and strength of each lead, and the mechanism that it speaks of;
 * the strongest of them, in order of onset, those without a time last.
 *
 * @param nodes names in the order of the graph's nodes
 */
export function observationsOf(causes: readonly ScoredCause[], nodes: readonly string[]): Observation[] {
	const index = new Map(nodes.map((name, i) => [name, i]));
	const seen = causes.flatMap(({ candidate, leads }) => {
		const node = index.get(candidate);
		const counted = leads.filter((lead) => lead.strength >= FAINT);
		return node === undefined ? [] : distinct(counted.map((lead) => ({ node, lead, token: tokenOf(lead) }))).slice(0, MOST_OF_ONE);
	});
	const kept = seen.toSorted((a, b) => b.lead.strength - a.lead.strength).slice(0, MOST);
	// Equal onsets, and those that are unknown, stay by strength.
	const at = ({ lead }: { lead: Lead }): number => lead.onset ?? Number.MAX_SAFE_INTEGER;
	return kept.toSorted((a, b) => at(a) - at(b)).map(({ node, token }): Observation => [node, token]);
}

/** The first of each token: the strongest, as leads are sorted. */
function distinct<T extends { token: string }>(all: readonly T[]): T[] {
	return [...new Map(all.toReversed().map((each) => [each.token, each])).values()].toReversed();
}

function tokenOf({ kind, direction, role, strength, mechanisms }: Lead): string {
	const size = strength < 0.4 ? 1 : strength < 0.75 ? 2 : 3;
	const told = [...mechanisms].filter(([, belief]) => belief >= SPEAKS).sort((a, b) => b[1] - a[1])[0]?.[0];
	return [kind, direction, `${role[0]}${size}`, ...(told === undefined || role === "load" ? [] : [told])].join(" ");
}
