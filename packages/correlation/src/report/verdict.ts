import type { Category, Mechanism, WeighedChange } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { together } from "../evidence/lead.ts";
import { OUTGOING } from "../evidence/metric-leads.ts";
import { CATEGORY_OF } from "../mechanism/category.ts";
import { meaningOfMetric } from "../mechanism/metric-lexicon.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import { isConcurrency } from "../rank/weights.ts";
import { isFiring, type Situation, type Timed } from "../situation.ts";
import type { Moment } from "../temporal/moment.ts";

export interface Verdict {
	verdict: "incident" | "no-incident";
	/** Why, in words, for "ruled out" or for a doubt. */
	reason: string;
	/** Whether nobody needs figures to see it: a resource tells of a fault in its own words, and those who use it feel it. */
	plain?: boolean;
}

/** Evidence of one resource below this, all together, is noise as long as nobody was paged: one sort of evidence alone is not enough. */
const NOISE = 0.75;

/**
 * An incident where an alert fires and something abnormal stands behind it, or where abnormal things are loud enough without one. What recovered
 * by itself before the end, with nothing firing, is noise.
 */
export function judgeVerdict(situation: Situation, moment: Moment, leads: readonly Lead[]): Verdict {
	const firing = stillFiring(situation);
	const standing = leads.filter((l) => l.kind !== "alert" && l.recovered === undefined && l.role !== "load");
	const recovered = leads.filter((l) => l.recovered !== undefined);
	// By resource: much small noise all over is not one fault.
	const weight = Math.max(
		0,
		...[...Map.groupBy(standing, (l) => l.candidate).values()].map((own) =>
			together([...Map.groupBy(own, (l) => l.kind).values()].map((same) => Math.max(...same.map((l) => l.strength * harmOf(l))))),
		),
	);
	// Someone was paged, by something that is not among the records.
	const paged = situation.alerts.length === 0 && situation.evidence.alertTime !== undefined;
	if (firing.length > 0 || paged) {
		if (weight > 0.1)
			return { verdict: "incident", reason: "an alert fires and abnormal signals stand behind it", plain: cannotRun(standing) };
		if (recovered.length > 0) return { verdict: "no-incident", reason: "what was abnormal recovered before the end of the window" };
		return {
			verdict: "incident",
			reason: paged ? "someone was paged, but nothing abnormal was found" : "an alert fires, but nothing else abnormal was found",
		};
	}
	if (situation.alerts.length > 0 && weight <= 0.7)
		return { verdict: "no-incident", reason: "the alerts say that all is well, and nothing contradicts them" };
	if (moment.seen && standing.some(isFailing))
		return { verdict: "incident", reason: "requests fail that did not before, to the end of the window", plain: true };
	if (weight > NOISE && standing.some((l) => l.loud || l.strength > 0.6) && moment.seen)
		return { verdict: "incident", reason: "abnormal signals persist to the end of the window", plain: isPlain(standing) };
	return { verdict: "no-incident", reason: recovered.length > 0 ? "what was abnormal recovered" : "nothing abnormal was found" };
}

/** Strength from which on a fault, and what its users feel of it, are beyond doubt. */
const PLAIN = 0.7;

/** Share of requests that nobody lets fail for long, whatever their service. */
const UNBEARABLE = 0.1;

/** Whether one answer in ten fails, most of the time, at a resource where hardly any did. */
function isFailing({ share = 0, strength }: Lead): boolean {
	return share >= UNBEARABLE && strength >= PLAIN / 2;
}

/** Whether the platform says, by what an object is and by what happened to it, that something that should run does not. */
function cannotRun(leads: readonly Lead[]): boolean {
	const strong = leads.filter((l) => l.strength >= PLAIN && l.loud);
	return strong.some((l) => l.kind === "status" && strong.some((other) => other.kind === "event" && other.candidate === l.candidate));
}

function isPlain(leads: readonly Lead[]): boolean {
	const strong = leads.filter((l) => l.strength >= PLAIN);
	return strong.some(
		(l) => l.loud && strong.some((felt) => felt.candidate === l.candidate && felt.kind === "metric" && felt.role === "symptom"),
	);
}

/** How surely evidence means harm where nobody was told: a fault in its own words in full, what users feel less, what machines do least. */
function harmOf({ loud, role }: Lead): number {
	return loud ? 1 : role === "symptom" ? 0.7 : 0.5;
}

/** Alerts whose last word is that they fire: those that were resolved since are history. */
function stillFiring({ alerts }: Situation): Timed[] {
	const last = new Map<string, Timed>();
	for (const timed of alerts) last.set(`${timed.signal.alert?.name ?? timed.signal.body}\u0000${timed.candidate}`, timed);
	return [...last.values()].filter(({ signal }) => isFiring(signal));
}

/** Kinds of resources that run the code of others. */
const STORES =
	/database|datastore|cache|queue|broker|dependency|external|provider|postgres|mysql|mariadb|mongo|redis|kafka|rabbitmq|elasticsearch|cassandra|(?:^|[-_.])(?:db|rds|sqs)(?:$|[-_.0-9])/i;
/** How our code fails, and how something that is not ours is down. */
const FAILS: ReadonlySet<Mechanism> = new Set(["crash-loop", "exceptions", "wrong-result", "probe-failing", "unknown"]);

/** What full pools and threads say of how something fails: whatever makes calls slow fills them. */
const FILLED = 0.3;

