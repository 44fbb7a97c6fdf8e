import type { Anomaly } from "@faultline/contracts";
import { together } from "../evidence/lead.ts";
import type { Situation } from "../situation.ts";
import type { ScoredCause } from "./rank-causes.ts";

/** How abnormal a resource must be to need an explanation; as for propagation. */
const HIT = 0.2;
/** More faults than these at once are not told apart. */
const MOST = 3;
/** What a further cause must have: this share of the first's score, and evidence of its own of this strength. Chosen on generated incidents. */
const SHARE = 0.8;
const OWN = 0.8;

/** What is seen at callers too when a callee fails: no evidence of their own where a cause that was taken reaches them. */
const TRAVELS: ReadonlySet<Anomaly["kind"]> = new Set(["call-volume", "self-time", "span-errors", "template", "error"]);

/**
 * The fewest candidates that explain the abnormal resources: a resource is explained by a cause that it is, or that it depends on through abnormal
 * resources. Greedy set cover (Chvatal, "A Greedy Heuristic for the Set-Covering Problem", 1979) in the order of the scores, not of how much each covers:
 * the first cause stands, and a further one is taken where it is nearly as likely and has evidence of its own that those before it do not explain. What
 * remains without such evidence stays unexplained, since a second fault is rare and faint leads are not. Cost O(causes edges).
 *
 * @param causes the likeliest first
 * @returns the first cause and those that broke beside it, at most three; empty without a cause
 */
export function causeSet(situation: Situation, causes: readonly ScoredCause[]): string[] {
	const [first] = causes;
	if (first === undefined) return [];
	const abnormal = new Map(causes.map((cause) => [cause.candidate, cause.abnormal]));
	const chosen = [first.candidate];
	const explained = explainedBy(first.candidate, situation, abnormal);
	for (const cause of causes.slice(1)) {
		if (chosen.length === MOST || cause.score < SHARE * first.score) break;
		if (cause.abnormal < HIT || isBelow(cause.candidate, chosen, situation)) continue;
		if (ownEvidence(cause, explained.has(cause.candidate)) < OWN) continue;
		chosen.push(cause.candidate);
		for (const each of explainedBy(cause.candidate, situation, abnormal)) explained.add(each);
	}
	return chosen;
}

/** The resource, and whatever abnormal it reaches over abnormal callers. */
function explainedBy(cause: string, { graph }: Situation, abnormal: ReadonlyMap<string, number>): Set<string> {
	const reached = new Set([cause]);
	for (const from of reached) for (const to of graph.callers(from)) if ((abnormal.get(to) ?? 0) >= HIT) reached.add(to);
	return reached;
}

/** What a cause depends on is no second fault: had it broken, it would explain the first. */
function isBelow(candidate: string, chosen: readonly string[], { graph }: Situation): boolean {
	return chosen.some((cause) => graph.dependencies(cause).has(candidate));
}

/** The strongest intrinsic lead of each kind, together; in [0, 1]. */
function ownEvidence({ leads }: ScoredCause, isReached: boolean): number {
	const best = new Map<Anomaly["kind"], number>();
	for (const { kind, role, strength } of leads)
		if (role === "intrinsic" && !(isReached && TRAVELS.has(kind))) best.set(kind, Math.max(best.get(kind) ?? 0, strength));
	return together(best.values());
}
