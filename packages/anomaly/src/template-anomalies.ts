/** One time a template was seen. */
export interface TemplateOccurrence {
	templateId: string;
	/** Milliseconds since the epoch. */
	time: number;
	/** OpenTelemetry SeverityNumber, 0 where unknown. */
	severity: number;
	service?: string | undefined;
	/** How many lines this stands for; 1 by default. */
	count?: number | undefined;
}

export type TemplateChange = "new" | "burst" | "disappeared" | "error";

export interface TemplateAnomaly {
	templateId: string;
	service: string | undefined;
	/** 0 to 1. */
	score: number;
	changes: TemplateChange[];
	/** When it began: first occurrence of what is new, begin of the burst, last occurrence of what disappeared. Milliseconds since the epoch. */
	onset: number;
	/** Occurrences in the window. */
	count: number;
	/** Occurrences in the baseline. */
	baselineCount: number;
	/** Highest severity seen in the window. */
	severity: number;
	/** Why, in words: one per change. */
	votes: string[];
}

export interface TemplateAnomalyOptions {
	/** Begin and end of the window that is judged, in milliseconds since the epoch. */
	from: number;
	to: number;
	/** Begin of the baseline; it ends where the window begins. The first occurrence where it is not given. */
	baselineFrom?: number;
	/** Scores below this are left out. */
	minScore?: number;
	/** Slices of the window in which a burst is looked for. */
	slices?: number;
}

/**
 * Templates whose occurrences in [from, to) differ from those before `from`: new, bursting, disappeared, or at error level.
 *
 * A burst or a loss is judged by the Poisson rate of the baseline, through the Anscombe transform, which makes counts nearly normal:
 *
 *   z = 2 (sqrt(n + 3/8) - sqrt(lambda + 3/8)),   lambda = (baselineCount + 1/2) / baselineLength * length
 *
 * Anscombe, "The transformation of Poisson, binomial and negative-binomial data", Biometrika 1948. Cost O(n). One pair of template and
 * service is one candidate. An empty baseline makes nothing "new": rarity and error level then speak alone.
 */
export function detectTemplateAnomalies(occurrences: Iterable<TemplateOccurrence>, options: TemplateAnomalyOptions): TemplateAnomaly[] {
	const { from, to, minScore = 0.2, slices = 12 } = options;
	const tallies = new Map<string, Tally>();
	let first = Number.POSITIVE_INFINITY;
	let windowTotal = 0;
	for (const occurrence of occurrences) {
		if (occurrence.time >= to || occurrence.time < (options.baselineFrom ?? Number.NEGATIVE_INFINITY)) continue;
		first = Math.min(first, occurrence.time);
		if (occurrence.time >= from) windowTotal += occurrence.count ?? 1;
		record(tallies, occurrence, from, to, slices);
	}
	const context: Context = { from, to, baselineLength: Math.max(0, from - (options.baselineFrom ?? first)), windowTotal, slices };
	return [...tallies.values()]
		.map((tally) => judge(tally, context))
		.filter((anomaly) => anomaly.score >= minScore)
		.sort((a, b) => b.score - a.score || a.onset - b.onset);
}

interface Tally {
	templateId: string;
	service: string | undefined;
	baseline: number;
	baselineSeverity: number;
	baselineLast: number;
	count: number;
	severity: number;
	first: number;
	perSlice: Float64Array;
}

interface Context {
	from: number;
	to: number;
	baselineLength: number;
	windowTotal: number;
	slices: number;
}

