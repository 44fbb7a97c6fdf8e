import type { Sighting } from "./sighting.ts";

/** Words with a digit: numbers, ids, addresses. */
const VALUE = /[\w.$-]*\d[\w.$-]*/g;
/** Dates and times, which each store writes in its own way. */
const TIMES = /\d{4}[-/]\d{2}[-/]\d{2}[T ]?|\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?/g;

const known = new WeakMap<Sighting, ReadonlySet<string>>();

function valuesOf(sighting: Sighting): ReadonlySet<string> {
	let values = known.get(sighting);
	if (values === undefined) {
		values = new Set(sighting.text.replace(TIMES, " ").match(VALUE));
		known.set(sighting, values);
	}
	return values;
}

/** Whether two records may speak of one thing: all values of the one that has fewer are in the other. */
export function valuesAgree(a: Sighting, b: Sighting): boolean {
	const [x, y] = [valuesOf(a), valuesOf(b)];
	return x.size <= y.size ? x.isSubsetOf(y) : y.isSubsetOf(x);
}
