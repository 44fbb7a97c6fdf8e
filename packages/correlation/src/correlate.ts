import type { Analysis, Anomaly, MetricSeries, RankedCause, Signal } from "@faultline/contracts";
import { weighChanges } from "./changes/weigh-changes.ts";
import type { Call } from "./evidence/call-steps.ts";
import { eventLeads } from "./evidence/event-leads.ts";
import type { Lead } from "./evidence/lead.ts";
import { logLeads } from "./evidence/log-leads.ts";
import { mentionLeads } from "./evidence/mention-leads.ts";
import { metricLeads, type SeriesVerdict } from "./evidence/metric-leads.ts";
import { spanLeads } from "./evidence/span-leads.ts";
import { statusLeads } from "./evidence/status-leads.ts";
import { stepLeads } from "./evidence/step-leads.ts";
import { rankCauses, type ScoredCause, withChange } from "./rank/rank-causes.ts";
import { sameMetricScores } from "./rank/same-metric.ts";
import { createEvidenceBook, type EvidenceBook } from "./report/evidence-book.ts";
import { categoryOf, judgeMechanism, judgeVerdict, weighMechanisms } from "./report/verdict.ts";
import { isFiring, type Situation } from "./situation.ts";
import type { Moment } from "./temporal/moment.ts";

export interface CorrelateInput {
	situation: Situation;
	moment: Moment;
	calls: readonly Call[];
	/** By series id. */
	verdicts: ReadonlyMap<string, SeriesVerdict>;
	notes?: readonly string[];
}

const MAX_ANOMALIES = 16;

/** Ties everything abnormal together, in time and over the graph, into ranked causes and all that the report says of them. */
export function correlate({ situation, moment, calls, verdicts, notes = [] }: CorrelateInput): Analysis {
	const leads = [
		...metricLeads(situation, moment, verdicts),
		...logLeads(situation, moment),
		...mentionLeads(situation, moment),
		...spanLeads(situation, moment),
		...stepLeads(situation, moment, calls),
		...eventLeads(situation, moment),
		...statusLeads(situation),
	].filter((lead) => lead.strength > 0.02);
	const alone = rankCauses(situation, leads, sameMetricScores(situation));
	const { verdict, reason } = judgeVerdict(situation, moment, leads);
	const suspected = weighMechanisms(situation, alone, leads);
	const book = createEvidenceBook();
	const changes = weighChanges({ situation, moment, causes: alone, leads, mechanisms: suspected, cite: (signal) => book.cite(signal) });
	const blamed = verdict === "incident" ? changes.blamed : null;
	const causes = blamed === null ? alone : withChange(alone, changes.servicesOf(blamed), blamed.score);
	const mechanisms = weighMechanisms(situation, causes, leads);
	const mechanism = verdict === "incident" ? judgeMechanism(mechanisms) : "unknown";
	const iso = (ms: number): string => new Date(ms).toISOString();
	const ranked = causes.map((cause) => toCause(cause, book));
	const startedAt = verdict === "incident" ? iso(Math.min(moment.onset, causes[0]?.onset ?? moment.onset)) : null;
	const anomalies = leads
		.toSorted((a, b) => b.strength - a.strength)
		.slice(0, MAX_ANOMALIES)
		.map((lead) => toAnomaly(lead, book));
	const { evidence } = situation;
	return {
		id: evidence.id,
		title: evidence.title,
		window: evidence.window,
		alertTime: moment.alertAt === undefined ? null : iso(moment.alertAt),
		focus: situation.focus ?? null,
		verdict,
		confidence: verdict === "incident" ? ((causes[0]?.score ?? 0) > 0.3 ? "likely" : "inconclusive") : "likely",
		doubts: [reason],
		severity: verdict === "incident" ? "high" : "none",
		category: verdict === "no-incident" ? "healthy" : categoryOf(mechanism, blamed),
		mechanism,
		startedAt,
		causes: ranked,
		change: blamed,
		weighedChanges: changes.weighed,
		anomalies,
		clusters: [],
		firstFailing: causes[0]?.candidate ?? null,
		blastRadius: causes.filter((c) => c.victimOf !== undefined).map((c) => c.candidate),
		impact: "",
		propagations: [],
		timeline: [],
		alerts: situation.alerts
			.filter(({ signal }) => isFiring(signal))
			.slice(0, 20)
			.map(({ signal }) => ({
				alert: signal.alert?.name ?? signal.body,
				time: signal.time,
				evidence: [book.cite(signal)],
				explainedBy: null,
			})),
		ruledOut: [],
		coverage: evidence.coverage,
		evidence: book.entries(),
		notes: [...notes],
	};
}

function toCause(cause: ScoredCause, book: EvidenceBook): RankedCause {
	const top = cause.leads.slice(0, 4);
	return {
		resource: cause.candidate,
		score: Number(cause.score.toFixed(6)),
		signals: cause.score > 0.05 ? citeAll(top.slice(0, 3), book) : [],
		reason:
			cause.score > 0.05
				? top
						.map((l) => l.text)
						.slice(0, 2)
						.join("; ")
				: "",
		kind: "service",
		because: top.map((l) => l.text),
		victimOf: cause.victimOf ?? null,
		onset: cause.onset === undefined ? null : new Date(cause.onset).toISOString(),
	};
}

function citeAll(leads: readonly Lead[], book: EvidenceBook): string[] {
	return [
		...new Set(
			leads.flatMap((l) => l.cites.slice(0, 2).map((c: Signal | MetricSeries) => book.cite(c, "times" in c ? l.text : undefined, l.votes))),
		),
	];
}

function toAnomaly(lead: Lead, book: EvidenceBook): Anomaly {
	const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
	return {
		resource: lead.resource,
		...(lead.candidate === lead.resource ? {} : { service: lead.candidate }),
		kind: lead.kind,
		subject: lead.subject,
		direction: lead.direction,
		strength: Number(lead.strength.toFixed(3)),
		onset: iso(lead.onset),
		recovered: iso(lead.recovered),
		text: lead.text,
		votes: lead.votes,
		evidence: citeAll([lead], book),
	};
}
