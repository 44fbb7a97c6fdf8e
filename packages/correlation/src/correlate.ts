import type { Analysis } from "@faultline/contracts";
import { weighChanges } from "./changes/weigh-changes.ts";
import type { Call } from "./evidence/call-steps.ts";
import { eventLeads } from "./evidence/event-leads.ts";
import type { Lead } from "./evidence/lead.ts";
import { logLeads, type StreamFinding, type TemplateNovelty } from "./evidence/log-leads.ts";
import { mentionLeads } from "./evidence/mention-leads.ts";
import { metricLeads, type ResourceOutlier, type SeriesVerdict } from "./evidence/metric-leads.ts";
import { pathLeads } from "./evidence/path-leads.ts";
import { spanLeads } from "./evidence/span-leads.ts";
import { statusLeads } from "./evidence/status-leads.ts";
import type { Method } from "./methods.ts";
import { causeSet } from "./rank/cause-set.ts";
import { inOrder } from "./rank/in-order.ts";
import { rankCauses, type ScoredCause, withChange } from "./rank/rank-causes.ts";
import { sameMetricScores } from "./rank/same-metric.ts";
import { type CalibrationFigures, confidenceFigures, temperConfidence, temperVerdict, verdictFigures } from "./report/calibration.ts";
import { citeLeads, toAnomaly, toCause } from "./report/cited.ts";
import { clustersOf } from "./report/clusters.ts";
import { judgeConfidence } from "./report/confidence.ts";
import { drawGraph } from "./report/drawing.ts";
import { createEvidenceBook, type EvidenceBook } from "./report/evidence-book.ts";
import { explainAlerts } from "./report/explained-alerts.ts";
import { missingEvidence } from "./report/missing-evidence.ts";
import { firstToFail, propagate } from "./report/propagation.ts";
import { ruledOut } from "./report/ruled-out.ts";
import { judgeSeverity } from "./report/severity.ts";
import { timelineOf } from "./report/timeline.ts";
import { categoryOf, judgeMechanism, judgeVerdict, weighMechanisms } from "./report/verdict.ts";
import type { Situation } from "./situation.ts";
import { beganAt, type Moment } from "./temporal/moment.ts";

export interface CorrelateInput {
	situation: Situation;
	moment: Moment;
	/** What each service did per call; from `callsOf`. */
	calls: readonly Call[];
	/** What the detectors said of each series, by its id. */
	verdicts: ReadonlyMap<string, SeriesVerdict>;
	/** How new each template is to the baseline, by its id; one that is missing is taken as new. */
	novelty?: ReadonlyMap<string, TemplateNovelty>;
	/** What the detectors of each service's log stream said, by `streamKey`. */
	streams?: ReadonlyMap<string, StreamFinding>;
	/** What the detector of whole resources said, by the resource's own name. */
	outliers?: ReadonlyMap<string, ResourceOutlier>;
	/** Methods to do without. */
	without?: ReadonlySet<Method>;
	/** Things that the reader should know, of the stages before. */
	notes?: readonly string[];
	/** The first candidates in the order that was learned from confirmed incidents; the others follow as they are ranked. */
	order?: readonly string[];
	/** Told the figures that verdict and confidence are calibrated by, with the first cause: for those who fit the calibration. */
	onFigures?: ((figures: CalibrationFigures, first: string | undefined) => void) | undefined;
}

const MAX_ANOMALIES = 14;
/** Leads fainter than this are nothing. */
const FAINT = 0.02;

