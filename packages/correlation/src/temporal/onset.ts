import type { Call } from "../evidence/call-steps.ts";
import { meaningOfMetric } from "../mechanism/metric-lexicon.ts";
import type { SeriesView, Situation } from "../situation.ts";
import { type Block, blocksOf } from "./blocks.ts";
import { pettitt } from "./change-point.ts";
import { countSplit } from "./count-split.ts";
import type { Moment } from "./moment.ts";
import { placeChange } from "./place-change.ts";
import { createDeviation, quantileOfSorted, sortedFinite } from "./robust.ts";
import { stepSplit } from "./step-split.ts";
import { medianStepOf, searchWindows } from "./windows.ts";

interface Vote {
	at: number;
	weight: number;
	what: string;
}

/** p-values above this are no change. */
const P_CHANGE = 0.05;
/** Series, the weightiest, whose change is placed anew: the bound of the cost. */
const MOST_PLACED = 150;
/** Robust sigmas that a change must move a series by. */
const MIN_SHIFT = 4;

/**
 * The onset that most streams agree on: each metric votes for its change point (Pettitt says whether, Bayesian
 * online detection where), the logs and calls together for the split of their
 * counts and steps that is least likely by chance. The onset is where the weight of votes is densest (a triangular kernel), and not after the alert.
 */
export function locateOnset(situation: Situation, calls: readonly Call[]): Moment {
	const { from, to, alertAt } = situation;
	const blocks = blocksOf([...situation.spans, ...situation.logs].map((s) => s.at));
	const block = blocks.findLast((b) => b.from <= (alertAt ?? to));
	const windows = searchWindows(to - from, usualStep(situation));
	const votes = [...seriesVotes(situation, windows.after), ...countVotes(situation), ...stepVotes(calls, block, alertAt)]
		.filter((v) => alertAt === undefined || v.at <= alertAt + 60_000)
		.map((v) => ({ ...v, weight: v.weight / (1 + Math.max(0, (alertAt ?? to) - v.at) / windows.lead) }));
	const best = densest(votes, windows.kernel);
	const onset = best?.at ?? guess(situation);
	const until = Math.max(onset, Math.min(to, alertAt === undefined ? to : alertAt + Math.max(300_000, 2 * (alertAt - onset))));
	const later = alertAt === undefined ? [] : blocks.filter((b) => b.from > alertAt && b !== block);
	return {
		from,
		onset,
		until: later[0] === undefined ? until : Math.min(until, Math.max(onset, block?.to ?? until)),
		healthyLater: later,
		to,
		alertAt,
		seen: best !== undefined,
		how: best?.what ?? "no change was seen before the alert",
	};
}

/** Where nothing changed: a little before the alert, else the last third of the window. */
function guess({ from, to, alertAt }: Situation): number {
	return alertAt === undefined ? from + ((to - from) * 2) / 3 : Math.max(from, alertAt - Math.min(120_000, (alertAt - from) / 2));
}

function seriesVotes({ series, alertAt, to }: Situation, after: number): Vote[] {
	const end = alertAt === undefined ? to : alertAt + after;
	// Of many series some change by chance: Bonferroni's share of each.
	const many = Math.log10(Math.max(1, series.length / 20));
	const changes: { weight: number; what: string; times: Float64Array; values: Float64Array; index: number; own: boolean }[] = [];
	for (const view of series) {
		const { times, values, metric, resource } = view.series;
		const meaning = meaningOfMetric(metric);
		if (meaning.role === "limit") continue;
		const last = times.findLastIndex((t) => t <= end) + 1;
		const inside = pettitt(values.subarray(0, last));
		const own = view.baseline === undefined || (inside !== undefined && inside.p <= P_CHANGE && Math.abs(inside.shift) >= MIN_SHIFT);
		const change = own ? inside : leaves(view, last);
		if (change === undefined || change.p > P_CHANGE || Math.abs(change.shift) < MIN_SHIFT) continue;
		const harm = meaning.bad === "both" || meaning.bad === (change.shift > 0 ? "up" : "down") ? 1 : 0.3;
		const role = meaning.role === "symptom" || meaning.role === "saturation" ? 1 : 0.5;
		const certain = Math.min(1, (-Math.log10(change.p) - many) / 3);
		if (certain <= 0) continue;
		const weight = harm * role * Math.min(1, Math.abs(change.shift) / 20) * certain;
		const what = `${metric} of ${resource} changed`;
		changes.push({ weight, what, times, values: values.subarray(0, last), index: change.index, own });
	}
	changes.sort((a, b) => b.weight - a.weight);
	return changes.map(({ weight, what, times, values, index, own }, n) => {
		const { index: at } = own && n < MOST_PLACED ? placeChange(values, { index }) : { index };
		return { at: times[at] as number, weight, what };
	});
}

