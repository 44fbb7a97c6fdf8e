import type { Analysis, WeighedChange } from "@faultline/contracts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import { isFiring, type Situation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";
import type { EvidenceBook } from "./evidence-book.ts";

type Entry = Analysis["timeline"][number];

const MAX_ENTRIES = 16;
const PER_CAUSE = 2;

/** What happened when: changes near the onset, the first signs at each resource, alerts, recoveries. In order of time, bounded. */
export function timelineOf(
	situation: Situation,
	moment: Moment,
	causes: readonly ScoredCause[],
	weighed: readonly WeighedChange[],
	book: EvidenceBook,
): Entry[] {
	const iso = (ms: number): string => new Date(ms).toISOString();
	const entries: (Entry & { rank: number })[] = [];
	for (const change of weighed.slice(0, 4)) {
		if (change.time === undefined || Date.parse(change.time) > moment.until) continue;
		entries.push({
			time: change.time,
			resource: change.service ?? "-",
			text: `${change.type}: ${change.title.slice(0, 100)}`,
			evidence: change.evidence,
			rank: change.verdict === "blamed" ? 0 : 3,
		});
	}
	for (const cause of causes.slice(0, 8)) {
		const dated = cause.leads.filter((l) => l.onset !== undefined && l.strength > 0.2 && l.kind !== "alert").slice(0, PER_CAUSE);
		for (const [n, lead] of dated.entries()) {
			const cited = lead.cites[0];
			if (cited === undefined) continue;
			const evidence = [book.cite(cited, "times" in cited ? lead.text : undefined, lead.votes, lead.onset)];
			entries.push({ time: iso(lead.onset as number), resource: cause.candidate, text: lead.text.slice(0, 160), evidence, rank: 1 + n });
			if (lead.recovered !== undefined)
				entries.push({ time: iso(lead.recovered), resource: cause.candidate, text: `${lead.subject} is back to usual`, evidence, rank: 4 });
		}
	}
	const told = new Set<string>();
	for (const { signal, at } of situation.alerts) {
		if (!isFiring(signal) || told.has(`${signal.body}${signal.resource}`) || told.size >= 4) continue;
		told.add(`${signal.body}${signal.resource}`);
		entries.push({
			time: iso(at),
			resource: signal.resource,
			text: `alert: ${(signal.alert?.name ?? signal.body).slice(0, 100)}`,
			evidence: [book.cite(signal)],
			rank: 2,
		});
	}
	return entries
		.sort((a, b) => a.rank - b.rank)
		.slice(0, MAX_ENTRIES)
		.sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
		.map(({ rank: _, ...entry }) => entry);
}
