import type { Encoder } from "@faultline/contracts";
import { isFiring } from "../situation.ts";
import { compare, type Group, headOf, type Rule } from "./grouping.ts";
import { holds, type Likeness, learnLikeness } from "./likeness.ts";
import { NOWHERE } from "./sighting.ts";

/** OpenTelemetry's SeverityNumber of a warning: what is quieter need not be told in other words. */
const LOUD = 13;
/** Templates of one place, and of all, that are compared. */
const MOST_AT_PLACE = 40;
const MOST = 400;

/** Everything of one wording at one place. */
interface Wording {
	key: string;
	place: string;
	family: string;
	text: string;
	metric: string | undefined;
	groups: Group[];
	/** Each set of stores that some of its groups have been seen by. */
	seenBy: Map<string, ReadonlySet<string>>;
}

interface Link {
	a: Wording;
	b: Wording;
	confidence: number;
	reason: string;
	/** Whether each pair of records must hold one another's message. */
	exact: boolean;
}

/**
 * Rules for events that sources tell in different words: an exception and the line that logs it, an alert and its alarm. Two wordings of one place are linked
 * where one holds the other, or where their vectors are more alike than those of different events, and they come at the same moments more often than by chance.
 */
export async function learnLinks(
	groups: readonly Group[],
	encoder: Encoder | undefined,
	tolerance: (group: Group) => number,
): Promise<Rule[]> {
	const wordings = wordingsOf(groups);
	const pairs = [...pairsOf(wordings)];
	if (pairs.length === 0) return [];
	const links: Link[] = [];
	const open: [Wording, Wording][] = [];
	for (const [a, b] of pairs) {
		const held = a.family === "line" ? holds(messageOf(a), messageOf(b)) : undefined;
		if (held !== undefined) links.push({ a, b, ...held, exact: true });
		else if (coincide(a, b, tolerance(a.groups[0] as Group))) open.push([a, b]);
	}
	if (encoder !== undefined && open.length > 0) {
		const likeness = await learnLikeness(textsOf(groups, new Set(open.flat().map((w) => w.family))), encoder);
		for (const [a, b] of open) links.push(...alike(a, b, likeness));
	}
	return toRules(links);
}

/** The first record's message without its values: those of another record are others, and are compared record by record. */
function messageOf({ groups }: Wording): string {
	return headOf(groups[0] as Group).message.replace(/[^\s:]*\d[^\s:]*/g, "#");
}

function keyOf(group: Group): string | undefined {
	const { family, place, template, text, signal, aggregate } = headOf(group);
	// What counts many is not one of them.
	if (place === NOWHERE || signal.severity < LOUD || aggregate) return undefined;
	return [family, place, family === "alert" ? `${isFiring(signal)}\u0000${text.replace(/[\d.,]+/g, "#")}` : template].join("\u0000");
}

function wordingsOf(groups: readonly Group[]): Map<string, Wording[]> {
	const all = new Map<string, Wording>();
	for (const group of groups) {
		const key = keyOf(group);
		if (key === undefined) continue;
		const { place, family, text, message, signal } = headOf(group);
		const metric = signal.alert?.metric;
		const one = all.get(key) ?? {
			key,
			place,
			family,
			text: family === "alert" ? text : message,
			metric,
			groups: [] as Group[],
			seenBy: new Map<string, ReadonlySet<string>>(),
		};
		all.set(key, one);
		one.groups.push(group);
		one.seenBy.set([...group.stores].sort().join(), group.stores);
	}
	const places = new Map<string, Wording[]>();
	const strongest = [...all.values()].sort((a, b) => b.groups.length - a.groups.length || compare(a.key, b.key)).slice(0, MOST);
	for (const one of strongest) {
		const at = `${one.family}\u0000${one.place}`;
		const list = places.get(at) ?? [];
		places.set(at, list);
		if (list.length < MOST_AT_PLACE) list.push(one);
	}
	return places;
}

/** Wordings of one place, some of whose records no store has both of. */
function* pairsOf(places: ReadonlyMap<string, readonly Wording[]>): Generator<[Wording, Wording]> {
	for (const list of places.values())
		for (const [i, a] of list.entries()) for (const b of list.slice(i + 1)) if (freeFor(a, b).length > 0) yield [a, b];
}

