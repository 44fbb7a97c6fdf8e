import type { Encoder } from "@faultline/contracts";
import { quantileOfSorted } from "../temporal/robust.ts";

/** A message shorter than this is part of many. */
const TELLING = 14;
/** Texts of each store whose likeness to one another is looked at, to learn what is no twin. */
const SAMPLE = 60;
const MIN_SAMPLE = 20;
/** Without enough to learn from. */
const UNLEARNED = 0.85;
const LEAST = 0.6;
const MOST = 0.97;
/** Of pairs that cannot be twins, this share is less alike than the threshold. */
const SHARE = 0.995;

/** "java.io.IOException: gone" and the like; what was thrown, and what it says. */
const EXCEPTION = /^(?:uncaught |unhandled )?([\w.$]*(?:Error|Exception|Fault|Failure|Panic|Throwable)\w*)\s*:\s*(.+)$/i;

/** Whether one of two messages holds the other, or what the other's exception says; in words, undefined where not. */
export function holds(a: string, b: string): { reason: string; confidence: number } | undefined {
	return heldIn(a, b) ?? heldIn(b, a);
}

function heldIn(part: string, whole: string): { reason: string; confidence: number } | undefined {
	const cut = /(?:\.\.\.|…)$/.exec(part);
	const shown = cut === null ? part : part.slice(0, cut.index);
	if (shown.length >= TELLING && whole.includes(shown))
		return { reason: cut === null ? "one holds the other's message" : "cut off, else the same", confidence: 0.9 };
	for (const link of shown.split(", caused by ")) {
		const [, type, said] = EXCEPTION.exec(link.trim()) ?? [];
		if (said === undefined || said.length < TELLING || !whole.includes(said)) continue;
		const short = (type ?? "").split(".").at(-1) ?? "";
		return whole.includes(short)
			? { reason: "same exception and message", confidence: 0.92 }
			: { reason: "same exception message", confidence: 0.88 };
	}
	return undefined;
}

export interface Likeness {
	/** Cosine of two texts' vectors; undefined where a text has none. */
	between(a: string, b: string): number | undefined;
	/** From here on two texts may be one event's. */
	threshold: number;
}

/**
 * Vectors of texts, and from where on two are alike. What two templates of one store have in common is what different events have in common: the threshold is
 * a high quantile of that, of this very system.
 *
 * @throws what the encoder throws
 */
export async function learnLikeness(byStore: ReadonlyMap<string, ReadonlySet<string>>, encoder: Encoder): Promise<Likeness> {
	const texts = [...new Set([...byStore.values()].flatMap((set) => [...set]))].sort();
	const vectors = await encoder.encode(texts);
	const of = new Map(texts.map((text, i) => [text, vectors[i]]));
	const between = (a: string, b: string): number | undefined => {
		const [x, y] = [of.get(a), of.get(b)];
		if (x === undefined || y === undefined) return undefined;
		let sum = 0;
		for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
		return sum;
	};
	const apart: number[] = [];
	for (const set of byStore.values()) {
		const sample = [...set].sort().slice(0, SAMPLE);
		for (const [i, a] of sample.entries()) for (const b of sample.slice(i + 1)) apart.push(between(a, b) as number);
	}
	const learned = quantileOfSorted(Float64Array.from(apart).sort(), SHARE);
	return { between, threshold: apart.length < MIN_SAMPLE ? UNLEARNED : Math.min(MOST, Math.max(LEAST, learned)) };
}
