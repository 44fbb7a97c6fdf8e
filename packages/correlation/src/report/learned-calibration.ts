import type { Learned } from "./calibration.ts";

/** Written by `node scripts/calibrate.mjs --write`; not by hand. `heldOut`: what it reaches on generated captures that it was not fitted on. */
export const LEARNED: Learned = {
	verdict: {
		bias: -5.462,
		weights: [
			1.316, -0.07249, 4.25, 1.916, -0.8707, 0.519, -0.7549, 2.255, -2.25, 1.245, 1.759, 0.1145, 1.05, -1.991, 1.342, 2.928, 1.531, 2.088,
			3.576, 3.068, 2.905,
		],
	},
	confidence: {
		bias: -3.601,
		weights: [
			0.933, 5.244, 0.9498, 0, 2.311, 0.6615, 2.174, -0.1317, 0.204, -0.1078, -0.7439, 0.0603, 0.7636, 2.716, -0.7666, -2.148, 2.414, 1.34,
			-1.782, 0.03857,
		],
	},
	incidentFrom: 0.5704,
	confirmedFrom: 0.8236,
	heldOut: {
		captures: 220,
		"healthy called incidents where nobody was paged": 0,
		"healthy called incidents": 0.071,
		"healthy where somebody was paged": 0.071,
		"incidents called so": 0.934,
		"first cause right": 0.824,
		confirmed: 73,
		"confirmed and right": 0.973,
	},
};
