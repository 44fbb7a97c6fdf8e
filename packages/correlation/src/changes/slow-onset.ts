import type { Mechanism } from "@faultline/contracts";
import { meaningOfMetric } from "../mechanism/metric-lexicon.ts";
import type { ScoredCause } from "../rank/rank-causes.ts";
import type { Situation } from "../situation.ts";
import { hinge } from "../temporal/hinge.ts";
import type { Moment } from "../temporal/moment.ts";

/** What fills up slowly before it breaks. */
const SLOW: ReadonlySet<Mechanism> = new Set(["memory-exhausted", "disk-full", "connections-exhausted"]);

/** A hinge that explains less of a series than this is no drift. */
const DRIFT = 0.85;

/** A drift that leads to the fault lasts until this long before its onset, in milliseconds: the grid of slow metrics. */
const UNTIL_MS = 120_000;

/** When the fault began to build up: the start of a steady drift of something finite at the leading causes, else the onset. Milliseconds. */
export function slowOnset(
	situation: Situation,
	moment: Moment,
	causes: readonly ScoredCause[],
	mechanisms: ReadonlyMap<Mechanism, number>,
): number {
	const [how] = [...mechanisms].sort((a, b) => b[1] - a[1])[0] ?? [];
	const top = new Set(causes.slice(0, 3).map((c) => c.candidate));
	// The leading cause may show its first error after the first metric moved.
	let began = Math.max(moment.onset, causes[0]?.onset ?? moment.onset);
	for (const { series, candidate, baseline } of situation.series) {
		const meaning = meaningOfMetric(series.metric);
		if (baseline !== undefined || !top.has(candidate) || meaning.role !== "saturation") continue;
		if (meaning.mechanism === undefined || meaning.mechanism !== how || !SLOW.has(how)) continue;
		const last = peakBefore(series.times, series.values, moment.alertAt ?? moment.to, meaning.bad === "down");
		// What filled up breaks when it is full: a peak long before is a heap between two collections.
		if ((series.times[last] as number) < moment.onset - UNTIL_MS) continue;
		const drift = hinge(series.values.subarray(0, last + 1));
		if (drift === undefined || drift.explained < DRIFT || last - drift.index < 10) continue;
		if (drift.slope > 0 !== (meaning.bad !== "down")) continue;
		began = Math.min(began, series.times[drift.index] as number);
	}
	return began;
}

function peakBefore(times: Float64Array, values: Float64Array, end: number, low: boolean): number {
	let at = 0;
	for (let i = 0; i < values.length && (times[i] as number) <= end + 60_000; i++) {
		const [v, best] = [values[i] as number, values[at] as number];
		if (low ? v <= best : v >= best) at = i;
	}
	return at;
}
