import type { Category, Mechanism } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { together } from "../evidence/lead.ts";
import { CATEGORY_OF } from "../mechanism/category.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import { isFiring, type Situation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";

export interface Verdict {
	verdict: "incident" | "no-incident";
	/** Why, in words, for "ruled out" or for a doubt. */
	reason: string;
}

/** Evidence below this, all together, is noise. */
const NOISE = 0.35;

/**
 * An incident where an alert fires and something abnormal stands behind it, or where abnormal things are loud enough without one. What recovered
 * by itself before the end, with nothing firing, is noise.
 */
export function judgeVerdict(situation: Situation, moment: Moment, leads: readonly Lead[]): Verdict {
	const firing = situation.alerts.filter(({ signal }) => isFiring(signal));
	const standing = leads.filter((l) => l.kind !== "alert" && l.recovered === undefined && l.role !== "load");
	const recovered = leads.filter((l) => l.recovered !== undefined);
	const weight = together(standing.map((l) => l.strength * (l.loud ? 1 : 0.5)));
	if (firing.length > 0) {
		if (weight > 0.1) return { verdict: "incident", reason: "an alert fires and abnormal signals stand behind it" };
		if (recovered.length > 0) return { verdict: "no-incident", reason: "what was abnormal recovered before the end of the window" };
		return { verdict: "incident", reason: "an alert fires, but nothing else abnormal was found" };
	}
	if (situation.alerts.length > 0 && weight <= 0.7)
		return { verdict: "no-incident", reason: "the alerts say that all is well, and nothing contradicts them" };
	if (weight > NOISE && standing.some((l) => l.loud || l.strength > 0.6) && moment.seen)
		return { verdict: "incident", reason: "abnormal signals persist to the end of the window" };
	return { verdict: "no-incident", reason: recovered.length > 0 ? "what was abnormal recovered" : "nothing abnormal was found" };
}

/** How the leading cause fails, as far as the evidence says: its own evidence in full, alerts at 0.6, what others show at 0.3. */
export function weighMechanisms(causes: readonly ScoredCause[], leads: readonly Lead[]): Map<Mechanism, number> {
	const votes = new Map<Mechanism, number>();
	const vote = (lead: Lead, by: number): void => {
		for (const [mechanism, weight] of lead.mechanisms)
			votes.set(mechanism, (votes.get(mechanism) ?? 0) + weight * weight * lead.strength * by);
	};
	const first = causes[0];
	for (const lead of leads) {
		const by = lead.kind === "alert" ? 0.6 : lead.candidate === first?.candidate ? 1 : 0.3;
		if (lead.role !== "load" || lead.mechanisms.size > 0) vote(lead, by);
	}
	return votes;
}

export function judgeMechanism(votes: ReadonlyMap<Mechanism, number>): Mechanism {
	const [best] = [...votes].sort((a, b) => b[1] - a[1]);
	return best === undefined || best[1] < 0.05 ? "unknown" : best[0];
}

export const categoryOf = (mechanism: Mechanism): Category => CATEGORY_OF[mechanism];
