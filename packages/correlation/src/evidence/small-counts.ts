/** Standard deviations of a Poisson count at which a rise is beyond doubt, and counts in full. */
const CERTAIN = 4;

/**
 * How surely a count is more than a usual one, in [0, 1]: Anscombe's transform makes Poisson counts normal with variance one,
 *
 *   z = 2 (sqrt(n + 3/8) - sqrt(u + 3/8)),   min(1, z / 4)
 *
 * so that one where there was none says little, and ten where there was one nearly all.
 */
export function beyondChance(count: number, usual: number): number {
	const z = 2 * (Math.sqrt(Math.max(0, count) + 0.375) - Math.sqrt(Math.max(0, usual) + 0.375));
	return Math.max(0, Math.min(1, z / CERTAIN));
}

/** What so many sightings of a thing that was never seen before are worth, in [0, 1): a third for one, half for two. */
export function sightings(count: number): number {
	return (count + 0.25) / (count + 2.5);
}
