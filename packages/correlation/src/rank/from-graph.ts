import type { Lead } from "../evidence/lead.ts";
import type { Situation } from "../situation.ts";

/**
 * How well a candidate that is silent itself explains who is abnormal and who is not: the failing callers of a store that is down share it.
 *
 *   o(x) = e / sqrt((e + n) (e + w)),   e = sum of A over those that depend on x,  n = sum of A over the others,  w = sum of 1 - A over x's callers
 *
 * The coefficient of Ochiai, of spectrum-based fault localisation (Abreu et al., "An evaluation of similarity coefficients for software fault
 * localization", PRDC 2006), with resources for tests and A, how abnormal each is, for failures. Cost O(resources x edges).
 */
export function sharedBy(situation: Situation, abnormal: ReadonlyMap<string, number>): Map<string, number> {
	const all = [...abnormal.values()].reduce((sum, a) => sum + a, 0);
	const failing = new Map<string, number>();
	for (const [candidate, a] of abnormal) for (const x of situation.graph.dependencies(candidate)) failing.set(x, (failing.get(x) ?? 0) + a);
	const found = new Map<string, number>();
	for (const [x, e] of failing) {
		const own = abnormal.get(x) ?? 0;
		let well = 0;
		for (const caller of situation.graph.callers(x)) well += 1 - (abnormal.get(caller) ?? 0);
		const others = Math.max(0, all - e - own);
		if (e > 0) found.set(x, e / Math.sqrt((e + others) * (e + well)));
	}
	return found;
}

/** Share of those that report their load which must be asked for more. */
const WIDE = 0.5;

/** Where more load comes in: asked for more by nobody who is, while at least half of all that report their load are. How strongly, in [0, 1]. */
export function surgeOrigins(
	{ graph }: Situation,
	byCandidate: ReadonlyMap<string, readonly Lead[]>,
	reporting: number,
): Map<string, number> {
	const surged = new Map<string, number>();
	for (const [candidate, leads] of byCandidate) {
		const most = Math.max(0, ...leads.filter((l) => l.kind === "metric" && l.mechanisms.has("traffic-surge")).map((l) => l.strength));
		if (most > 0) surged.set(candidate, most);
	}
	const wide = surged.size / Math.max(1, reporting);
	if (wide < WIDE) return new Map();
	const entries = [...surged].filter(([c]) => graph.callees(c).size > 0 && ![...graph.callers(c)].some((caller) => surged.has(caller)));
	return new Map(entries.map(([c, strength]) => [c, strength * Math.min(1, wide)]));
}
