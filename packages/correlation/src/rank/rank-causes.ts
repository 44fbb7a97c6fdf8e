import type { Anomaly } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { together } from "../evidence/lead.ts";
import { HEARSAY } from "../evidence/mention-leads.ts";
import { meaningOfMetric } from "../mechanism/metric-lexicon.ts";
import type { Situation } from "../situation.ts";
import { sharedBy, surgeOrigins } from "./from-graph.ts";
import { leadOf } from "./lead-lag.ts";
import type { SameMetricScore } from "./same-metric.ts";
import { type Evidence, sortOf, WEIGHTS, type Weights } from "./weights.ts";

export interface ScoredCause {
	candidate: string;
	/** In [0, 1]. */
	score: number;
	/** How abnormal it is, whoever's fault that is. In [0, 1]. */
	abnormal: number;
	/** Strongest first. */
	leads: Lead[];
	/** Nats of evidence of each sort, before they are weighed. */
	evidence: ReadonlyMap<Evidence, number>;
	victimOf: string | undefined;
	same: SameMetricScore | undefined;
	/** Where the alert's own metric decides, how far that speaks for this one, in [0, 0.9]; undefined where it cannot be followed. */
	followed: number | undefined;
	onset: number | undefined;
}

/** How much of an intrinsic-looking change is put down to an abnormal callee of the same kind. */
const ECHO = 0.5;
/** The same where the callee fails in the way that the caller complains of. */
const SAME_ECHO = 0.85;

/** Milliseconds that clocks and grids may put an effect before its cause. */
const ORDER_MS = 60_000;
const LATER = 0.3;
/** How much of a candidate's trouble is put down to what its surging callers ask of it. */
const ASKED = 0.6;

/** Kinds that travel up the calls: a caller skips its own steps when its callee fails. */
const ECHOING: ReadonlySet<Anomaly["kind"]> = new Set(["call-volume", "self-time", "span-errors", "template", "error"]);

/**
 * Every candidate, the likeliest cause first.
 *
 *   s(c) = 1 - exp(-sum over sorts of evidence k of w_k x_k(c)),   x_k = -ln(1 - s_k)
 *
 * s_k: the strength of all evidence of one sort, in [0, 1); with w = 1 the sorts combine as independent, 1 - prod(1 - s_k). A symptom's strength is
 * multiplied by 1 - max { A(x) : x a callee of c }, A: all abnormal evidence of x: an abnormal callee explains it. An intrinsic fault is not
 * explained so, but for the kinds that echo in callers. Linear in w, which is what makes w learnable by a logit.
 */
export function rankCauses(
	situation: Situation,
	leads: readonly Lead[],
	same: readonly SameMetricScore[],
	weights: Weights = WEIGHTS,
): ScoredCause[] {
	const byCandidate = Map.groupBy(hearsay(leads, situation), (lead) => lead.candidate);
	const abnormal = new Map<string, number>();
	for (const [candidate, own] of byCandidate) abnormal.set(candidate, together(perKind(own.filter((l) => l.role !== "load"))));
	const onsets = new Map([...byCandidate].map(([candidate, own]) => [candidate, earliest(own)]));
	const surged = surge(situation, byCandidate);
	const shared = sharedBy(situation, abnormal);
	const reporting = new Set(situation.series.filter((v) => meaningOfMetric(v.series.metric).kind === "load").map((v) => v.candidate));
	const origins = surgeOrigins(situation, byCandidate, reporting.size);
	const sameOf = new Map(same.map((s) => [s.candidate, s]));
	const candidates = new Set([...situation.graph.nodes, ...byCandidate.keys()]);
	const scored = [...candidates].map((candidate): ScoredCause => {
		const own = (byCandidate.get(candidate) ?? []).toSorted((a, b) => b.strength - a.strength);
		const explainer = strongestCallee(situation, candidate, abnormal, onsets, byCandidate);
		const evidence = evidenceOf(
			own,
			explainer?.strength ?? 0,
			(lead) => echoOf(situation, candidate, lead, byCandidate),
			1 - ASKED * (surged.get(candidate) ?? 0),
		);
		const failing = ownFailures(own, explainer?.strength ?? 0, situation, candidate);
		if (failing > 0) evidence.set("failing", (evidence.get("failing") ?? 0) + nats(failing));
		evidence.set("shared", nats(shared.get(candidate) ?? 0));
		evidence.set("surge", nats(origins.get(candidate) ?? 0));
		return {
			candidate,
			score: 0,
			evidence,
			abnormal: abnormal.get(candidate) ?? 0,
			leads: own,
			victimOf: explainer !== undefined && explainer.strength > 0.2 && own.length > 0 ? explainer.callee : undefined,
			same: sameOf.get(candidate),
			followed: undefined,
			onset: earliest(own),
		};
	});
	return finish(scored, same, situation, weights);
}

