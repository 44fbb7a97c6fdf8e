import { wordsOf } from "../graph/names.ts";
import { meaningOfMetric } from "../mechanism/metric-lexicon.ts";
import type { SeriesView, Situation } from "../situation.ts";
import { pearson } from "../temporal/pearson.ts";
import { createDeviation } from "../temporal/robust.ts";

export interface SameMetricScore {
	candidate: string;
	/** Unbounded; higher is more suspect. */
	score: number;
	view: SeriesView;
	r: number;
	p: number;
	deviation: number;
	/** The abnormal callee that explains most of it. */
	explainedBy: string | undefined;
}

/** What a callee that may be there is worth next to one that is known. */
const HIDDEN = 0.5;

/** Robust sigmas at which a node counts as abnormal (PetShop's own threshold). */
const ABNORMAL = 5;
const PENALTY = 2;
const UNREACHABLE = 0.3;

/**
 * Child-penalised correlation: of the resources that report the alerting metric, the abnormal one that moves with the target and whose own
 * callees do not explain it.
 *
 *   s(c) = -log10(max(p, 1e-12)) |r| w(c) - 2 max { |r_x| : x abnormal, x a callee of c },   w = 1 where the target depends on c, else 0.3
 *
 * A resource that is known by its address alone, and of which no call of its own is seen, may pass on what it is asked (a load balancer, a proxy):
 * any x that does not lead to it may be its callee, at half the weight. What is traced shows whom it calls; what is not may call anyone.
 *
 * r, p: Pearson of c with the target inside the window. "Ranked correlation" of Hardt et al., "The PetShop dataset", CLeaR 2024, with a penalty
 * for victims. Cost O(resources x samples). Empty where the alert names no metric, the target does not report it, or nothing calls anything.
 */
export function sameMetricScores(situation: Situation): SameMetricScore[] {
	const target = targetSeries(situation);
	if (target === undefined || situation.graph.edges.length === 0) return [];
	const peers = situation.series.filter((v) => v.series.metric === target.series.metric && v.baseline !== undefined);
	if (peers.length < 3) return [];
	const reachable = situation.graph.dependencies(target.candidate);
	const abnormal = new Map<string, { view: SeriesView; r: number; p: number; deviation: number }>();
	for (const view of peers) {
		const deviation = largestDeviation(view);
		if (view.candidate === target.candidate || Math.abs(deviation) <= ABNORMAL) continue;
		const { r, p } = pearson(...aligned(view, target));
		abnormal.set(view.candidate, { view, r, p, deviation });
	}
	return [...abnormal]
		.map(([candidate, { view, r, p, deviation }]) => {
			let worst = 0;
			let explainedBy: string | undefined;
			for (const callee of situation.graph.callees(candidate)) {
				const other = Math.abs(abnormal.get(callee)?.r ?? 0);
				if (other > worst) [worst, explainedBy] = [other, callee];
			}
			if (situation.graph.callees(candidate).size === 0 && isAddress(candidate) && !STORE.test(candidate))
				for (const [other, { r: moves }] of abnormal) {
					if (other === candidate || isAddress(other) || situation.graph.dependencies(other).has(candidate)) continue;
					if (HIDDEN * Math.abs(moves) > worst) [worst, explainedBy] = [HIDDEN * Math.abs(moves), other];
				}
			const score = -Math.log10(Math.max(p, 1e-12)) * Math.abs(r) * (reachable.has(candidate) ? 1 : UNREACHABLE) - PENALTY * worst;
			return { candidate, score, view, r, p, deviation, explainedBy };
		})
		.sort((a, b) => b.score - a.score || Math.abs(b.deviation) - Math.abs(a.deviation));
}

/** Stores answer by themselves. */
const STORE = /database|sql|postgres|mongo|redis|cache|rds\b|queue|bucket|storage/i;

/** Whether a name is where something is found on the network, not what it is: a host name or an IP address, with or without a port. */
export function isAddress(name: string): boolean {
	return /(?:^|[/@])(?:[a-z0-9-]+\.){2,}[a-z]{2,}(?=$|[:/_])|(?:^|[/@])(?:\d{1,3}\.){3}\d{1,3}(?=$|[:/_])/i.test(name);
}

/**
 * The series of the focus that the alert is about: the one whose name shares most words with the alert's metric and name. Where someone asks about a
 * resource that no alert speaks of, what its users feel that left its baseline furthest.
 */
export function targetSeries(situation: Situation): SeriesView | undefined {
	const { focus, alerts } = situation;
	const alert = alerts.find((a) => a.candidate === focus)?.signal.alert;
	if (focus !== undefined && alerts.length === 0) return mostFelt(situation, focus);
	if (focus === undefined || alert === undefined) return undefined;
	const metric = new Set(wordsOf(alert.metric ?? ""));
	const name = new Set(wordsOf(alert.name));
	let best: SeriesView | undefined;
	let most = 0;
	for (const view of situation.series) {
		if (view.candidate !== focus || meaningOfMetric(view.series.metric).role === "limit") continue;
		const words = wordsOf(view.series.metric);
		const shared = words.filter((w) => metric.has(w)).length * 2 + words.filter((w) => name.has(w)).length - 0.1 * words.length;
		if (words.some((w) => metric.has(w)) && shared > most) [most, best] = [shared, view];
	}
	return best;
}

function mostFelt({ series }: Situation, focus: string): SeriesView | undefined {
	let best: SeriesView | undefined;
	let most = ABNORMAL;
	for (const view of series) {
		if (view.candidate !== focus || view.baseline === undefined || meaningOfMetric(view.series.metric).role !== "symptom") continue;
		const deviation = Math.abs(largestDeviation(view));
		if (deviation > most) [most, best] = [deviation, view];
	}
	return best;
}

function largestDeviation({ series, baseline }: SeriesView): number {
	const deviation = createDeviation(baseline?.values ?? [], 0);
	let largest = 0;
	for (const value of series.values) {
		const d = deviation(value);
		if (Math.abs(d) > Math.abs(largest)) largest = d;
	}
	return largest;
}

function aligned(a: SeriesView, b: SeriesView): [number[], number[]] {
	const at = new Map(Array.from(b.series.times, (t, i) => [t, b.series.values[i] as number]));
	const pairs = Array.from(a.series.times, (t, i) => [a.series.values[i] as number, at.get(t) ?? Number.NaN] as const);
	return [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
}
