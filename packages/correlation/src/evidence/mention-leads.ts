import { mechanismsOfText } from "../mechanism/text-lexicon.ts";
import type { Situation } from "../situation.ts";
import { type Moment, phaseOf } from "../temporal/moment.ts";
import { type Lead, strengthOf } from "./lead.ts";
import { mentions } from "./log-leads.ts";

/** Subject of a lead that rests on what others say. */
export const HEARSAY = "named in the errors of its callers";

/** Complaints of others: error logs after the onset that name a candidate as what failed them. */
export function mentionLeads(situation: Situation, moment: Moment): Lead[] {
	const found = new Map<string, { count: number; before: number; by: Set<string>; first: (typeof situation.logs)[number] }>();
	for (const log of situation.logs) {
		const phase = phaseOf(moment, log.at);
		if (log.signal.severity < 13 || phase === "neither") continue;
		for (const named of mentions(log.signal.body, log.candidate, situation.graph.nodes)) {
			// A server that names its client complains of nothing.
			if (situation.graph.callees(named).has(log.candidate)) continue;
			const entry = found.get(named);
			if (phase === "before") {
				if (entry !== undefined) entry.before += log.signal.count;
				continue;
			}
			if (entry === undefined) found.set(named, { count: log.signal.count, before: 0, by: new Set([log.candidate]), first: log });
			else {
				entry.count += log.signal.count;
				entry.by.add(log.candidate);
			}
		}
	}
	return [...found].map(([candidate, { count, by, first }]) => ({
		candidate,
		resource: candidate,
		kind: "template" as const,
		role: "intrinsic" as const,
		mechanisms: mechanismsOfText(first.signal.body),
		subject: HEARSAY,
		direction: "new" as const,
		strength: 0.5 * strengthOf(2 + Math.sqrt(count), 2) * (1 + Math.min(1, by.size - 1) * 0.3),
		onset: first.at,
		recovered: undefined,
		text: `${[...by].slice(0, 3).join(", ")} report: "${situation.templates.headline(first.signal.body)}" (${count === 1 ? "once" : `${count} times`})`,
		votes: ["named by others"],
		cites: [first.signal],
		loud: false,
	}));
}
