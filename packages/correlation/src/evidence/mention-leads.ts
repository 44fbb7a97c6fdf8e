import { mechanismsOfText } from "../mechanism/text-lexicon.ts";
import type { Situation } from "../situation.ts";
import { type Moment, phaseOf } from "../temporal/moment.ts";
import { type Lead, strengthOf } from "./lead.ts";
import { mentions } from "./log-leads.ts";
import { beyondChance } from "./small-counts.ts";

/** Subject of a lead that rests on what others say. */
export const HEARSAY = "named in the errors of its callers";

/** What complaints are worth of one that has its say too, and of one that is known by what others say alone. */
const HEARD = 0.5;
const UNHEARD = 0.8;

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
			const known = entry ?? { count: 0, before: 0, by: new Set<string>(), first: log };
			found.set(named, known);
			if (phase === "before") {
				known.before += log.signal.count;
				continue;
			}
			if (known.count === 0) known.first = log;
			known.count += log.signal.count;
			known.by.add(log.candidate);
		}
	}
	const share = (moment.until - moment.onset) / Math.max(1, moment.onset - moment.from);
	const lasting = [...found].filter(([, { count }]) => count > 0);
	return lasting.map(([candidate, { count, before, by, first }]) => ({
		candidate,
		resource: candidate,
		kind: "template" as const,
		role: "intrinsic" as const,
		mechanisms: mechanismsOfText(first.signal.body),
		subject: HEARSAY,
		direction: "new" as const,
		strength:
			(situation.graph.isExternal(candidate) ? UNHEARD : HEARD) *
			strengthOf(2 + Math.sqrt(count), 2) *
			(1 + Math.min(1, by.size - 1) * 0.3) *
			(before === 0 ? 1 : beyondChance(count, before * share)),
		onset: first.at,
		recovered: undefined,
		text: `${[...by].slice(0, 3).join(", ")} report: "${situation.templates.headline(first.signal.body)}" (${count === 1 ? "once" : `${count} times`})`,
		votes: ["named by others"],
		cites: [first.signal],
		loud: false,
	}));
}