/** Groups of one wording that could be seen in some store as the other. */
function freeFor(a: Wording, b: Wording): Group[] {
	const others = [...b.seenBy.values()];
	const free = new Set([...a.seenBy].filter(([, stores]) => others.some((other) => other.isDisjointFrom(stores))).map(([key]) => key));
	return free.size === a.seenBy.size ? a.groups : a.groups.filter((group) => free.has([...group.stores].sort().join()));
}

/** Whether most of the rarer come with the other, and more than chance would have it. */
function coincide(a: Wording, b: Wording, tolerance: number): boolean {
	const [few, many] = [freeFor(a, b), freeFor(b, a)].sort((x, y) => x.length - y.length) as [Group[], Group[]];
	let [next, met] = [0, 0];
	if (few.length === 0) return false;
	for (const { at } of few) {
		while (next < many.length && (many[next] as Group).at < at - tolerance) next++;
		if (next < many.length && (many[next] as Group).at <= at + tolerance) met++;
	}
	const times = [...few, ...many].map((g) => g.at);
	const length = times.reduce((m, t) => Math.max(m, t), -Infinity) - times.reduce((m, t) => Math.min(m, t), Infinity);
	const chance = length <= 2 * tolerance ? 0 : 1 - Math.exp((-2 * tolerance * many.length) / length);
	return met / few.length >= 0.5 && met / few.length > 2 * chance;
}

/** Texts by store, of the families that are compared: what one store tells apart. */
function textsOf(groups: readonly Group[], families: ReadonlySet<string>): Map<string, Set<string>> {
	const byStore = new Map<string, Set<string>>();
	const seen = new Set<string>();
	for (const group of groups) {
		const key = keyOf(group);
		const { family, text, message } = headOf(group);
		if (key === undefined || !families.has(family) || seen.has(key) || seen.size >= MOST) continue;
		seen.add(key);
		for (const store of group.stores) {
			const set = byStore.get(store) ?? new Set();
			byStore.set(store, set.add(family === "alert" ? text : message));
		}
	}
	return byStore;
}

function alike(a: Wording, b: Wording, { between, threshold }: Likeness): Link[] {
	const cosine = between(a.text, b.text);
	if (cosine === undefined || cosine < threshold || speakOfOthers(a.metric, b.metric)) return [];
	const confidence = 0.5 + 0.4 * ((cosine - threshold) / Math.max(1e-9, 1 - threshold));
	return [
		{ a, b, confidence, reason: `texts alike (${cosine.toFixed(2)} against ${threshold.toFixed(2)} of different events)`, exact: false },
	];
}

/** Two metrics without a word in common. */
function speakOfOthers(a: string | undefined, b: string | undefined): boolean {
	if (a === undefined || b === undefined) return false;
	const words = (name: string): Set<string> => new Set(name.toLowerCase().match(/[a-z]{3,}/g) ?? []);
	return words(a).isDisjointFrom(words(b));
}

/** The surest first; those that share no wording are one rule. */
function toRules(links: readonly Link[]): Rule[] {
	let left = links.toSorted((a, b) => b.confidence - a.confidence || compare(a.a.key, b.a.key) || compare(a.b.key, b.b.key));
	const rules: Rule[] = [];
	while (left.length > 0) {
		const byWording = new Map<string, Link>();
		const { confidence, reason } = left[0] as Link;
		const later: Link[] = [];
		for (const link of left) {
			if (link.reason !== reason || byWording.has(link.a.key) || byWording.has(link.b.key)) later.push(link);
			else for (const { key } of [link.a, link.b]) byWording.set(key, link);
		}
		rules.push(ruleOf(byWording, confidence, reason));
		left = later;
	}
	return rules;
}

function ruleOf(byWording: ReadonlyMap<string, Link>, confidence: number, reason: string): Rule {
	const linkOf = (group: Group): Link | undefined => byWording.get(keyOf(group) ?? "");
	return {
		reason,
		confidence,
		keyOf: (group) => {
			const link = linkOf(group);
			return link === undefined ? undefined : `${link.a.key}\u0001${link.b.key}`;
		},
		agree: (a, b) => keyOf(a) !== keyOf(b) && (linkOf(a)?.exact !== true || holds(headOf(a).message, headOf(b).message) !== undefined),
	};
}