/** Of the values of another day, the share on either side that is no limit: outliers are part of health. */
const ODD_SHARE = 0.01;
/** Robust sigmas beyond the baseline that a value must be. */
const OUTSIDE = 5;

/**
 * First value that leaves the baseline of another day, and stays for two: for a fault that is older than the window, or as long. Both far off and beyond
 * what was seen there, since a series that was mostly 0 is far off at its first error.
 */
function leaves({ series, baseline }: SeriesView, last: number): { index: number; p: number; shift: number } | undefined {
	const known = sortedFinite(baseline?.values ?? []);
	const [low, high] = [quantileOfSorted(known, ODD_SHARE), quantileOfSorted(known, 1 - ODD_SHARE)];
	const deviation = createDeviation(known);
	const outside = (x: number): boolean => (x < low || x > high) && Math.abs(deviation(x)) > OUTSIDE;
	for (let i = 0; i < last; i++) {
		const x = series.values[i] as number;
		if (outside(x) && (i + 1 === last || outside(series.values[i + 1] as number))) return { index: i, p: 0.001, shift: deviation(x) };
	}
	return undefined;
}

function* countVotes(situation: Situation): Generator<Vote> {
	const end = situation.alertAt === undefined ? situation.to : situation.alertAt + 60_000;
	const items = [
		...situation.logs.map((l) => ({ at: l.at, key: `${l.candidate}\u0000${l.template}`, n: l.signal.count })),
		...situation.spans.map((s) => ({ at: s.at, key: `${s.candidate}\u0000${s.signal.span.name}\u0000${s.signal.severity >= 17}`, n: 1 })),
	].filter((x) => x.at <= end && x.at >= situation.from);
	const split = countSplit(items);
	// Requests come in bursts: many calls make counts change for no fault, where steps per call do not.
	const weight = situation.spans.length > 500 ? 0.3 : 3;
	if (split !== undefined)
		yield { at: split.at, weight: Math.min(weight, split.gain / 20), what: `logs and calls changed (${split.stream})` };
}

function* stepVotes(calls: readonly Call[], block: Block | undefined, alertAt: number | undefined): Generator<Vote> {
	if (block === undefined) return;
	const split = stepSplit(calls, block.from, alertAt === undefined ? block.to : Math.min(block.to, alertAt + 60_000));
	if (split !== undefined)
		yield { at: split.at, weight: Math.min(6, split.gain / 3), what: `calls took other steps (${split.what.slice(0, 120)})` };
}

function densest(votes: readonly Vote[], width: number): Vote | undefined {
	let best: Vote | undefined;
	let most = 0;
	for (const vote of votes) {
		const mass = votes.reduce((sum, other) => sum + other.weight * Math.max(0, 1 - Math.abs(other.at - vote.at) / (2 * width)), 0);
		if (mass > most + 1e-9 || (best !== undefined && Math.abs(mass - most) <= 1e-9 && vote.at < best.at)) {
			most = mass;
			best = vote;
		}
	}
	if (best === undefined || most < 0.2) return undefined;
	const cluster = votes.filter((v) => Math.abs(v.at - (best as Vote).at) <= width && v.weight >= 0.1 * most);
	const loudest = cluster.reduce((a, b) => (b.weight > a.weight ? b : a), best);
	// One stream that says most of it says when; else the first of those that agree.
	const at = loudest.weight > 0.6 * most ? loudest.at : Math.min(best.at, ...cluster.map((v) => v.at));
	return {
		at,
		weight: most,
		what: cluster.length > 1 ? `${loudest.what}, and ${cluster.length - 1} more within ${Math.round(width / 1000)} s` : loudest.what,
	};
}

/** Milliseconds between the samples of most series; 0 where there are none. */
function usualStep({ series }: Situation): number {
	const steps = series.map(({ series: { times } }) => medianStepOf(times)).filter(Number.isFinite);
	return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}
