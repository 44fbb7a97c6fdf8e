import type { Analysis, WeighedChange } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { meaningOfMetric } from "../mechanism/metric-lexicon.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import type { Situation } from "../situation.ts";
import type { EvidenceBook } from "./evidence-book.ts";

const MAX_CHANGES = 4;
const MAX_VICTIMS = 3;

/** What was looked at and is not the cause: changes, victims, and load, each with the reason. */
export function ruledOut(
	situation: Situation,
	causes: readonly ScoredCause[],
	leads: readonly Lead[],
	weighed: readonly WeighedChange[],
	book: EvidenceBook,
): Analysis["ruledOut"] {
	const found: Analysis["ruledOut"] = [];
	for (const change of weighed.filter((c) => c.verdict !== "blamed").slice(0, MAX_CHANGES))
		found.push({
			hypothesis: `${change.type} "${change.title.slice(0, 80)}"${change.service === undefined ? "" : ` of ${change.service}`}`,
			reason: change.reason,
			evidence: change.evidence,
		});
	for (const cause of causes
		.slice(1)
		.filter((c) => c.victimOf !== undefined && c.abnormal > 0.3)
		.slice(0, MAX_VICTIMS)) {
		const cited = cause.leads[0]?.cites[0];
		found.push({
			hypothesis: `${cause.candidate} is the cause`,
			reason: `${cause.victimOf}, which it depends on, is abnormal too and explains it`,
			evidence: cited === undefined ? [] : [book.cite(cited)],
		});
	}
	const load = situation.series.filter((v) => meaningOfMetric(v.series.metric).kind === "load");
	if (load.length > 0 && !leads.some((l) => l.mechanisms.has("traffic-surge") && l.kind === "metric"))
		found.push({
			hypothesis: "more traffic than usual",
			reason: `none of ${load.length} load series rose`,
			evidence: load.slice(0, 1).map((v) => book.cite(v.series)),
		});
	return found;
}
