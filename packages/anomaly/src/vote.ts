/**
 * What one detector says of one thing, the same for every detector, so that votes can be weighed against each other and shown to a reader.
 *
 * `raw` is in the detector's own unit and means nothing beside another detector's; `score` is comparable between them, because it is the
 * detector's own baseline that says how rare such a `raw` is: score = 1 - P(a healthy raw > this raw), see calibration.ts.
 */
export interface Vote {
	/** Name of the detector, as in words: "robust z", "isolation forest". */
	detector: string;
	/** Calibrated, in [0, 1]: the share of the baseline's own scores that this one exceeds, beyond the sample by a fitted tail. */
	score: number;
	/** The detector's own figure; higher is more unusual. */
	raw: number;
	/** Limit in the unit of `raw`; the vote is for "anomalous" where raw > threshold. Infinity where there was nothing to learn one from. */
	threshold: number;
	/** Why, in words that a reader can check: "212/min against 14/min (median of 60 values), 9.3 robust deviations". */
	evidence: string;
}

/** Whether a vote is for "anomalous". */
export const isAnomalous = (vote: Pick<Vote, "raw" | "threshold">): boolean => vote.raw > vote.threshold;
