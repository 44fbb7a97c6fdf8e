import type { DetectorWeights } from "./ensemble/weights.ts";
import { judgeAgainstBaseline } from "./session-baseline.ts";
import type { Session } from "./session-counts.ts";
import { judgeByRarity } from "./session-rarity.ts";
import type { Vote } from "./vote.ts";

export interface SessionVerdict {
	id: string;
	/** Higher is more unusual; comparable within one call. */
	score: number;
	anomalous: boolean;
	/** Why, in words: one per detector that voted. Empty where none did. */
	votes: string[];
	/** What every detector said, also those that did not vote. */
	details: Vote[];
}

export interface SessionDetectorOptions {
	/** Healthy sessions, oldest first. None: the input is judged by its own rarities. */
	baseline: readonly Session[];
	/** Sessions to judge; all are read before the first verdict, which needs to know what is common among them. */
	input: Iterable<Session>;
	/** Words for an event (its template) in the votes. */
	describe?: (event: string) => string;
	/** OpenTelemetry SeverityNumber of an event, 0 where unknown. */
	severityOf?: (event: string) => number;
	/** How much an event's words speak of a failure, in [0, 1]; used where there is no baseline. */
	failureOf?: (event: string) => number;
	/** The same by a network, for single lines without a baseline; asked once, for every event. Undefined where there is none. */
	learnedFailureOf?: ((events: readonly string[]) => Promise<ReadonlyMap<string, number> | undefined>) | undefined;
	/** Weights of the detectors by name, and those without a vote. */
	detectors?: DetectorWeights | undefined;
	/** Share of healthy sessions that may be called anomalous. */
	risk?: number | undefined;
	/** Baseline sessions, the newest, whose scores the threshold is learned from. */
	window?: number | undefined;
	/** Told what is no verdict on a session: a baseline that drifts, a new regime. */
	onNote?: (note: string) => void;
	/** Distinct count vectors that are kept to compare with, the most frequent first. */
	maxForms?: number;
}

/** Judges each session of `input`, in order: against the healthy ones of `baseline`, or by rarity where there are none. Uses no labels. */
export function detectSessions(options: SessionDetectorOptions): AsyncIterable<SessionVerdict> {
	return options.baseline.length > 0 ? judgeAgainstBaseline(options) : judgeByRarity(options);
}