/**
 * How the leading cause fails, as far as the evidence says: its own evidence in full, alerts at 0.6, what others show at 0.3. More load explains
 * CPU, queues and slowness where the entries have it too; load that only one callee has is somebody's doing, and explains nothing.
 */
export function weighMechanisms(situation: Situation, causes: readonly ScoredCause[], leads: readonly Lead[]): Map<Mechanism, number> {
	const votes = new Map<Mechanism, Map<number, number[]>>();
	const first = causes[0]?.candidate;
	const surged = surgeOfEntries(situation, leads);
	for (const lead of leads) {
		if (lead.role === "load" && surged === 0) continue;
		const by = (lead.kind === "alert" ? 0.6 : lead.candidate === first ? 1 : 0.3) * (isConcurrency(lead) ? FILLED : 1);
		const waiting = lead.kind === "template" && !isStore(situation, lead.candidate);
		for (const [mechanism, weight] of lead.mechanisms) {
			const asked = surged > 0 && mechanism !== "traffic-surge" ? 1 - 0.7 * surged : 1;
			const sources = votes.get(mechanism) ?? new Map<number, number[]>();
			votes.set(mechanism, sources);
			sources.set(by, [
				...(sources.get(by) ?? []),
				weight * weight * lead.strength * asked * (waiting && mechanism === "connections-exhausted" ? WAITING : 1),
			]);
		}
	}
	for (const [mechanism, strength] of byElimination(situation, causes))
		votes.set(mechanism, (votes.get(mechanism) ?? new Map<number, number[]>()).set(ELIMINATION, [strength]));
	return new Map([...votes].map(([mechanism, sources]) => [mechanism, [...sources].reduce((sum, [by, said]) => sum + by * most(said), 0)]));
}

/** What is left when nothing else explains a cause says less than what says it outright. */
const ELIMINATION = 0.35;
/** Below this, evidence of a callee is none. */
const WELL = 0.3;

/**
 * What the leading cause's symptoms mean where nobody says: calls that fail on the way to those who are well are lost between the two, and a service that
 * became slow while it works no harder than before waits for the network.
 */
function* byElimination(situation: Situation, [first]: readonly ScoredCause[]): Generator<[Mechanism, number]> {
	if (first === undefined || isStore(situation, first.candidate) || first.victimOf !== undefined) return;
	const { series } = situation;
	const felt = first.leads.filter((l) => l.role === "symptom" && l.kind === "metric" && l.direction === "up");
	const strongestOf = (kind: string, outgoing: boolean): number =>
		Math.max(
			0,
			...felt.filter((l) => meaningOfMetric(l.subject).kind === kind && OUTGOING.test(l.subject) === outgoing).map((l) => l.strength),
		);
	const lost = strongestOf("errors", true);
	if (lost >= WELL) yield ["network-unreachable", lost];
	const watched = series.some((v) => v.candidate === first.candidate && meaningOfMetric(v.series.metric).kind === "cpu");
	const works = first.leads.some((l) => l.kind === "metric" && meaningOfMetric(l.subject).kind === "cpu" && l.strength >= 0.1);
	const slow = strongestOf("latency", false);
	if (watched && !works && slow >= WELL) yield ["network-delay", slow];
}

/** What a client's complaint that it got no connection says of how something fails: where calls are slow, their connections are taken. */
const WAITING = 0.5;

const isStore = ({ graph }: Situation, candidate: string): boolean => STORES.test(`${graph.kindOf(candidate)} ${candidate}`);

/** What one more that says the same adds. */
const REPEATED = 0.15;

/** The strongest, and a little for each of the next three: a dozen resources that feel a fault alike do not tell more than one of how it works. */
function most(said: readonly number[]): number {
	const [first = 0, ...rest] = said.toSorted((a, b) => b - a);
	return first + REPEATED * rest.slice(0, 3).reduce((sum, x) => sum + x, 0);
}

/** How strongly the services that nobody calls are asked for more; 0 where less than half of those that report their load are. */
function surgeOfEntries({ graph, series }: Situation, leads: readonly Lead[]): number {
	const reporting = new Set(series.filter((v) => meaningOfMetric(v.series.metric).role === "load").map((v) => v.candidate));
	const up = new Map<string, number>();
	for (const l of leads)
		if (l.mechanisms.has("traffic-surge") && l.kind === "metric") up.set(l.candidate, Math.max(up.get(l.candidate) ?? 0, l.strength));
	const entries = [...up.keys()].filter((c) => graph.callers(c).size === 0);
	return up.size >= 0.5 * reporting.size ? Math.max(0, ...entries.map((c) => up.get(c) ?? 0)) : 0;
}

export function judgeMechanism(votes: ReadonlyMap<Mechanism, number>): Mechanism {
	const [best] = [...votes].sort((a, b) => b[1] - a[1]);
	return best === undefined || best[1] < 0.05 ? "unknown" : best[0];
}

/** `settingsOnly`: whether the blamed change touches no code. The category of a mechanism; a blamed change says whether code or a setting broke what did not run out of something. */
export function categoryOf(mechanism: Mechanism, blamed: WeighedChange | null, settingsOnly = false, kind = "service"): Category {
	const category = FAILS.has(mechanism) && blamed === null && STORES.test(kind) ? "dependency_failure" : CATEGORY_OF[mechanism];
	if (blamed === null || category === "resource_exhaustion" || category === "traffic") return category;
	return !settingsOnly && /^(?:commit|deploy|rollout|release)$/.test(blamed.type) ? "code_defect" : "configuration_error";
}
