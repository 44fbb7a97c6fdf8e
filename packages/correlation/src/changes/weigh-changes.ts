import type { Confidence, Mechanism, Signal, WeighedChange } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { wordsOf } from "../graph/names.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import type { Situation } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";
import { type Delivered, deliveries, sameName } from "./deliveries.ts";
import { faultWords, stemOf } from "./fault-words.ts";
import { namedByErrors } from "./named-by-errors.ts";
import { codeWords, isDependencyBump, isInert, isSettings, parseDiff } from "./parse-diff.ts";
import { type Risk, risksOf } from "./risk-features.ts";
import { slowOnset } from "./slow-onset.ts";

export interface ChangeInput {
	situation: Situation;
	moment: Moment;
	causes: readonly ScoredCause[];
	leads: readonly Lead[];
	/** How the fault works: each mechanism with its share of the evidence. */
	mechanisms: ReadonlyMap<Mechanism, number>;
	cite: (signal: Signal) => string;
}

/** Below this nothing is blamed: an engineer who chases the wrong change loses an hour. */
const BLAME = 0.42;
/** The runner-up must be worse by this factor. */
const MARGIN = 1.2;
const CERTAIN = 0.62;
const SHOWN = 6;

export interface Weighed {
	blamed: WeighedChange | null;
	/** Strongest first, bounded. */
	weighed: WeighedChange[];
	/** The candidates that a change was delivered to. */
	servicesOf(change: WeighedChange): string[];
	/** Whether the blamed change touches settings alone. */
	settingsOnly: boolean;
}

/**
 * Weighs each change by whether it can have caused the fault: it was delivered before the fault began, to a service that the fault can have come
 * from, and what it says can break things in the way they broke.
 *
 *   score = time * service * content,   content = 0.7 risk + 0.3 words
 *
 * A product, so that each of the three can acquit. One is blamed only above a threshold and clear of the next.
 */
export function weighChanges(input: ChangeInput): Weighed {
	const { situation, moment } = input;
	const all = deliveries(situation.changes);
	const began = slowOnset(situation, moment, input.causes, input.mechanisms);
	const words = faultWords(input.leads, (c) => input.causes.find((x) => x.candidate === c)?.score ?? 0);
	const rarity = rarityOf(all);
	const weighed = all
		.map((change) => weigh(change, input, began, words, rarity, all))
		.sort((a, b) => b.score - a.score || (a.time ?? "").localeCompare(b.time ?? ""));
	const servicesOf = (change: WeighedChange): string[] => {
		const services = all.find((c) => c.id === change.id && c.type === change.type)?.services ?? [];
		return input.causes.map((c) => c.candidate).filter((c) => services.some((s) => s === c || sameName(s, c)));
	};
	const [first, second] = weighed;
	const clear = first !== undefined && first.score >= BLAME && first.score >= MARGIN * (second?.score ?? 0);
	if (!clear) {
		if (first !== undefined && first.score >= BLAME) first.verdict = "outweighed";
		return { blamed: null, weighed: weighed.slice(0, SHOWN), servicesOf, settingsOnly: false };
	}
	first.verdict = "blamed";
	const settingsOnly = isSettings(all.find((c) => c.id === first.id && c.type === first.type)?.files);
	return { blamed: first, weighed: weighed.slice(0, SHOWN), servicesOf, settingsOnly };
}

function weigh(
	change: Delivered,
	input: ChangeInput,
	onset: number,
	words: ReadonlyMap<string, number>,
	rarity: (word: string) => number,
	all: readonly Delivered[],
): WeighedChange {
	const began = startOf(change, onset, input);
	const time = timeFactor(change, began, input.moment, all);
	const service = serviceFactor(change, input);
	const content = contentOf(change, input, words, rarity);
	const score = time * service * content.score;
	const verdict: WeighedChange["verdict"] =
		change.at > began + SLACK_MS
			? "too-late"
			: time < 0.3
				? "too-early"
				: content.inert
					? "content-cannot"
					: service < 0.3
						? "other-service"
						: content.score < BLAME
							? "content-cannot"
							: "outweighed";
	const { signal } = change;
	return {
		id: change.id,
		...(change.commitId === undefined ? {} : { commitId: change.commitId }),
		...(change.service === undefined ? {} : { service: change.service }),
		title: change.title,
		time: new Date(change.at).toISOString(),
		confidence: confidenceOf(score),
		reason: reasonOf(verdict, content, change, change.at <= input.moment.onset ? began : undefined),
		evidence: [input.cite(signal)],
		type: change.type,
		score: Number(score.toFixed(3)),
		verdict,
		matches: content.matches.slice(0, 6),
	};
}

const confidenceOf = (score: number): Confidence => (score >= CERTAIN ? "confirmed" : score >= BLAME ? "likely" : "inconclusive");

/** Leading causes whose own beginnings are looked at. */
const LEADING = 3;
/** Share of what is wrong with a resource that must have begun after a change for it to have been well before. */
const WELL_BEFORE = 0.7;

