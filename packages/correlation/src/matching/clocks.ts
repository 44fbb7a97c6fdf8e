import { mad, median } from "../temporal/robust.ts";
import { NOWHERE, type Sighting } from "./sighting.ts";

/** How one store's clock stands to another's. */
export interface Clock {
	store: string;
	/** The store that it is measured against; itself for the one that all are measured by. */
	against: string;
	/** By how much its times are later than the reference's, in milliseconds. */
	offsetMs: number;
	/** Robust standard deviation of the offsets. */
	spreadMs: number;
	/** Records that were surely seen by both. */
	pairs: number;
}

/** Fewer sure pairs say nothing of a clock. */
const MIN_PAIRS = 5;
/** A text that comes more often in each store cannot be told apart by its number. */
const RARE = 50;
/** Offsets of a pair of stores that are looked at. */
const SAMPLE = 2_000;
/** A text shorter than this is said by many. */
const TELLING = 12;
/** Offsets larger than this need many pairs that agree closely: the same sentence may be said anew after a while. */
const LARGE_MS = 30_000;

/**
 * Clock of each store, from pairs that are surely one event: texts that two stores hold equally often at one place, the first with the first and so on. The
 * offset is the median of theirs. The store with most records is the reference; others are tied to it by the pairs of which there are most.
 */
export function learnClocks(sightings: readonly Sighting[]): Map<string, Clock> {
	const sizes = new Map<string, number>();
	const byText = new Map<string, Map<string, number[]>>();
	for (const { store, at, place, text, family } of sightings) {
		sizes.set(store, (sizes.get(store) ?? 0) + 1);
		if (family !== "line" || text.length < TELLING || place === NOWHERE) continue;
		const key = `${place}\u0000${text}`;
		const stores = byText.get(key) ?? new Map<string, number[]>();
		byText.set(key, stores);
		const times = stores.get(store);
		if (times === undefined) stores.set(store, [at]);
		else times.push(at);
	}
	return spread(sizes, offsetsOf(byText.values()));
}

interface PairOffsets {
	a: string;
	b: string;
	/** Of b against a. */
	values: number[];
}

function offsetsOf(texts: Iterable<Map<string, number[]>>): PairOffsets[] {
	const pairs = new Map<string, PairOffsets>();
	for (const stores of texts) {
		if (stores.size < 2) continue;
		const sorted = [...stores].filter(([, t]) => t.length <= RARE).sort(([a], [b]) => (a < b ? -1 : 1));
		for (const [, times] of sorted) times.sort((x, y) => x - y);
		for (const [i, [a, ofA]] of sorted.entries()) {
			for (const [b, ofB] of sorted.slice(i + 1)) {
				if (ofA.length !== ofB.length) continue;
				const pair = pairs.get(`${a}\u0000${b}`) ?? { a, b, values: [] };
				pairs.set(`${a}\u0000${b}`, pair);
				for (const [k, at] of ofA.entries()) if (pair.values.length < SAMPLE) pair.values.push((ofB[k] as number) - at);
			}
		}
	}
	return [...pairs.values()];
}

function spread(sizes: ReadonlyMap<string, number>, pairs: readonly PairOffsets[]): Map<string, Clock> {
	const clocks = new Map<string, Clock>();
	const stores = [...sizes].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([store]) => store);
	const trusted = pairs.flatMap((pair) => {
		const offset = median(pair.values);
		const spreadMs = mad(pair.values, offset);
		const enough =
			pair.values.length >= MIN_PAIRS && (Math.abs(offset) <= LARGE_MS || (pair.values.length >= 4 * MIN_PAIRS && spreadMs <= 1_000));
		return enough ? [{ ...pair, offset, spreadMs }] : [];
	});
	trusted.sort((x, y) => y.values.length - x.values.length || (`${x.a}${x.b}` < `${y.a}${y.b}` ? -1 : 1));
	for (const root of stores) {
		if (clocks.has(root)) continue;
		clocks.set(root, { store: root, against: root, offsetMs: 0, spreadMs: 0, pairs: 0 });
		for (let grown = true; grown; ) {
			const next = trusted.find(({ a, b }) => clocks.has(a) !== clocks.has(b));
			grown = next !== undefined;
			if (next === undefined) break;
			const [known, other, offset] = clocks.has(next.a) ? [next.a, next.b, next.offset] : [next.b, next.a, -next.offset];
			const base = clocks.get(known) as Clock;
			clocks.set(other, {
				store: other,
				against: known,
				offsetMs: base.offsetMs + offset,
				spreadMs: Math.hypot(base.spreadMs, next.spreadMs),
				pairs: next.values.length,
			});
		}
	}
	return clocks;
}

/** A clock that is off by more than this is told, in milliseconds. */
const TOLD_MS = 2_000;

/** Sentences of the clocks that differ by more than two seconds, one per pair of sources. */
export function clockNotes(clocks: ReadonlyMap<string, Clock>): string[] {
	const notes = new Map<string, string>();
	for (const { store, against, offsetMs, spreadMs, pairs } of clocks.values()) {
		const off = offsetMs - (clocks.get(against)?.offsetMs ?? 0);
		if (pairs === 0 || Math.abs(off) <= TOLD_MS) continue;
		const [one, other] = [sourceOf(store), sourceOf(against)];
		const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
		notes.set(
			[one, other].sort().join("\u0000"),
			`Clocks: ${one} is ${seconds(Math.abs(off))} s ${off > 0 ? "ahead of" : "behind"} ${other} (median of ${pairs} records that both saw, spread ${seconds(spreadMs)} s).`,
		);
	}
	return [...notes.values()];
}

const sourceOf = (store: string): string => store.slice(0, store.lastIndexOf("/"));
