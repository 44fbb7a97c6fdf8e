import type { Mechanism, MetricSeries } from "@faultline/contracts";
import { type MetricMeaning, meaningOfMetric } from "../mechanism/metric-lexicon.ts";
import type { SeriesView, Situation } from "../situation.ts";
import { type SeriesShape, shapeWords } from "../temporal/fault-shape.ts";
import type { Moment } from "../temporal/moment.ts";
import { median } from "../temporal/robust.ts";
import { figure, type Lead, quantity } from "./lead.ts";
import { beyondChance } from "./small-counts.ts";

/** What the detectors said of one series; `@faultline/anomaly`'s SeriesScore is one. */
export interface SeriesVerdict {
	/** Above 1: anomalous to most detectors. */
	peak: number;
	peakValue: number | undefined;
	onset: number | undefined;
	direction: "up" | "down" | "none";
	anomalous: boolean;
	words: string[];
	scores: Float64Array;
	/** Where it has a season, which the scores and `peakValue` leave out: what was measured at the peak, and what is usual at that time. */
	seasonal?: { value: number; usual: number; period: string };
	/** How it moved, where a recogniser of shapes looked at it. */
	shape?: SeriesShape;
}

/** How far a resource's metrics together are from their baseline, by a detector of points (Isolation Forest). */
export interface ResourceOutlier {
	score: number;
	/** What only one baseline moment in a hundred exceeds. */
	usual: number;
	anomalous: boolean;
}

/** With how far the value moved, in the metric's own unit: comparable between peers. */
type MetricLead = Lead & { change: number };

/** Percent of a finite resource from which on it is short, whatever it was before. */
const SHORT_PERCENT = 90;
/** Relative change below which a deviation, however unlikely, is not worth a person's time. */
const MIN_RELATIVE = 0.2;

/** Series that left their baseline in a harmful direction, and finite resources that are nearly gone. */
export function metricLeads(
	situation: Situation,
	moment: Moment,
	verdicts: ReadonlyMap<string, SeriesVerdict>,
	outliers: ReadonlyMap<string, ResourceOutlier> = new Map(),
): Lead[] {
	const leads: MetricLead[] = [];
	const limits = connectionLimits(situation);
	for (const view of situation.series) {
		const meaning = meaningOfMetric(view.series.metric);
		const lead =
			deviationLead(view, meaning, moment, verdicts.get(view.series.id), limits.get(view.candidate)) ?? levelLead(view, meaning, moment);
		if (lead !== undefined) leads.push(lead);
	}
	return weighAgainstPeers(leads, situation).map((lead) => secondOpinion(lead, outliers.get(lead.resource)));
}

/** What a deviation is worth that the resource as a whole does not show. */
const ALONE = 0.8;

function secondOpinion(lead: Lead, outlier: ResourceOutlier | undefined): Lead {
	if (outlier === undefined) return lead;
	const vote = `isolation forest ${outlier.score.toFixed(2)}, usually below ${outlier.usual.toFixed(2)}`;
	return { ...lead, strength: lead.strength * (outlier.anomalous ? 1 : ALONE), votes: [...lead.votes, vote] };
}

/** Calls measured one by one during the fault that make percentiles of metrics second-hand. */
const MANY_SPANS = 500;
const SECOND_HAND = 0.4;

function weighAgainstPeers(leads: readonly MetricLead[], situation: Situation): Lead[] {
	const peers = cohorts(situation.series);
	const odd = new Map<string, Set<string>>();
	const most = new Map<string, number>();
	for (const { subject, candidate, change } of leads) {
		odd.set(subject, (odd.get(subject) ?? new Set()).add(candidate));
		most.set(subject, Math.max(most.get(subject) ?? 0, change));
	}
	const traced = situation.spans.length > MANY_SPANS;
	return leads.map(({ change, ...lead }) => {
		const n = peers.get(lead.subject)?.size ?? 1;
		const size = n < CROWD || lead.role === "symptom" ? 1 : Math.sqrt(change / (most.get(lead.subject) || 1));
		const direct = traced && lead.role === "symptom" ? SECOND_HAND : 1;
		return { ...lead, strength: lead.strength * rarity(odd.get(lead.subject)?.size ?? 1, n) * size * direct };
	});
}

/** Which candidates report each metric. */
function cohorts(series: readonly SeriesView[]): Map<string, Set<string>> {
	const peers = new Map<string, Set<string>>();
	for (const {
		series: { metric },
		candidate,
	} of series)
		peers.set(metric, (peers.get(metric) ?? new Set()).add(candidate));
	return peers;
}

/** Peers that make a crowd. */
const CROWD = 8;

/** How telling it is that k of n peers are odd in the same metric at once: ln(n/k)/ln n, the inverse document frequency. 1 in a small company. */
function rarity(k: number, n: number): number {
	return n < CROWD ? 1 : Math.log(n / k) / Math.log(n);
}