/**
 * When the fault began, as far as the changed service tells: where nearly all that is dated there, by itself and not by the onset of the whole, came
 * after the change, it was well before, and what moved elsewhere earlier was something else. Milliseconds.
 */
function startOf(change: Delivered, began: number, { causes, moment }: ChangeInput): number {
	if (change.at <= began + SLACK_MS || began < moment.onset) return began;
	const own = causes
		.slice(0, LEADING)
		.filter((c) => change.services.some((s) => s === c.candidate || sameName(s, c.candidate)))
		.flatMap((c) => c.leads)
		.filter((l) => l.kind !== "alert" && l.role !== "load" && l.onset !== undefined && l.onset !== moment.onset);
	const weightOf = (leads: readonly Lead[]): number => leads.reduce((sum, l) => sum + l.strength, 0);
	const later = own.filter((l) => (l.onset as number) >= change.at - SLACK_MS);
	if (weightOf(own) < 0.3 || weightOf(later) < WELL_BEFORE * weightOf(own)) return began;
	return Math.max(began, Math.min(...later.map((l) => l.onset as number)));
}

/** Clocks of machines and the grid of metrics allow a cause to seem this much later than its effect, in milliseconds. */
const SLACK_MS = 45_000;
/** After this long a delivered change has mostly shown what it does. */
const HALF_LIFE_MS = 3 * 3_600_000;

function timeFactor(change: Delivered, began: number, moment: Moment, all: readonly Delivered[]): number {
	if (change.at > began + SLACK_MS || (moment.alertAt !== undefined && change.at > moment.alertAt)) return 0;
	const age = Math.max(0, began - change.at);
	const fresh = 0.5 ** (age / HALF_LIFE_MS);
	// Where deliveries are recorded, what no delivery names can only have come along with one.
	const delivered = change.delivered || !all.some((c) => c.delivered) ? 1 : change.carriedBy !== undefined ? 0.5 : 0.25;
	return fresh * delivered;
}

function serviceFactor(change: Delivered, { causes, situation }: ChangeInput): number {
	const top = causes.filter((c) => c.score > 0.05 && c.leads.length > 0).slice(0, 8);
	const best = top[0]?.score ?? 0;
	if (best === 0) return 0.5;
	if (change.services.length === 0) return 0.6;
	let factor = 0.15;
	for (const service of change.services) {
		for (const [rank, cause] of top.entries()) {
			const same = cause.candidate === service || sameName(cause.candidate, service);
			const near = situation.graph.callees(cause.candidate).has(service) || situation.graph.callers(cause.candidate).has(service);
			const closeness = same
				? rank === 0
					? 1
					: 0.5 + 0.5 * Math.sqrt(cause.score / best)
				: near
					? 0.6 * Math.sqrt(cause.score / best)
					: 0;
			factor = Math.max(factor, closeness);
		}
	}
	return factor;
}

interface Content {
	score: number;
	matches: string[];
	/** The risk that fits best. */
	risk: Risk | undefined;
	inert: boolean;
	unknown: boolean;
}

function contentOf(change: Delivered, input: ChangeInput, words: ReadonlyMap<string, number>, rarity: (word: string) => number): Content {
	const lines = parseDiff(change.diff ?? "");
	const mine = new Set(
		[...codeWords([...lines.added, ...lines.removed]), ...wordsOf(change.title), ...(change.files ?? []).flatMap(wordsOf)].map(stemOf),
	);
	const shared = [...words]
		.filter(([w]) => mine.has(w))
		.map(([w, loud]) => [w, loud * rarity(w)] as const)
		.sort((a, b) => b[1] - a[1]);
	const overlap = shared.slice(0, 6).reduce((sum, [, x]) => sum + x, 0);
	const wordScore = overlap / (overlap + 1.2);
	const inert = isInert(change.files);
	const unknown = change.diff === undefined && !inert && change.type !== "flag";
	const fitting = bestRisk(change, lines, input);
	const named = namedByErrors(change, lines, input.leads);
	const namedScore = named === undefined ? 0 : named.weight * fitOf(named, change, input);
	const riskScore = Math.max(fitting.score, namedScore);
	const risk = namedScore > fitting.score ? named : fitting.risk;
	const matches = [...(risk === undefined || riskScore === 0 ? [] : [risk.what]), ...shared.slice(0, 4).map(([w]) => w)];
	if (inert) return { score: 0.05, matches, risk, inert, unknown };
	if (isDependencyBump(change.files)) return { score: 0.3 * wordScore, matches, risk, inert, unknown };
	if (change.type === "flag") return { score: 0.55 * wordScore, matches, risk: undefined, inert, unknown };
	// Nothing is known of what is in it: that it was this service, just then, must do, and does only where code can be at fault.
	if (unknown) return { score: (isOutside(input) ? 0.2 : 0.5) * (0.7 + 0.3 * wordScore), matches, risk, inert, unknown };
	return { score: 0.7 * riskScore + 0.3 * wordScore, matches, risk, inert, unknown };
}

