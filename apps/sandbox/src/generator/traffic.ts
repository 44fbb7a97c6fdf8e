import type { Random } from "./random.ts";

const DAY_MS = 86_400_000;

/**
 * How much is asked at a moment, relative to the mean: a day and a week of season, slow wander (an AR(1) in logarithms, a point per step) and,
 * in bursty systems, a crowd now and then.
 */
export function createTraffic(random: Random, from: number, steps: number, stepMs: number): Float64Array {
	const peak = random.between(0, DAY_MS);
	const daily = random.between(0.15, 0.6);
	const weekend = random.between(0.5, 1.1);
	const wander = random.between(0.02, 0.1);
	const bursty = random.chance(0.5);
	const level = new Float64Array(steps);
	const crowd = random.between(1.3, 2.5);
	let drift = 0;
	let burst = 0;
	for (let k = 0; k < steps; k++) {
		const t = from + k * stepMs;
		const day = new Date(t).getUTCDay();
		drift = 0.95 * drift + wander * random.normal();
		if (bursty && burst === 0 && random.chance(0.03)) burst = random.int(1, 4);
		const season = 1 + daily * Math.cos((2 * Math.PI * (t - peak)) / DAY_MS);
		level[k] = season * (day === 0 || day === 6 ? weekend : 1) * Math.exp(drift) * (burst > 0 ? crowd : 1);
		if (burst > 0) burst--;
	}
	return level;
}
