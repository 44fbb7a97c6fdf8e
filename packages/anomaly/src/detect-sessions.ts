import { judgeAgainstBaseline } from "./session-baseline.ts";
import type { Session } from "./session-counts.ts";
import { judgeByRarity } from "./session-rarity.ts";

export interface SessionVerdict {
	id: string;
	/** Higher is more unusual; comparable within one call. */
	score: number;
	anomalous: boolean;
	/** Why, in words: one per detector that voted. Empty where none did. */
	votes: string[];
}

export interface SessionDetectorOptions {
	/** Healthy sessions, oldest first. None: the input is judged by its own rarities. */
	baseline: readonly Session[];
	/** Sessions to judge; read once, as verdicts are taken, where there is a baseline; kept where there is none. */
	input: Iterable<Session>;
	/** Words for an event (its template) in the votes. */
	describe?: (event: string) => string;
	/** OpenTelemetry SeverityNumber of an event, 0 where unknown; used only where there is no baseline. */
	severityOf?: (event: string) => number;
	/** Share of held-out baseline sessions that a threshold leaves below it. */
	q?: number;
	/** Distinct count vectors that are kept to compare with, the most frequent first. */
	maxForms?: number;
}

/** Judges each session of `input`, in order: against the healthy ones of `baseline`, or by rarity where there are none. Uses no labels. */
export function detectSessions(options: SessionDetectorOptions): Iterable<SessionVerdict> {
	return options.baseline.length > 0 ? judgeAgainstBaseline(options) : judgeByRarity(options);
}