/** The risk of the diff that best fits how the fault works. Moved numbers that a metric shows moved count in full. */
function bestRisk(change: Delivered, lines: ReturnType<typeof parseDiff>, input: ChangeInput): { risk: Risk | undefined; score: number } {
	let best: { risk: Risk | undefined; score: number } = { risk: undefined, score: 0 };
	for (const risk of risksOf(lines)) {
		const fit = fitOf(risk, change, input);
		const seen =
			risk.numbers !== undefined && (limitMoved(risk.numbers, change, input.situation) || numberTold(risk.numbers, change, input.leads));
		const score = seen ? 1 : risk.weight * fit * (isOutside(input) ? 0.6 : 1);
		if (score > best.score) best = { risk, score };
	}
	return best;
}

/** How well a risk fits the way that the fault works: the share of the mechanism that it names first, second or third; less for the others. */
function fitOf(risk: Risk, change: Delivered, { mechanisms, leads }: ChangeInput): number {
	const here = new Map<Mechanism, number>();
	for (const lead of leads) {
		if (lead.role === "load" || !change.services.some((s) => s === lead.candidate || sameName(s, lead.candidate))) continue;
		for (const [m, w] of lead.mechanisms) here.set(m, Math.max(here.get(m) ?? 0, w * w * lead.strength));
	}
	return Math.max(shareIn(risk, mechanisms), LOCAL * shareIn(risk, here));
}

/** What it is worth that a change fits how the changed service itself fails, where the fault as a whole works otherwise. */
const LOCAL = 0.9;

function shareIn({ mechanisms: broken }: Risk, mechanisms: ReadonlyMap<Mechanism, number>): number {
	const most = Math.max(0.01, ...mechanisms.values());
	return Math.max(0, ...broken.map((m, i) => ((mechanisms.get(m) ?? 0) / most) * (i < 3 ? 1 : 0.7)));
}

/** Whether a metric of the service went from the one number to the other. */
function limitMoved([before, after]: [number, number], change: Delivered, situation: Situation): boolean {
	return situation.series.some(({ series, candidate }) => {
		if (change.services.length > 0 && !change.services.some((s) => sameName(s, candidate))) return false;
		const first = series.values[0] as number;
		const last = series.values.at(-1) as number;
		return close(first, before) && close(last, after);
	});
}

/** Whether the faults of the service name the very number that the change set ("no response after 100 ms"). */
function numberTold([, after]: [number, number], change: Delivered, leads: readonly Lead[]): boolean {
	if (after < 10) return false;
	const told = new RegExp(`(?<![\\d.])${String(after).replace(".", "\\.")}(?![\\d.])`);
	return leads.some(
		(l) =>
			l.direction !== "gone" &&
			(l.kind === "template" || l.kind === "error" || l.kind === "span-errors") &&
			change.services.some((s) => sameName(s, l.candidate)) &&
			told.test(l.text),
	);
}

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 0.02 * Math.max(Math.abs(a), Math.abs(b));

/** Faults that come from outside and need no change to happen. */
const OUTSIDE: ReadonlySet<Mechanism> = new Set([
	"certificate-expired",
	"traffic-surge",
	"node-down",
	"failover",
	"storage-slow",
	"name-resolution",
	"dependency-down",
]);

function isOutside({ mechanisms }: ChangeInput): boolean {
	const [first] = [...mechanisms].sort((a, b) => b[1] - a[1]);
	return first !== undefined && OUTSIDE.has(first[0]);
}

function rarityOf(all: readonly Delivered[]): (word: string) => number {
	const documents = all.map(
		(c) => new Set([...wordsOf(c.title), ...(c.files ?? []).flatMap(wordsOf), ...codeWords((c.diff ?? "").split("\n"))].map(stemOf)),
	);
	const seen = new Map<string, number>();
	for (const words of documents) for (const w of words) seen.set(w, (seen.get(w) ?? 0) + 1);
	const n = Math.max(2, all.length);
	return (word) => Math.max(0, Math.log((n + 1) / ((seen.get(word) ?? 0) + 0.5)) / Math.log(n + 1));
}

/** `built`: when the fault had begun to build up, for a change that came between then and the onset. Milliseconds. */
function reasonOf(verdict: WeighedChange["verdict"], content: Content, change: Delivered, built: number | undefined): string {
	const where = change.service === undefined ? "" : ` to ${change.service}`;
	if (verdict === "too-late")
		return built === undefined
			? "it came after the fault had begun"
			: `what led to the fault had been building up since ${new Date(built).toISOString().slice(11, 19)} UTC, before it`;
	if (verdict === "too-early")
		return change.delivered ? "it had run long before the fault began" : "no delivery of it is known before the fault";
	if (verdict === "other-service") return `it went${where || " elsewhere"}, where nothing abnormal leads to`;
	if (content.inert) return "it changes nothing that runs";
	if (verdict === "content-cannot")
		return content.risk === undefined
			? "nothing in it fits how the fault works"
			: `it ${content.risk.what}, which fits the fault too little`;
	const what =
		content.risk === undefined
			? content.unknown
				? "its content is not known"
				: `it speaks of ${content.matches.slice(0, 3).join(", ")}`
			: `it ${content.risk.what}`;
	return `${change.delivered ? "delivered" : "made"}${where} before the fault began, and ${what}`;
}