/** What others say of a candidate counts in full where it does not speak itself, and by how abnormal it is where it does. */
function hearsay(leads: readonly Lead[], situation: Situation): Lead[] {
	const speaks = new Set([...situation.logs, ...situation.spans].map((x) => x.candidate));
	const own = new Map<string, number>();
	for (const l of leads) if (l.subject !== HEARSAY) own.set(l.candidate, Math.max(own.get(l.candidate) ?? 0, l.strength));
	return leads.map((l) =>
		l.subject === HEARSAY && speaks.has(l.candidate) ? { ...l, strength: l.strength * (0.3 + 0.7 * (own.get(l.candidate) ?? 0)) } : l,
	);
}

function evidenceOf(own: readonly Lead[], explained: number, echo: (lead: Lead) => number, unasked: number): Map<Evidence, number> {
	const left = own.map((l) => (l.role === "intrinsic" ? { ...l, strength: l.strength * (1 - echo(l)) } : l));
	const evidence = new Map<Evidence, number>();
	for (const [sort, of] of Map.groupBy(left, sortOf)) {
		const strength = together(perKind(of)) * (sort === "symptom" ? 1 - explained : 1);
		evidence.set(sort, nats(strength) * unasked);
	}
	return evidence;
}

/** What errors that nothing below explains are worth. */
const OWN_FAILURES = 0.6;
/** Share of failing requests that counts half. */
const HALF_FAILING = 0.1;

/**
 * How strongly a resource's own answers fail while nothing that it calls is amiss: that no callee explains it makes a symptom a fault of its own. Only
 * where something is known of who calls whom, since what calls nothing that is known is explained by nothing. In [0, 1).
 */
function ownFailures(own: readonly Lead[], explained: number, { graph }: Situation, candidate: string): number {
	if (graph.callees(candidate).size === 0 && graph.callers(candidate).size === 0) return 0;
	const felt = Math.max(0, ...own.map(({ share = 0, strength }) => (strength * share) / (share + HALF_FAILING)));
	return OWN_FAILURES * felt * (1 - explained) ** 2;
}

/** No evidence is certain. */
const MOST = 0.99;

const nats = (strength: number): number => -Math.log(1 - Math.min(MOST, strength));

/** All evidence of a candidate by its weights, in [0, 1). */
export function weighed(evidence: ReadonlyMap<Evidence, number>, weights: Weights): number {
	let sum = 0;
	for (const [sort, x] of evidence) sum += weights[sort] * x;
	return 1 - Math.exp(-sum);
}

const kindsOf = (leads: readonly Lead[]): Anomaly["kind"][] => [...new Set(leads.map((l) => l.kind))];

/** The strongest lead of each kind, and a tenth for each further one. */
function perKind(leads: readonly Lead[]): number[] {
	return kindsOf(leads).map((kind) => {
		const sorted = leads
			.filter((l) => l.kind === kind)
			.map((l) => l.strength)
			.sort((a, b) => b - a);
		return Math.min(0.97, (sorted[0] ?? 0) + (1 - (sorted[0] ?? 0)) * 0.1 * sorted.slice(1, 4).reduce((x, y) => x + y, 0));
	});
}

function strongestCallee(
	situation: Situation,
	candidate: string,
	abnormal: ReadonlyMap<string, number>,
	onsets: ReadonlyMap<string, number | undefined>,
	byCandidate: ReadonlyMap<string, readonly Lead[]>,
): { callee: string; strength: number } | undefined {
	let best: { callee: string; strength: number } | undefined;
	const mine = onsets.get(candidate);
	for (const callee of situation.graph.callees(candidate)) {
		const theirs = onsets.get(callee);
		// What began later explains little.
		const later = mine !== undefined && theirs !== undefined && theirs > mine + ORDER_MS;
		const order = later || leadOf(byCandidate.get(candidate) ?? [], byCandidate.get(callee) ?? []) > 0 ? LATER : 1;
		const strength = order * (abnormal.get(callee) ?? 0);
		if (strength > (best?.strength ?? 0)) best = { callee, strength };
	}
	return best;
}

