import type { Confidence, Coverage, WeighedChange } from "@faultline/contracts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import type { Situation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";

/** Score below which a cause is a lead and no more. */
const LEAD_ONLY = 0.3;
/** Score from which on a cause may be confirmed. */
const CONFIRMED = 0.7;
/** A rival this close to the first (and not its victim) makes it a guess between two. */
const RIVAL_LIKELY = 0.93;
const RIVAL_CONFIRMED = 0.75;
/** A kind of evidence counts from this strength on. */
const KIND = 0.3;

/**
 * The class of confidence, and one sentence per reason that it is no higher. Decided here and nowhere else:
 *
 * - inconclusive: no cause scores 0.3, or two that do not explain each other are within 7 %
 * - confirmed: 0.7 or more, two kinds of evidence of at least 0.3, the onset seen, the next rival below 75 %
 * - a blamed change counts as a kind of evidence, and settles which of the rivals it is
 * - likely: everything between; each source that failed takes one class off
 */
export function judgeConfidence(
	situation: Situation,
	moment: Moment,
	causes: readonly ScoredCause[],
	blamed: WeighedChange | null,
): { confidence: Confidence; doubts: string[] } {
	const doubts: string[] = [];
	const first = causes[0];
	if (first === undefined) return { confidence: "inconclusive", doubts: ["no resource is known"] };
	const rival = causes.slice(1).find((c) => c.victimOf !== first.candidate && !situation.graph.callers(first.candidate).has(c.candidate));
	// A change that explains the fault singles out where it went: a rival is then one more place that shows it.
	const closeness = rival === undefined || first.score <= 0 || blamed !== null ? 0 : rival.score / first.score;
	const kinds = new Set(first.leads.filter((l) => l.strength >= KIND && l.role !== "load").map((l) => l.kind));
	let level = 2;
	const lower = (to: number, why: string): void => {
		level = Math.min(level, to);
		doubts.push(why);
	};
	if (first.score < LEAD_ONLY) lower(0, "the evidence for any one resource is weak");
	else if (first.score < CONFIRMED) lower(1, "the evidence is not strong");
	if (closeness > RIVAL_LIKELY) lower(0, `${rival?.candidate} is as suspect, and neither explains the other`);
	else if (closeness > RIVAL_CONFIRMED) lower(1, `${rival?.candidate} is nearly as suspect`);
	if (kinds.size + (blamed === null ? 0 : 1) < 2) lower(1, "only one kind of evidence speaks for it");
	if (!moment.seen) lower(1, "the moment at which it began was not seen");
	for (const gap of gapsOf(situation.evidence.coverage)) {
		level = Math.max(0, level - 1);
		doubts.push(gap);
	}
	return { confidence: level === 2 ? "confirmed" : level === 1 ? "likely" : "inconclusive", doubts };
}

function gapsOf(coverage: readonly Coverage[]): string[] {
	const failed = coverage.filter((c) => c.status === "failed" || (c.failedTools ?? []).length > 0);
	return failed.length === 0
		? []
		: [`${failed.map((c) => c.source).join(", ")} could not be read${failed.every((c) => c.status === "failed") ? "" : " in full"}`];
}