function deviationLead(
	view: SeriesView,
	meaning: MetricMeaning,
	moment: Moment,
	verdict: SeriesVerdict | undefined,
	limit: number | undefined,
): MetricLead | undefined {
	if (verdict === undefined || !verdict.anomalous || verdict.peakValue === undefined || verdict.direction === "none") return undefined;
	const { series, candidate } = view;
	const before = usual(view, moment);
	const relative = Math.abs(verdict.peakValue - before) / Math.max(Math.abs(before), 1e-9);
	if (relative < MIN_RELATIVE) return undefined;
	const harmful = meaning.bad === "both" || meaning.bad === verdict.direction;
	if (meaning.role === "limit") return undefined;
	if (!harmful && meaning.role !== "load") return undefined;
	// Half at three times the detectors' limit: a series that barely left its baseline says little next to one that exploded.
	const unusual = 1 - 1 / (1 + Math.max(0, verdict.peak - 1) / 4);
	const strength =
		unusual *
		Math.min(1, relative / (1 + relative) + 0.3) *
		(meaning.role === "other" ? 0.3 : 1) *
		lasting(view, verdict, moment) *
		(isCount(view, meaning) ? beyondChance(verdict.peakValue, before) : 1);
	const recovered = recoveredAt(view, verdict, moment);
	const role = meaning.role === "symptom" ? "symptom" : meaning.role === "load" ? "load" : "intrinsic";
	return {
		candidate,
		resource: series.resource,
		kind: "metric",
		role,
		mechanisms:
			role === "load" && meaning.kind === "load" && verdict.direction === "up" && relative > 0.5
				? new Map([["traffic-surge", 1]])
				: mechanismOf(meaning, view, verdict.peakValue, before, limit),
		subject: series.metric,
		direction: verdict.direction,
		strength: strength * fullness(view, meaning, verdict.peakValue) * (recovered === undefined ? 1 : 0.6),
		onset: verdict.onset,
		recovered,
		text: comparison(series, verdict.peakValue, before, verdict.seasonal),
		...coursed(verdict),
		...failing(view, meaning, moment),
		votes: verdict.words,
		cites: [series],
		loud: false,
		change: Math.abs(verdict.peakValue - before),
	};
}

function comparison({ metric, unit }: MetricSeries, value: number, before: number, seasonal: SeriesVerdict["seasonal"]): string {
	if (seasonal === undefined) return `${metric} ${quantity(value, unit)}, usually ${quantity(before, unit)}`;
	return `${metric} ${quantity(seasonal.value, unit)}, usually ${quantity(seasonal.usual, unit)} at that time (every ${seasonal.period})`;
}

/** Calls that a resource makes, not those that it answers. */
export const OUTGOING = /client|upstream|downstream|dependency|outgoing|outbound|egress/i;

/** The share of its own answers that are errors: the median since the onset. */
function failing({ series }: SeriesView, { kind, role }: MetricMeaning, moment: Moment): Pick<Lead, "share"> {
	const { metric, unit } = series;
	if (role !== "symptom" || kind !== "errors" || OUTGOING.test(metric)) return {};
	const percent = /^(?:%|percent)$/i.test(unit);
	if (!percent && !/ratio|share|fraction/i.test(`${metric} ${unit}`)) return {};
	const since = Array.from(series.values).filter(
		(v, i) => Number.isFinite(v) && (series.times[i] as number) >= moment.onset && (series.times[i] as number) <= moment.until,
	);
	const share = median(since) / (percent ? 100 : 1);
	return since.length >= 2 && share >= 0 && share <= 1 ? { share } : {};
}

function coursed({ shape, direction }: SeriesVerdict): Pick<Lead, "course"> {
	const course = shape === undefined ? undefined : shapeWords(shape, direction);
	return course === undefined ? {} : { course };
}

/** Percent from which on a finite resource that filled counts in full. */
const FULL_PERCENT = 70;

/** What is far from its limit is work, not want: in proportion below 70 %, where the level is known. */
function fullness(view: SeriesView, meaning: MetricMeaning, value: number): number {
	const percent = meaning.role === "saturation" && meaning.bad === "up" ? asPercent(view, value) : undefined;
	return percent === undefined ? 1 : Math.min(1, Math.max(0.1, percent / FULL_PERCENT));
}

/** What is counted one by one: connections, messages, restarts. Averages of them behave much the same. */
const COUNTED: ReadonlySet<string> = new Set([
	"connections",
	"rejected connections",
	"queue",
	"lag",
	"crash",
	"oom",
	"evictions",
	"lock",
	"throttling",
]);

function isCount(view: SeriesView, meaning: MetricMeaning): boolean {
	const { unit, metric } = view.series;
	if (!COUNTED.has(meaning.kind) || asPercent(view, 0) !== undefined) return false;
	return (
		/^(?:1|none|count|\{.*\}|connections?|messages?|threads?|)$/i.test(unit) && !/ratio|percent|rate|seconds|age|time|bytes/i.test(metric)
	);
}

/** Values after the onset that make a deviation lasting. */
const MANY_VALUES = 3;

