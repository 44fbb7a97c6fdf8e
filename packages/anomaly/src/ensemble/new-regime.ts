/** Share of a batch that cannot all be anomalous, if most of what runs is healthy; and the sessions that are enough to say so. */
export const LEAST_REGIME_SHARE = 0.05;
const LEAST_SESSIONS = 50;

export interface Regime {
	/** Sessions that differ from the baseline in this way, of all that were judged. */
	sessions: number;
	of: number;
	difference: string;
}

/**
 * Ways of differing from the baseline that are too common among what is judged to be anomalies: the system changed, or what was recorded did.
 * Not where the difference itself speaks of a failure: a whole system that fails is no new regime.
 */
export function newRegimes(judged: readonly { anomalous: boolean; difference: string; failing: boolean }[]): Map<string, Regime> {
	const alike = Map.groupBy(
		judged.filter(({ anomalous, failing, difference }) => anomalous && !failing && difference !== ""),
		({ difference }) => difference,
	);
	const found = new Map<string, Regime>();
	for (const [difference, { length }] of alike)
		if (length >= LEAST_SESSIONS && length >= LEAST_REGIME_SHARE * judged.length)
			found.set(difference, { sessions: length, of: judged.length, difference });
	return found;
}
