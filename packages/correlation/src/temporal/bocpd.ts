import { logGamma } from "./student-t.ts";

export interface OnlineChange {
	/** Index of the first value of the new run. */
	index: number;
	/** Posterior probability, one value later or more, that a run began there. */
	probability: number;
}

export interface OnlineChangeOptions {
	/** Chance of a change at any one value: 1 over the expected length of a run. */
	hazard?: number;
	/** Run lengths kept, the likeliest: the bound of the cost. */
	mostRuns?: number;
	/** Probability from which a change is told. */
	least?: number;
	/** Values after the change that its probability may wait for. */
	patience?: number;
}

interface Run {
	length: number;
	weight: number;
	mean: number;
	kappa: number;
	alpha: number;
	beta: number;
}

/**
 * Bayesian online change point detection: the posterior of how long the present run has lasted, value by value.
 *
 *   P(r_t = r + 1, x_1..t) = P(r_{t-1} = r, x_1..t-1) pi_r(x_t) (1 - H),   P(r_t = 0, x_1..t) = sum_r P(r_{t-1} = r, ..) pi_r(x_t) H
 *
 * with pi_r Student's t of a normal run of unknown mean and variance (normal-inverse-gamma, prior mean 0, kappa 1, alpha 1, beta 1 on values
 * standardised by the first ones' median and spread). Adams & MacKay, "Bayesian Online Changepoint Detection", 2007, 2.2-2.4.
 * Cost O(n mostRuns): differs from the paper by keeping only the likeliest runs, whose posterior is then exact among themselves.
 * `posterior[t]` is the run length's distribution after value t, as [length, probability]; values that are not numbers are passed over.
 */
export function runLengths(values: ArrayLike<number>, options: OnlineChangeOptions = {}): [number, number][][] {
	const { hazard = 1 / 100, mostRuns = 64 } = options;
	let runs: Run[] = [{ length: 0, weight: 1, mean: 0, kappa: 1, alpha: 1, beta: 1 }];
	const posterior: [number, number][][] = [];
	for (let t = 0; t < values.length; t++) {
		const x = values[t] as number;
		if (Number.isFinite(x)) runs = step(runs, x, hazard, mostRuns);
		posterior.push(runs.map((run) => [run.length, run.weight]));
	}
	return posterior;
}

function step(runs: readonly Run[], x: number, hazard: number, mostRuns: number): Run[] {
	const joint = runs.map((run) => run.weight * predictive(run, x));
	const total = joint.reduce((a, b) => a + b, 0);
	const prior = { length: 0, mean: 0, kappa: 1, alpha: 1, beta: 1 };
	// so far out that its likelihood is 0 under every run: it tells a change, and nothing of what comes after
	if (!(total > 0)) return [{ ...prior, weight: 1 }];
	const fresh: Run = { ...prior, weight: hazard * total };
	const grown = runs.map((run, i): Run => {
		const kappa = run.kappa + 1;
		return {
			length: run.length + 1,
			weight: (joint[i] as number) * (1 - hazard),
			mean: (run.kappa * run.mean + x) / kappa,
			kappa,
			alpha: run.alpha + 0.5,
			beta: run.beta + (run.kappa * (x - run.mean) ** 2) / (2 * kappa),
		};
	});
	const kept = [fresh, ...grown.sort((a, b) => b.weight - a.weight).slice(0, mostRuns - 1)];
	const sum = kept.reduce((s, run) => s + run.weight, 0);
	return kept.map((run) => ({ ...run, weight: run.weight / sum }));
}

/** Density of Student's t on 2 alpha degrees of freedom around the run's mean, scale^2 = beta (kappa + 1) / (alpha kappa). */
function predictive({ mean, kappa, alpha, beta }: Run, x: number): number {
	const degrees = 2 * alpha;
	const scale2 = (beta * (kappa + 1)) / (alpha * kappa);
	const log =
		logGamma((degrees + 1) / 2) -
		logGamma(degrees / 2) -
		0.5 * Math.log(degrees * Math.PI * scale2) -
		((degrees + 1) / 2) * Math.log1p((x - mean) ** 2 / (degrees * scale2));
	return Math.exp(log);
}

/**
 * The changes of a standardised series, in time order: where, within `patience` values, the likeliest run is one that began there. Being online it
 * tells a change a few values after it, and its place to the value.
 */
export function onlineChanges(values: ArrayLike<number>, options: OnlineChangeOptions = {}): OnlineChange[] {
	const { least = 0.5, patience = 5 } = options;
	const begun = new Map<number, number>();
	for (const [t, runs] of runLengths(values, options).entries()) {
		for (const [length, probability] of runs) {
			// a run of length r after value t began with value t - r + 1
			const start = t - length + 1;
			if (start > 0 && length >= 1 && length <= patience && probability >= least)
				begun.set(start, Math.max(begun.get(start) ?? 0, probability));
		}
	}
	return [...begun].map(([index, probability]) => ({ index, probability })).sort((a, b) => a.index - b.index);
}
