import type { Anomaly, RankedCause } from "@faultline/contracts";
import { type Lead, told } from "../evidence/lead.ts";
import type { ResourceGraph } from "../graph/resource-graph.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import type { EvidenceBook } from "./evidence-book.ts";

/** Causes of which the report says why; the others are only named. */
const EXPLAINED = 8;
/** A score below this is nothing to explain. */
const NOTHING = 0.05;

export function toCause(cause: ScoredCause, rank: number, graph: ResourceGraph, book: EvidenceBook): RankedCause {
	const said = rank < EXPLAINED && cause.score > NOTHING ? onePerKind(cause.leads).slice(0, 4) : [];
	return {
		resource: cause.candidate,
		// Into [0, 1) without making equals of two strong causes.
		score: Number((1 - Math.exp(-cause.score)).toFixed(6)),
		signals: citeLeads(said.slice(0, 3), book),
		reason: said.slice(0, 2).map(told).join("; "),
		kind: graph.kindOf(cause.candidate),
		because: said.map(told),
		victimOf: cause.victimOf ?? null,
		onset: iso(cause.onset),
	};
}

/** Kinds that count calls: sound evidence, but what a log or a status says in words is read first. */
const COUNTED: ReadonlySet<Anomaly["kind"]> = new Set(["call-volume", "self-time"]);

/** The strongest lead of each kind, those that speak in words first. */
function onePerKind(leads: readonly Lead[]): Lead[] {
	const seen = new Set<string>();
	const best = leads.filter((lead) => lead.role !== "load" && !seen.has(lead.kind) && seen.add(lead.kind));
	return best.toSorted((a, b) => Number(COUNTED.has(a.kind)) - Number(COUNTED.has(b.kind)));
}

/** The ids of what leads rest on: two records each. */
export function citeLeads(leads: readonly Lead[], book: EvidenceBook): string[] {
	return [
		...new Set(
			leads.flatMap((l) => l.cites.slice(0, 2).map((c) => book.cite(c, "times" in c || l.kind === "status" ? l.text : undefined, l.votes))),
		),
	];
}

export function toAnomaly(lead: Lead, book: EvidenceBook): Anomaly {
	return {
		resource: lead.resource,
		...(lead.candidate === lead.resource ? {} : { service: lead.candidate }),
		kind: lead.kind,
		subject: lead.subject.slice(0, 160),
		direction: lead.direction,
		strength: Number(lead.strength.toFixed(3)),
		onset: iso(lead.onset),
		recovered: iso(lead.recovered),
		text: told(lead),
		votes: lead.votes,
		evidence: citeLeads([lead], book),
	};
}

function iso(ms: number | undefined): string | null {
	return ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString();
}
