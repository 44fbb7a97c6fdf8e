import { AppError, type Encoder, toAppError } from "@faultline/contracts";
import { type Clock, learnClocks } from "./clocks.ts";
import { applyRule, type Group, startGroups, toleranceOf } from "./grouping.ts";
import { learnLinks } from "./links.ts";
import { RULES } from "./rules.ts";
import type { Sighting } from "./sighting.ts";

export interface Matching {
	/** Every sighting is in exactly one; by the reference clock. */
	groups: Group[];
	clocks: ReadonlyMap<string, Clock>;
}

/**
 * Which records of different stores show the same event. The surest rules first, each in order of time, one record of a store to one of another; in the end,
 * with an encoder, those that tell it in other words. The answer does not depend on the order of the records. Cost O(n log n).
 *
 * @throws AppError CANCELLED where the encoder was stopped; without one that works, texts are compared by their words alone.
 */
export async function matchSightings(sightings: readonly Sighting[], encoder?: Encoder): Promise<Matching> {
	const clocks = learnClocks(sightings);
	const tolerance = toleranceOf(clocks);
	let groups = startGroups(sightings, clocks);
	for (const rule of RULES) groups = applyRule(groups, rule, tolerance);
	for (const rule of await linksOf(groups, encoder, tolerance)) groups = applyRule(groups, rule, tolerance);
	return { groups, clocks };
}

async function linksOf(
	groups: readonly Group[],
	encoder: Encoder | undefined,
	tolerance: (group: Group) => number,
): ReturnType<typeof learnLinks> {
	try {
		return await learnLinks(groups, encoder, tolerance);
	} catch (thrown) {
		const error = toAppError(thrown);
		if (encoder === undefined || error.code === "CANCELLED") throw error instanceof AppError ? error : thrown;
		return await learnLinks(groups, undefined, tolerance);
	}
}