/** Ties everything abnormal together, in time and over the graph, into ranked causes and all that the report says of them. */
export function correlate(input: CorrelateInput): Analysis {
	const { situation, moment } = input;
	const leads = findLeads(input);
	const book = createEvidenceBook();
	const alone = rank(input, leads);
	const changes = weighChanges({
		situation,
		moment,
		causes: alone,
		leads,
		mechanisms: weighMechanisms(situation, alone, leads),
		cite: (signal) => book.cite(signal),
	});
	const weighing = !input.without?.has("weighing of changes");
	const verdict = verdictFigures({ situation, moment, leads, blamed: weighing ? changes.blamed : null });
	const untempered = judgeVerdict(situation, moment, leads);
	const judged = temperVerdict(untempered, verdict);
	const incident = judged.verdict === "incident";
	const blamed = incident && !input.without?.has("weighing of changes") ? changes.blamed : null;
	const untrained = blamed === null ? alone : withChange(alone, changes.servicesOf(blamed));
	const causes = input.order === undefined ? untrained : inOrder(untrained, input.order);
	const figures = { judged: untempered, verdict, confidence: confidenceFigures({ situation, moment, causes, blamed }) };
	input.onFigures?.(figures, causes[0]?.candidate);
	const mechanism = incident ? judgeMechanism(weighMechanisms(situation, causes, leads)) : "unknown";
	const spread = incident ? propagate(situation, causes) : { steps: [], blastRadius: [] };
	const sure = incident
		? temperConfidence(judgeConfidence(situation, moment, causes, blamed), figures.confidence)
		: quiet(judged.reason, situation);
	const { confidence } = sure;
	const lacking = incident && confidence === "inconclusive" ? missingEvidence(situation, moment, causes) : [];
	const doubts = [...sure.doubts, ...lacking.map((what) => `missing: ${what}`)];
	const began = Math.max(situation.from, beganAt(moment, causes[0]));
	const dated = <T extends { onset: number | undefined }>(one: T): T => (one.onset === moment.onset ? { ...one, onset: began } : one);
	const { evidence } = situation;
	const analysis: Analysis = {
		id: evidence.id,
		title: evidence.title,
		window: evidence.window,
		alertTime: moment.alertAt === undefined ? null : new Date(moment.alertAt).toISOString(),
		focus: situation.focus ?? null,
		verdict: judged.verdict,
		confidence,
		doubts,
		severity: incident ? judgeSeverity(situation, leads, spread.blastRadius) : "none",
		category: incident
			? categoryOf(
					mechanism,
					blamed,
					changes.settingsOnly,
					`${situation.graph.kindOf(causes[0]?.candidate ?? "")} ${causes[0]?.candidate ?? ""}`,
				)
			: "healthy",
		mechanism,
		startedAt: incident ? new Date(began).toISOString() : null,
		causes: causes.map((cause, rank) => toCause(dated(cause), rank, situation.graph, book)),
		causeSet: incident ? causeSet(situation, causes) : [],
		change: blamed,
		weighedChanges: changes.weighed,
		anomalies: leads
			.toSorted((a, b) => b.strength - a.strength)
			.slice(0, MAX_ANOMALIES)
			.map((lead) => toAnomaly(dated(lead), book)),
		clusters: clustersOf(leads, book),
		firstFailing: incident ? firstToFail(causes, spread.blastRadius) : null,
		blastRadius: spread.blastRadius,
		impact: "",
		propagations: spread.steps.map((step) => ({ ...step, evidence: evidenceOf(step.to, causes, book) })),
		timeline: incident
			? timelineOf(
					situation,
					moment,
					causes.map((cause) => ({ ...cause, leads: cause.leads.map(dated) })),
					changes.weighed,
					book,
				)
			: [],
		alerts: explainAlerts(situation, incident ? causes[0]?.candidate : undefined, spread.blastRadius, book),
		ruledOut: incident ? ruledOut(situation, causes, leads, changes.weighed, book) : [],
		graph: drawGraph(situation, moment, causes, spread, incident, untrained),
		coverage: evidence.coverage,
		evidence: {},
		notes: [
			...(input.notes ?? []),
			...unknownFocus(situation),
			...(incident ? [`Onset: ${moment.how}.`, ...doubts.map((d) => `Doubt: ${d}.`)] : []),
		],
	};
	return { ...analysis, evidence: book.keepOnly(citedIn(analysis)) };
}

/** Every candidate by all evidence but the content of changes, the likeliest cause first. */
export function rankCandidates(input: CorrelateInput): ScoredCause[] {
	return rank(input, findLeads(input));
}

function rank({ situation, without }: CorrelateInput, leads: readonly Lead[]): ScoredCause[] {
	return rankCauses(situation, leads, without?.has("following the alert's metric") ? [] : sameMetricScores(situation));
}

function findLeads({ situation, moment, calls, verdicts, novelty, streams, outliers, without = new Set() }: CorrelateInput): Lead[] {
	const by = (method: Method, find: () => Lead[]): Lead[] => (without.has(method) ? [] : find());
	const of = <T>(method: Method, said: T): T | undefined => (without.has(method) ? undefined : said);
	return [
		...by("metric deviations", () => metricLeads(situation, moment, verdicts, without.has("isolation forest") ? undefined : outliers)),
		...by("log templates", () => logLeads(situation, moment, of("template novelty", novelty), of("log streams", streams))),
		...by("mentions", () => mentionLeads(situation, moment)),
		...by("span times and errors", () => spanLeads(situation, moment)),
		...by("call paths", () => pathLeads(situation, moment, calls)),
		...by("events and alerts", () => eventLeads(situation, moment)),
		...by("object status", () => statusLeads(situation)),
	].filter((lead) => lead.strength > FAINT);
}

/** Asked about a name that nothing bears, a report about everything must not pass for one about it. */
function unknownFocus({ evidence, focus, graph }: Situation): string[] {
	if (evidence.focus === undefined || evidence.focus === "" || focus === undefined || graph.nodes.has(focus)) return [];
	return [`Nothing in this window bears the name "${evidence.focus.slice(0, 80)}": the report is about all that was seen.`];
}

/** That nothing is wrong is as sure as what was seen is complete. */
function quiet(reason: string, { evidence }: Situation): { confidence: Analysis["confidence"]; doubts: string[] } {
	const blind = evidence.signals.length === 0 && evidence.series.length === 0;
	const failed = evidence.coverage.filter((c) => c.status === "failed").map((c) => c.source);
	if (blind) return { confidence: "inconclusive", doubts: ["there is no evidence to judge by"] };
	if (failed.length > 0) return { confidence: "inconclusive", doubts: [reason, `${failed.join(", ")} could not be read`] };
	return { confidence: "likely", doubts: [reason] };
}

function evidenceOf(candidate: string, causes: readonly ScoredCause[], book: EvidenceBook): string[] {
	const lead = causes.find((c) => c.candidate === candidate)?.leads.find((l) => l.role !== "load");
	return lead === undefined ? [] : citeLeads([lead], book).slice(0, 1);
}

/** The ids that any part of the analysis cites. */
function citedIn(a: Analysis): Set<string> {
	return new Set([
		...a.causes.flatMap((c) => c.signals),
		...a.anomalies.flatMap((x) => x.evidence),
		...a.weighedChanges.flatMap((c) => c.evidence),
		...[...a.clusters, ...a.timeline, ...a.alerts, ...a.ruledOut, ...a.propagations].flatMap((x) => x.evidence),
	]);
}
