import type { Confidence, IncidentReport } from "@faultline/contracts";
import { scoreRanking, standsFor } from "./score-ranking.ts";
import type { Truth } from "./truth.ts";

/** What is read of a report. */
export type Judged = Pick<IncidentReport, "verdict" | "confidence" | "category" | "rootCauses" | "change">;

/** One capture's marks, in [0, 1]; null where the truth does not say. */
export interface CaptureScore {
	ac1: number | null;
	ac3: number | null;
	ac5: number | null;
	/** The mean of AC@1 to AC@5. */
	avg5: number | null;
	mrr: number | null;
	/** Incident or not. */
	verdict: number;
	/** The same, of healthy captures alone. */
	specificity: number | null;
	category: number | null;
	/** The right change named, or none where none is to blame. */
	change: number | null;
	/** 1: a change was named that has nothing to do with it. */
	decoy: number | null;
	/** The class that the report gave itself; null where there is no report. */
	confidence: Confidence | null;
	/** Whether what it was confident of is right: the first cause, or that there is no incident. */
	right: number | null;
}

/** Marks a report by its truth. No report (an error) is a miss in everything that the truth knows. */
export function scoreReport(report: Judged | undefined, truth: Truth): CaptureScore {
	const healthy = truth.healthy === true;
	const names = healthy ? [] : truth.rootCauses.flatMap(({ service, pod }) => [service, pod]).filter((name) => typeof name === "string");
	const verdict = Number(report !== undefined && (report.verdict === "no-incident") === healthy);
	const rank = scoreRanking(report?.rootCauses ?? [], (resource) => names.some((name) => standsFor(resource, name)));
	const known = (value: number | undefined): number | null => (names.length === 0 ? null : (value ?? 0));
	const ac1 = known(rank.hit[0]);
	return {
		ac1,
		ac3: known(rank.hit[2]),
		ac5: known(rank.hit[4]),
		avg5: known(rank.hit.reduce((sum, hit) => sum + hit, 0) / rank.hit.length),
		mrr: known(rank.reciprocalRank),
		verdict,
		specificity: healthy ? verdict : null,
		category: truth.category === undefined ? null : Number(verdict === 1 && (healthy || report?.category === truth.category)),
		...scoreChange(report, truth),
		confidence: report?.confidence ?? null,
		right: healthy ? verdict : ac1,
	};
}

/** A deploy is judged by its commit. Seven characters of a commit name it. */
function scoreChange(report: Judged | undefined, truth: Truth): Pick<CaptureScore, "change" | "decoy"> {
	const named = report?.change?.commitId ?? report?.change?.id;
	const isNamed = (id: string): boolean => named !== undefined && (named === id || (named.length >= 7 && id.startsWith(named)));
	const culprits = truth.rootCauses.map((cause) => cause.changeId).filter((id) => typeof id === "string");
	const none = truth.noChange === true;
	const ofIds = truth.decoys.some((id) => isNamed(id) || report?.change?.id === id);
	return {
		change: none || culprits.length > 0 ? Number(report !== undefined && (none ? named === undefined : culprits.some(isNamed))) : null,
		decoy: truth.decoys.length > 0 ? Number(ofIds) : null,
	};
}
