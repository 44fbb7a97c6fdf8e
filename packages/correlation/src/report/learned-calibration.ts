import type { Logistic } from "./calibration.ts";

/** Written by `node scripts/calibrate.mjs`; not by hand. */
export const LEARNED: { verdict: Logistic; confidence: Logistic; incidentFrom: number; confirmedFrom: number; inconclusiveBelow: number } =
	{
		verdict: { bias: 0, weights: [] },
		confidence: { bias: 0, weights: [] },
		incidentFrom: 0,
		confirmedFrom: 0,
		inconclusiveBelow: 0,
	};
