import type { ChangeDetail, SeenBy, Signal } from "@faultline/contracts";
import { compare, type Group, type Member } from "./grouping.ts";
import { holds } from "./likeness.ts";
import type { Matching } from "./match-sightings.ts";
import { NOWHERE, type Sighting } from "./sighting.ts";

/** Others that a record names as having seen the same. */
const MOST_NAMED = 8;
/** Of an occurrence that a tracker only counted. */
const COUNTED = 0.8;

/**
 * One record of each group, under the id of the one that leads to its source's page, else of the earliest; the others are named in `seenBy`. A record that
 * stands for occurrences which others hold one by one gives up as many, and is gone where none is left. In order of time.
 */
export function foldMatches({ groups, clocks }: Matching): Signal[] {
	const seen = new Map<Group, SeenBy[]>();
	const counts = new Map<Group, number>();
	for (const { group, taken } of absorb(groups, (store) => clocks.get(store)?.offsetMs ?? 0)) {
		const { signal } = (group.members[0] as Member).sighting;
		for (const one of taken)
			seen.set(one, [...(seen.get(one) ?? []), seenAs(signal, COUNTED, `one of the ${signal.count} that it counts`)]);
		counts.set(group, signal.count - taken.length);
	}
	const folded = groups.flatMap((group) => {
		const count = counts.get(group);
		if (count === 0) return [];
		const one = foldGroup(group.members, seen.get(group) ?? []);
		return [count === undefined ? one : { ...one, count }];
	});
	return folded
		.map((signal) => ({ signal, at: Date.parse(signal.time) }))
		.sort(inOrder)
		.map(({ signal }) => signal);
}

function inOrder(a: { signal: Signal; at: number }, b: { signal: Signal; at: number }): number {
	return a.at - b.at || compare(a.signal.time, b.signal.time) || compare(a.signal.id, b.signal.id);
}

function foldGroup(members: readonly Member[], counted: readonly SeenBy[]): Signal {
	const [head, ...others] = [...members].sort(
		(a, b) =>
			Number(b.sighting.signal.url !== undefined) - Number(a.sighting.signal.url !== undefined) ||
			a.sighting.at - b.sighting.at ||
			compare(a.sighting.signal.id, b.sighting.signal.id),
	) as [Member, ...Member[]];
	const named = [
		...(head.sighting.signal.seenBy ?? []),
		...others.map(({ sighting: { signal }, confidence, reason }) =>
			seenAs(signal, Math.min(confidence, head.confidence), reason === "" ? head.reason : reason),
		),
		...counted,
	].slice(0, MOST_NAMED);
	const one = others.reduce((a, { sighting }) => mergeSignals(a, sighting.signal), head.sighting.signal);
	return named.length === 0 ? one : { ...one, seenBy: named };
}

function seenAs({ source, kind, id, url }: Signal, confidence: number, reason: string): SeenBy {
	return { source, kind, id, ...(url === undefined ? {} : { url }), confidence: Number(confidence.toFixed(2)), reason };
}

/** Two records of one event as one: the first, with what the other knows beyond it. */
export function mergeSignals(a: Signal, b: Signal): Signal {
	return {
		...b,
		...a,
		severity: Math.max(a.severity, b.severity),
		// The more precise name: a pod rather than its service.
		resource: a.resource === a.service || a.resource === "unknown" ? b.resource : a.resource,
		attributes: { ...b.attributes, ...a.attributes },
		...(a.change !== undefined && b.change !== undefined ? { change: mergeChanges(a.change, b.change) } : {}),
		count: Math.max(a.count, b.count),
	};
}

/** One change as two sources tell it: all that either knows. */
function mergeChanges(a: ChangeDetail, b: ChangeDetail): ChangeDetail {
	return { ...b, ...a, type: a.type === "commit" ? b.type : a.type };
}

/** Milliseconds before and after what a counting record says of its times. */
const AROUND_MS = 1_500;

/** For each record that counts, those of others that it counted: at its place, in its time, of its message or its fingerprint's templates. */
function* absorb(groups: readonly Group[], offsetOf: (store: string) => number): Generator<{ group: Group; taken: Group[] }> {
	const counting = groups.filter(
		({ members: [only, ...others] }) => others.length === 0 && only?.sighting.aggregate && only.sighting.place !== NOWHERE,
	);
	if (counting.length === 0) return;
	const byPlace = new Map<string, Group[]>();
	const templates = new Map<string, Set<string>>();
	for (const group of groups) {
		const { place, family } = sightingOf(group);
		if (family !== "line") continue;
		const list = byPlace.get(place);
		if (list === undefined) byPlace.set(place, [group]);
		else list.push(group);
		for (const { sighting } of group.members) {
			const key = fingerprintOf(sighting);
			if (key === undefined || group.members.length < 2) continue;
			const known = templates.get(key) ?? new Set();
			templates.set(key, known);
			for (const m of group.members) known.add(m.sighting.template);
		}
	}
	const used = new Map<string, Set<Group>>();
	for (const group of counting) {
		const { store, signal, place, at } = sightingOf(group);
		const taken = used.get(store) ?? new Set();
		used.set(store, taken);
		const known = templates.get(fingerprintOf(sightingOf(group)) ?? "");
		const last = Date.parse(String(signal.attributes.lastSeen ?? ""));
		const [from, to] = [at - offsetOf(store) - AROUND_MS, (Number.isFinite(last) ? last : at) - offsetOf(store) + AROUND_MS];
		const found: Group[] = [];
		for (const other of byPlace.get(place) ?? []) {
			if (found.length >= signal.count || other.at > to) break;
			if (other === group || other.at < from || other.stores.has(store) || taken.has(other)) continue;
			if (!saysTheSame(sightingOf(group), other, known)) continue;
			taken.add(other);
			found.push(other);
		}
		if (found.length > 0) yield { group, taken: found };
	}
}

const sightingOf = (group: Group): Sighting => (group.members[0] as Member).sighting;

function fingerprintOf({ store, place, signal }: Sighting): string | undefined {
	return signal.fingerprint === undefined ? undefined : `${store}\u0000${place}\u0000${signal.fingerprint}`;
}

function saysTheSame(counted: Sighting, group: Group, known: ReadonlySet<string> | undefined): boolean {
	return group.members.some(
		({ sighting: { template, message, aggregate } }) =>
			!aggregate &&
			(known?.has(template) ||
				template === counted.template ||
				message === counted.message ||
				holds(message, counted.message) !== undefined),
	);
}
