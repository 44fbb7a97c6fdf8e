import { type Encoder, type EvidenceSet, type Signal, toAppError } from "@faultline/contracts";
import { createCandidates } from "../graph/resource-graph.ts";
import type { TemplateView } from "../situation.ts";
import { clockNotes } from "./clocks.ts";
import { foldMatches } from "./fold-matches.ts";
import { compare } from "./grouping.ts";
import { matchSightings } from "./match-sightings.ts";
import { relateEvents } from "./related-events.ts";
import { sightingsOf } from "./sighting.ts";

/** The evidence with each event once, whichever sources saw it, and sentences about the sources' clocks. What one source alone tells is left as it is. */
export async function matchSources(
	evidence: EvidenceSet,
	templates: TemplateView,
	encoder?: Encoder,
): Promise<{ evidence: EvidenceSet; notes: string[] }> {
	const { signals } = evidence;
	if (signals.every(({ source }) => source === signals[0]?.source)) return { evidence, notes: [] };
	const nameOf = createCandidates(evidence);
	const sightings = sightingsOf(signals, templates, nameOf);
	if (sightings.every(({ store }) => store === sightings[0]?.store)) return { evidence, notes: [] };
	const matching = await matchSightings(sightings, encoder);
	const matched = new Set(sightings.map(({ signal }) => signal));
	const others = signals.filter((signal) => !matched.has(signal));
	const merged = sorted([...others, ...foldMatches(matching)]);
	return {
		evidence: { ...evidence, signals: await related(merged, nameOf, matching.clocks, encoder) },
		notes: clockNotes(matching.clocks),
	};
}

async function related(...[signals, nameOf, clocks, encoder]: Parameters<typeof relateEvents>): Promise<Signal[]> {
	try {
		return await relateEvents(signals, nameOf, clocks, encoder);
	} catch (thrown) {
		if (encoder === undefined || toAppError(thrown).code === "CANCELLED") throw thrown;
		return await relateEvents(signals, nameOf, clocks, undefined);
	}
}

/** In order of time, to the last digit that a source gives. */
function sorted(signals: readonly Signal[]): Signal[] {
	const timed = signals.map((signal) => ({ signal, at: Date.parse(signal.time) || 0 }));
	return timed
		.sort((a, b) => a.at - b.at || compare(a.signal.time, b.signal.time) || compare(a.signal.id, b.signal.id))
		.map(({ signal }) => signal);
}