function record(tallies: Map<string, Tally>, o: TemplateOccurrence, from: number, to: number, slices: number): void {
	const name = `${o.service ?? ""}\u0000${o.templateId}`;
	let tally = tallies.get(name);
	if (tally === undefined) {
		tally = {
			templateId: o.templateId,
			service: o.service,
			baseline: 0,
			baselineSeverity: 0,
			baselineLast: 0,
			count: 0,
			severity: 0,
			first: 0,
			perSlice: new Float64Array(slices),
		};
		tallies.set(name, tally);
	}
	const n = o.count ?? 1;
	if (o.time < from) {
		tally.baseline += n;
		tally.baselineSeverity = Math.max(tally.baselineSeverity, o.severity);
		tally.baselineLast = Math.max(tally.baselineLast, o.time);
		return;
	}
	tally.first = tally.count === 0 ? o.time : Math.min(tally.first, o.time);
	tally.count += n;
	tally.severity = Math.max(tally.severity, o.severity);
	const slice = Math.min(slices - 1, Math.floor(((o.time - from) / (to - from)) * slices));
	tally.perSlice[slice] = (tally.perSlice[slice] ?? 0) + n;
}

/** Deviations that count as a change, and those that count as certain. */
const Z_CHANGE = 4;
const Z_CERTAIN = 16;

function judge(tally: Tally, context: Context): TemplateAnomaly {
	const { from, to, baselineLength, slices } = context;
	const result: TemplateAnomaly = {
		templateId: tally.templateId,
		service: tally.service,
		score: 0,
		changes: [],
		onset: tally.count > 0 ? tally.first : tally.baselineLast,
		count: tally.count,
		baselineCount: tally.baseline,
		severity: tally.severity,
		votes: [],
	};
	const found = (change: TemplateChange, score: number, words: string): void => {
		result.changes.push(change);
		result.votes.push(words);
		result.score = 1 - (1 - result.score) * (1 - score);
	};
	if (baselineLength > 0 && tally.baseline === 0) {
		found("new", 0.5, `first seen ${clock(tally.first)}, 0 times in the ${span(baselineLength)} before`);
	} else if (baselineLength > 0) {
		const rate = (tally.baseline + 0.5) / baselineLength;
		const burst = burstOf(tally, rate, (to - from) / slices);
		if (burst.z >= Z_CHANGE) {
			result.onset = from + (burst.slice * (to - from)) / slices;
			found("burst", strength(burst.z) * 0.6, `${burst.count} in ${span((to - from) / slices)}, ${figure(burst.expected)} expected`);
		}
		const expected = rate * (to - from);
		const loss = anscombe(expected) - anscombe(tally.count);
		if (loss >= Z_CHANGE && tally.count <= expected * 0.2) {
			found("disappeared", strength(loss) * 0.5, `${tally.count} in the window, ${figure(expected)} expected`);
		}
	}
	// An error that was as frequent before is background: it counts only where something else changed, or where there is no before.
	if (tally.severity >= 17 && (result.changes.length > 0 || baselineLength === 0 || tally.severity > tally.baselineSeverity)) {
		found("error", tally.severity >= 21 ? 0.6 : 0.5, tally.severity >= 21 ? "fatal level" : "error level");
	}
	if (baselineLength === 0 && tally.count > 0) {
		const rarity = 1 / (1 + Math.log2(tally.count));
		result.score = 1 - (1 - result.score) * (1 - 0.3 * rarity);
		result.votes.push(`${tally.count} of ${context.windowTotal} lines; no baseline`);
	}
	return result;
}

function burstOf(tally: Tally, rate: number, length: number): { z: number; slice: number; count: number; expected: number } {
	const expected = rate * length;
	let best = { z: 0, slice: 0, count: 0, expected };
	let begin = -1;
	tally.perSlice.forEach((count, slice) => {
		const z = anscombe(count) - anscombe(expected);
		if (z >= Z_CHANGE && begin < 0) begin = slice;
		if (z > best.z) best = { z, slice, count, expected };
	});
	return begin < 0 ? best : { ...best, slice: begin };
}

const anscombe = (n: number): number => 2 * Math.sqrt(n + 0.375);
const strength = (z: number): number => Math.min(1, z / Z_CERTAIN);
const figure = (x: number): string => String(Number(x.toPrecision(2)));
const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

function span(ms: number): string {
	if (ms < 120_000) return `${figure(ms / 1000)} s`;
	if (ms < 5_400_000) return `${figure(ms / 60_000)} min`;
	return `${figure(ms / 3_600_000)} h`;
}
