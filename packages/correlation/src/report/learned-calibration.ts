import type { Learned } from "./calibration.ts";

/** Written by `node scripts/calibrate.mjs --write`; not by hand. `heldOut`: what it reaches on generated captures that it was not fitted on. */
export const LEARNED: Learned = {
	verdict: {
		bias: -4.342,
		weights: [
			1.712, 0.01034, 4.063, 2.652, 0.3324, -0.431, -0.287, 0.5875, -1.255, 1.93, 0.4664, -1.593, 0.1377, -0.4445, 0.1033, 2.882, 0.4034,
			2.477, 4.026, -0.3856, 0,
		],
	},
	confidence: {
		bias: -2.77,
		weights: [
			3.639, 4.118, 0.5418, 0.4992, 2.2, -2.011, -0.6581, -0.2046, 0.7589, 0.08328, -0.9445, -0.6234, 1.45, -1.199, 0.5717, -1.18, 0.1583,
			2.444, 0.2041, -1.7,
		],
	},
	incidentFrom: 0.6225,
	confirmedFrom: 0.8091,
	heldOut: {
		captures: 350,
		"healthy called incidents where nobody was paged": 0.04,
		"healthy where somebody was paged": 0.101,
		"incidents called so": 0.91,
		"first cause right": 0.526,
		confirmed: 32,
		"confirmed and right": 1,
	},
};
