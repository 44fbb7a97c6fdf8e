import type { EvidenceSet } from "@faultline/contracts";
import { readCapture } from "@faultline/contracts/capture";
import { type CorrelateInput, rankCandidates } from "@faultline/correlation";
import type { FoundCapture } from "./find-captures.ts";
import type { FitCase } from "./fit-weights.ts";
import { standsFor } from "./score-ranking.ts";
import { readTruth } from "./truth.ts";

export interface CollectOptions {
	prepare(evidence: EvidenceSet): Promise<CorrelateInput>;
	/** Told before each capture. */
	onCapture?: (capture: FoundCapture, done: number, of: number) => void;
}

/** The candidates of each capture whose truth names a cause, with their evidence. @throws BAD_INPUT where a truth or a capture cannot be read */
export async function collectCases(captures: readonly FoundCapture[], options: CollectOptions): Promise<FitCase[]> {
	const cases: FitCase[] = [];
	for (const [i, capture] of captures.entries()) {
		options.onCapture?.(capture, i, captures.length);
		const truth = await readTruth(capture.directory);
		const names = (truth?.healthy === true ? [] : (truth?.rootCauses ?? []))
			.flatMap(({ service, pod }) => [service, pod])
			.filter((name) => typeof name === "string");
		if (names.length === 0) continue;
		const causes = rankCandidates(await options.prepare({ ...(await readCapture(capture.directory)), id: "capture" }));
		cases.push({
			set: capture.set,
			candidates: causes.map(({ candidate, evidence, followed }) => ({
				candidate,
				evidence,
				followed,
				right: names.some((name) => standsFor(candidate, name)),
			})),
		});
	}
	return cases;
}
