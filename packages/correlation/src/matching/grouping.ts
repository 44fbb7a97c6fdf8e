import type { Clock } from "./clocks.ts";
import type { Sighting } from "./sighting.ts";

/** One record of a group, and how sure it is that it shows what the others show. */
export interface Member {
	sighting: Sighting;
	/** In (0, 1]; 1 for a record alone. */
	confidence: number;
	/** Why, in words; empty for a record alone. */
	reason: string;
}

/** Records of different stores that show one event; at most one of each store. */
export interface Group {
	/** Milliseconds, by the reference clock. */
	at: number;
	members: Member[];
	stores: ReadonlySet<string>;
	traceId: string | undefined;
}

/** One way of telling that two records are one. */
export interface Rule {
	reason: string;
	/** How sure it is where the times agree. */
	confidence: number;
	/** What both must have in common; undefined: the rule says nothing of it. */
	keyOf(group: Group): string | undefined;
	/** Where having the key in common is not enough. */
	agree?(a: Group, b: Group): boolean;
}

/** Two stores' times of one event differ by no more, in milliseconds, beyond what their clocks' spread explains. */
const SAME_MOMENT_MS = 1_000;
/** Rules are evaluated in turns, by each source on its own. */
const SAME_ALERT_MS = 300_000;
/** First those that agree to this, so that an equal line a moment later takes no one's place. */
const TIGHT_MS = 20;
const MOST_SPREAD_MS = 5_000;
/** Candidates that one record is compared to, in order of time. */
const LOOKED_AT = 64;

export function headOf(group: Group): Sighting {
	return (group.members[0] as Member).sighting;
}

/** Each record alone, in order of the reference clock. The order does not depend on the order in which they came. */
export function startGroups(sightings: readonly Sighting[], clocks: ReadonlyMap<string, Clock>): Group[] {
	const groups = sightings.map(
		(sighting): Group => ({
			at: sighting.at - (clocks.get(sighting.store)?.offsetMs ?? 0),
			members: [{ sighting, confidence: 1, reason: "" }],
			stores: new Set([sighting.store]),
			traceId: sighting.signal.traceId,
		}),
	);
	return groups.sort(
		(a, b) => a.at - b.at || compare(headOf(a).store, headOf(b).store) || compare(headOf(a).signal.id, headOf(b).signal.id),
	);
}

/** Milliseconds by which two stores may differ about one event. */
export function toleranceOf(clocks: ReadonlyMap<string, Clock>): (group: Group) => number {
	const widest = Math.max(0, ...Array.from(clocks.values(), (c) => c.spreadMs));
	const line = SAME_MOMENT_MS + 3 * Math.min(MOST_SPREAD_MS, widest);
	return (group) => (headOf(group).family === "alert" ? SAME_ALERT_MS : line);
}

/** Groups after a rule: those that it finds to be one are one. In order of time, as they came. Cost O(n log n). */
export function applyRule(groups: readonly Group[], rule: Rule, toleranceFor: (group: Group) => number): Group[] {
	const buckets = new Map<string, Group[]>();
	for (const group of groups) {
		const key = rule.keyOf(group);
		if (key === undefined) continue;
		const bucket = buckets.get(key);
		if (bucket === undefined) buckets.set(key, [group]);
		else bucket.push(group);
	}
	const gone = new Set<Group>();
	for (const bucket of buckets.values()) if (bucket.length > 1) joinBucket(bucket, rule, toleranceFor(bucket[0] as Group), gone);
	return gone.size === 0 ? [...groups] : groups.filter((group) => !gone.has(group)).sort((a, b) => a.at - b.at);
}

function joinBucket(bucket: readonly Group[], rule: Rule, tolerance: number, gone: Set<Group>): void {
	const kinds = new Map<string, Group[]>();
	for (const group of bucket) {
		const kind = [...group.stores].sort().join("\u0000");
		const list = kinds.get(kind);
		if (list === undefined) kinds.set(kind, [group]);
		else list.push(group);
	}
	if (kinds.size < 2) return;
	const [first, ...others] = [...kinds].sort(([a, x], [b, y]) => y.length - x.length || compare(a, b)).map(([, list]) => list);
	let joined = first as Group[];
	for (const list of others) {
		const stores = (list[0] as Group).stores;
		for (const within of tolerance > TIGHT_MS ? [TIGHT_MS, tolerance] : [tolerance]) {
			const free = joined.filter((group) => group.stores.isDisjointFrom(stores));
			joinInOrder(free, list, rule, within, tolerance, gone);
		}
		joined = [...joined, ...list.filter((group) => !gone.has(group))].sort((a, b) => a.at - b.at);
	}
}

/** Both in order of time: each of the second finds the first of the other that is near enough and not taken. */
function joinInOrder(
	into: readonly Group[],
	list: readonly Group[],
	rule: Rule,
	within: number,
	tolerance: number,
	gone: Set<Group>,
): void {
	const taken = new Uint8Array(into.length);
	let from = 0;
	for (const group of list) {
		if (gone.has(group)) continue;
		while (from < into.length && (taken[from] === 1 || (into[from] as Group).at < group.at - within)) from++;
		for (let i = from; i < Math.min(into.length, from + LOOKED_AT); i++) {
			const target = into[i] as Group;
			if (target.at > group.at + within) break;
			if (taken[i] === 1 || contradict(target, group) || rule.agree?.(target, group) === false) continue;
			taken[i] = 1;
			gone.add(group);
			take(target, group, rule, tolerance);
			break;
		}
	}
}

/** Two requests that fail alike are two. */
function contradict(a: Group, b: Group): boolean {
	return a.traceId !== undefined && b.traceId !== undefined && a.traceId !== b.traceId;
}

function take(target: Group, group: Group, rule: Rule, tolerance: number): void {
	const apart = Math.abs(target.at - group.at);
	const confidence = rule.confidence * (1 - (0.15 * apart) / tolerance);
	const reason = `${rule.reason}, ${apart < 1_000 ? `${Math.round(apart)} ms` : `${(apart / 1_000).toFixed(1)} s`} apart`;
	const give = (m: Member): Member => (m.confidence <= confidence && m.reason !== "" ? m : { ...m, confidence, reason });
	const alone = target.members.length === 1;
	target.members = [...(alone ? target.members.map(give) : target.members), ...group.members.map(give)];
	target.stores = target.stores.union(group.stores);
	target.traceId ??= group.traceId;
}

export function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