/**
 * How much of an intrinsic-looking lead is the echo of something below: of the same kinds that travel up the calls, or of a callee that fails in
 * the very way that this one speaks of.
 */
function echoOf(situation: Situation, candidate: string, lead: Lead, byCandidate: ReadonlyMap<string, readonly Lead[]>): number {
	const travels = ECHOING.has(lead.kind);
	if (!travels && lead.kind !== "event" && lead.kind !== "status") return 0;
	const direct = situation.graph.callees(candidate);
	const [told] = [...lead.mechanisms].sort((a, b) => b[1] - a[1]);
	let most = 0;
	for (const callee of situation.graph.dependencies(candidate)) {
		for (const other of byCandidate.get(callee) ?? []) {
			if (other.role !== "intrinsic" || other.subject === HEARSAY) continue;
			if (travels && ECHOING.has(other.kind)) most = Math.max(most, ECHO * other.strength);
			const same = told !== undefined && told[1] >= 0.7 && (other.mechanisms.get(told[0]) ?? 0) >= 0.4;
			if (same && direct.has(callee)) most = Math.max(most, SAME_ECHO * other.strength);
		}
	}
	return most;
}

/** Candidates that are asked for much more than before by callers that are too: how strongly. The entries, whom nobody calls, are not among them. */
function surge(situation: Situation, byCandidate: ReadonlyMap<string, readonly Lead[]>): Map<string, number> {
	const load = (c: string): number =>
		Math.max(
			0,
			...(byCandidate.get(c) ?? []).filter((l) => l.role === "load" && l.kind === "metric" && l.direction === "up").map((l) => l.strength),
		);
	const found = new Map<string, number>();
	for (const candidate of byCandidate.keys()) {
		const callers = [...situation.graph.callers(candidate)];
		const asked = Math.min(load(candidate), Math.max(0, ...callers.map(load)));
		if (asked > 0) found.set(candidate, asked);
	}
	return found;
}

/** Onset of the strongest half of what is known: a faint early twitch does not date a fault. */
function earliest(leads: readonly Lead[]): number | undefined {
	const strongest = leads[0]?.strength ?? 0;
	const times = leads
		.filter((l) => l.onset !== undefined && l.strength >= 0.4 * strongest && l.kind !== "alert")
		.map((l) => l.onset as number);
	return times.length === 0 ? undefined : Math.min(...times);
}

/** What all other evidence is worth where the alert's own metric decides: it breaks ties. */
const TIE_BREAK = 0.1;

/** The score of a candidate, in [0, 1). */
export function scoreOf({ evidence, followed }: Pick<ScoredCause, "evidence" | "followed">, weights: Weights): number {
	return followed === undefined ? weighed(evidence, weights) : followed + TIE_BREAK * weighed(evidence, weights);
}

/** Where the alert's own metric can be followed through the graph, that decides. Scores end in [0, 1]. */
function finish(scored: ScoredCause[], same: readonly SameMetricScore[], situation: Situation, weights: Weights): ScoredCause[] {
	const followed = same.length > 0 && (same[0]?.score ?? 0) > 0;
	const low = Math.min(0, ...same.map((s) => s.score));
	const high = Math.max(1, ...same.map((s) => s.score));
	for (const cause of scored) {
		if (followed) {
			cause.followed = cause.same === undefined ? 0 : 0.15 + (0.75 * (cause.same.score - low)) / (high - low);
			if (cause.same?.explainedBy !== undefined && cause.same.score < 0) cause.victimOf = cause.same.explainedBy;
		}
		cause.score = scoreOf(cause, weights);
	}
	const depth = situation.focus === undefined ? new Map<string, number>() : situation.graph.depthBelow(situation.focus);
	return scored.sort(
		(a, b) => b.score - a.score || (depth.get(b.candidate) ?? -1) - (depth.get(a.candidate) ?? -1) || (a.candidate < b.candidate ? -1 : 1),
	);
}

/** How abnormal a candidate must be before a change can make it the cause. */
const TOUCHED = 0.2;

/** The causes again, once a change is blamed: where it went is where the fault came in, if anything is wrong there. The order of the others stays. */
export function withChange(causes: readonly ScoredCause[], services: readonly string[]): ScoredCause[] {
	const highest = causes[0]?.score ?? 0;
	return causes
		.map((c) =>
			services.includes(c.candidate) && c.abnormal >= TOUCHED ? { ...c, score: highest + 0.2 * c.score, victimOf: undefined } : c,
		)
		.sort((a, b) => b.score - a.score);
}
