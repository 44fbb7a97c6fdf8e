import { AppError } from "@faultline/contracts";

/**
 * What there is to judge by. With a baseline rarity is measured on healthy data; a batch has to assume that most of itself is healthy; a batch
 * of single lines has neither counts nor order, so what the words say carries most.
 */
export type Regime = "baseline" | "batch" | "lines" | "stream";

/**
 * Weight of each detector's vote by regime. From what each can know: counts and rarity of events stand on whole sessions. The order of events
 * is noisy wherever threads write side by side, so it weighs half. In a batch the neighbours are the one detector that sees a session as a
 * whole; the others see one aspect each. A network's opinion of a line weighs half of what its words say, since it may err on a system that it has
 * not seen. Detectors of points over event counts see what the counts' own distances see, later and less surely: 0, which is no vote and no
 * training, until someone gives them a weight (`eval logs` says what they would be worth). Not learned from labels.
 */
export const DEFAULT_WEIGHTS: Readonly<Record<Regime, Readonly<Record<string, number>>>> = {
	baseline: { "rare event": 1, counts: 1, order: 0.5, "isolation forest": 0, density: 0, autoencoder: 0 },
	batch: {
		"rare event": 0.5,
		neighbours: 1,
		"wide neighbours": 1,
		"isolation forest": 0.5,
		order: 0.5,
		words: 0.25,
		density: 0,
		autoencoder: 0,
	},
	lines: { words: 1, "learned failure": 0.5, burst: 0.3, "rare event": 0.15 },
	stream: { "new template": 1, burst: 1, heartbeat: 1, order: 1, duration: 1 },
};

export interface DetectorWeights {
	/** Weight of a detector by its name; 0 silences it. Those not named keep their default. */
	weights?: Readonly<Record<string, number>> | undefined;
	/** Detectors that have no vote. */
	disabled?: readonly string[] | undefined;
}

/** Every detector's name, of every regime. */
export const DETECTOR_NAMES: readonly string[] = [...new Set(Object.values(DEFAULT_WEIGHTS).flatMap((weights) => Object.keys(weights)))];

/** The weights of a regime; detectors without a vote are left out. @throws AppError BAD_INPUT for an unknown name, a negative weight, or where none is left. */
export function weightsOf(regime: Regime, chosen: DetectorWeights = {}): Map<string, number> {
	for (const [name, weight] of [...Object.entries(chosen.weights ?? {}), ...(chosen.disabled ?? []).map((name) => [name, 0] as const)]) {
		const hint = `detectors: ${DETECTOR_NAMES.join(", ")}`;
		if (!DETECTOR_NAMES.includes(name)) throw new AppError("BAD_INPUT", `there is no detector "${name.slice(0, 60)}"`, { hint });
		if (!(weight >= 0 && Number.isFinite(weight)))
			throw new AppError("BAD_INPUT", `the weight of "${name}" is ${weight}`, { hint: "weights are numbers of at least 0" });
	}
	const found = new Map<string, number>();
	for (const [name, weight] of Object.entries({ ...DEFAULT_WEIGHTS[regime] })) {
		const wanted = chosen.disabled?.includes(name) === true ? 0 : (chosen.weights?.[name] ?? weight);
		if (wanted > 0) found.set(name, wanted);
	}
	if (found.size === 0)
		throw new AppError("BAD_INPUT", `no detector is left for the regime "${regime}"`, {
			hint: `leave a vote to one of: ${Object.keys(DEFAULT_WEIGHTS[regime]).join(", ")}`,
		});
	return found;
}
