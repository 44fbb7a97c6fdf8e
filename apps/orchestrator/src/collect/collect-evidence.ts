import { AppError, type EvidenceSet, toAppError } from "@faultline/contracts";
import { baselineNote, coveredWindow, type PlannedWindow } from "./baseline-window.ts";
import { collectSource, type SourceProgress } from "./collect-source.ts";
import { mergeEvidence } from "./merge-evidence.ts";
import type { OpenSource } from "./source-client.ts";

export interface CollectLimits {
	sourceDeadlineMs: number;
	/** For all of them together. */
	deadlineMs: number;
	maxSignals: number;
}

export interface CollectOptions {
	/** The evidence set's id and title. */
	id: string;
	title: string;
	/** The resource or service that was asked about. */
	focus?: string | undefined;
	limits: CollectLimits;
	signal: AbortSignal;
	onProgress?: (progress: SourceProgress) => void;
}

export interface Collected {
	evidence: EvidenceSet;
	/** What the reader should know about how it was collected. */
	notes: string[];
}

/**
 * Asks every source at once for its evidence of one window and merges the answers. Whatever a source does, the rest comes:
 * its gap is in the coverage.
 *
 * @throws AppError CANCELLED where the caller gave up.
 */
export async function collectEvidence(
	sources: ReadonlyMap<string, OpenSource>,
	planned: PlannedWindow,
	options: CollectOptions,
): Promise<Collected> {
	const { limits, signal } = options;
	if (signal.aborted) throw toAppError(signal.reason);
	const deadlineMs = Math.min(limits.sourceDeadlineMs, limits.deadlineMs);
	const harvests = await Promise.all(
		Array.from(sources, ([name, open]) =>
			collectSource(
				name,
				open,
				planned.collected,
				{ deadlineMs, maxSignals: limits.maxSignals },
				signal,
				options.onProgress ?? (() => undefined),
			),
		),
	);
	const merged = mergeEvidence(harvests);
	const covered = coveredWindow(planned, merged);
	const note = baselineNote(planned, covered);
	const evidence: EvidenceSet = {
		id: options.id,
		title: options.title,
		window: covered,
		...(options.focus === undefined ? {} : { focus: options.focus }),
		...merged,
		baselineSeries: [],
		coverage: harvests.map((h) => h.coverage),
	};
	return { evidence, notes: note === undefined ? [] : [note] };
}

/** @throws UNAVAILABLE where not one source could be read, so that there is nothing to answer from. */
export function requireSomeCoverage(evidence: EvidenceSet): void {
	if (evidence.coverage.some((c) => c.status === "ok" || c.status === "partial")) return;
	const reasons = evidence.coverage.map((c) => `  ${c.source}: ${c.reason ?? c.status}`);
	throw new AppError("UNAVAILABLE", ["no source could be read:", ...reasons].join("\n"), {
		hint: "`faultline doctor` says what is wrong with each, and how to mend it",
	});
}
