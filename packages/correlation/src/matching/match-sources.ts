import type { Encoder, EvidenceSet, Signal } from "@faultline/contracts";
import { createCandidates } from "../graph/resource-graph.ts";
import type { TemplateView } from "../situation.ts";
import { clockNotes } from "./clocks.ts";
import { foldMatches } from "./fold-matches.ts";
import { matchSightings } from "./match-sightings.ts";
import { sightingsOf } from "./sighting.ts";

/** The evidence with each event once, whichever sources saw it, and sentences about the sources' clocks. What one source alone tells is left as it is. */
export async function matchSources(
	evidence: EvidenceSet,
	templates: TemplateView,
	encoder?: Encoder,
): Promise<{ evidence: EvidenceSet; notes: string[] }> {
	const { signals } = evidence;
	if (signals.every(({ source }) => source === signals[0]?.source)) return { evidence, notes: [] };
	const sightings = sightingsOf(signals, templates, createCandidates(evidence));
	if (sightings.every(({ store }) => store === sightings[0]?.store)) return { evidence, notes: [] };
	const matching = await matchSightings(sightings, encoder);
	const matched = new Set(sightings.map(({ signal }) => signal));
	const others = signals.filter((signal) => !matched.has(signal));
	const merged = [...others, ...foldMatches(matching)];
	return { evidence: { ...evidence, signals: sorted(merged) }, notes: clockNotes(matching.clocks) };
}

function sorted(signals: readonly Signal[]): Signal[] {
	const timed = signals.map((signal) => ({ signal, at: Date.parse(signal.time) || 0 }));
	return timed
		.sort((a, b) => a.at - b.at || (a.signal.id < b.signal.id ? -1 : a.signal.id > b.signal.id ? 1 : 0))
		.map(({ signal }) => signal);
}