/** One odd value among many is a moment, not a state: by the share of the values after the onset that are odd, where there are enough to tell. */
function lasting({ series }: SeriesView, { scores }: SeriesVerdict, moment: Moment): number {
	const offset = series.times.length - scores.length;
	let [odd, all] = [0, 0];
	for (let i = 0; i < scores.length; i++) {
		const at = series.times[offset + i] as number;
		if (at < moment.onset || at > moment.until) continue;
		all++;
		if ((scores[i] as number) > 1) odd++;
	}
	return odd >= MANY_VALUES || all <= MANY_VALUES ? 1 : Math.min(1, 0.5 + odd / all);
}

/** Connections that may be open at once, by candidate, where a metric tells. */
function connectionLimits({ series }: Situation): Map<string, number> {
	const limits = new Map<string, number>();
	for (const { series: one, candidate } of series)
		if (meaningOfMetric(one.metric).role === "limit" && /conn|pool|client|session/i.test(one.metric) && one.values.length > 0)
			limits.set(candidate, one.values.at(-1) as number);
	return limits;
}

/** How much connections in use say of their having run out: all of it near the limit or where some wait, little far from it. */
function ranOut({ series: { metric } }: SeriesView, value: number, before: number, limit: number | undefined): number {
	if (/wait|pending|reject|refus|abort|timeout|queue/i.test(metric)) return 0.7 * beyondChance(value, before);
	if (limit !== undefined && limit > 0) return value >= 0.85 * limit ? 0.8 : 0.1;
	return value >= 20 && value >= 3 * Math.max(1, before) ? 0.5 : 0.15;
}

function mechanismOf(
	meaning: MetricMeaning,
	view: SeriesView,
	value: number,
	before: number,
	limit: number | undefined,
): Map<Mechanism, number> {
	if (meaning.mechanism === undefined) return new Map();
	if (meaning.mechanism === "connections-exhausted" && asPercent(view, value) === undefined)
		return new Map([[meaning.mechanism, ranOut(view, value, before, limit)]]);
	// CPU that rose but is far from its limit is work, not saturation.
	const percent = asPercent(view, value);
	const full = percent === undefined ? 0.5 : percent >= 80 ? 1 : 0.3;
	return new Map([[meaning.mechanism, meaning.mechanism === "cpu-saturated" || meaning.mechanism === "memory-exhausted" ? full : 0.7]]);
}

/** A percentage or a share of a finite resource that is nearly used up at the end, though its history is too short to compare with. */
function levelLead(view: SeriesView, meaning: MetricMeaning, moment: Moment): MetricLead | undefined {
	if (meaning.role !== "saturation" || meaning.mechanism === undefined || meaning.bad !== "up") return undefined;
	const { series, candidate } = view;
	const late = Array.from(series.values).filter((v, i) => Number.isFinite(v) && (series.times[i] as number) >= moment.onset);
	const level = asPercent(view, median(late));
	if (level === undefined || level < SHORT_PERCENT || late.length < 2) return undefined;
	const before = asPercent(view, usual(view, moment));
	if (before !== undefined && before >= SHORT_PERCENT && !moment.seen) return undefined;
	return {
		candidate,
		resource: series.resource,
		kind: "metric",
		role: "intrinsic",
		mechanisms: new Map([[meaning.mechanism, 1]]),
		subject: series.metric,
		direction: "up",
		strength: 0.6,
		onset: series.times.find((_, i) => (asPercent(view, series.values[i] as number) ?? 0) >= SHORT_PERCENT),
		recovered: undefined,
		text: `${series.metric} stays at ${figure(level)} %`,
		votes: [`level above ${SHORT_PERCENT} %`],
		cites: [series],
		loud: false,
		change: Math.abs(median(late) - usual(view, moment)) || 0,
	};
}

function asPercent({ series }: SeriesView, value: number): number | undefined {
	if (/^(?:%|percent)$/i.test(series.unit)) return value;
	if (/^(?:ratio|fraction)$/i.test(series.unit) || /(?:utili[sz]ation|_ratio|fraction)$/i.test(series.metric))
		return value <= 1.5 ? value * 100 : value;
	return undefined;
}

function usual({ series, baseline }: SeriesView, moment: Moment): number {
	if (baseline !== undefined) return median(baseline.values);
	const before = Array.from(series.values).filter((_, i) => (series.times[i] as number) < moment.onset);
	return before.length > 0 ? median(before) : (series.values[0] ?? Number.NaN);
}

/** When it was back within its limits for good: at least a quarter of the faulty stretch, and two values, before the end. */
function recoveredAt({ series }: SeriesView, verdict: SeriesVerdict, moment: Moment): number | undefined {
	let last = -1;
	for (let i = 0; i < verdict.scores.length; i++) if ((verdict.scores[i] as number) > 1) last = i;
	const offset = series.times.length - verdict.scores.length;
	const back = verdict.scores.length - 1 - last;
	if (last < 0 || back < 2) return undefined;
	const at = series.times[offset + last + 1] as number;
	return (series.times.at(-1) as number) - at >= 0.25 * ((series.times.at(-1) as number) - moment.onset) ? at : undefined;
}
