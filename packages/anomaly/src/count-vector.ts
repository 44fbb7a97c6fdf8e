import type { CountForm, EventCounts } from "./session-counts.ts";

/**
 * Event count vectors: a session is as unusual as its distance to the nearest session of the baseline.
 *
 *   d(a) = max(min_b d_1(a, b), min_b d_w(a, b)),   d_w(a, b) = sum_e w_e v_e |f(a_e) - f(b_e)| / sum_e w_e max(f(a_e), f(b_e))
 *   f(n) = log2(1 + n),   w_e = ln((N + 1) / (df_e + 1)) + 0.1,   v_e = 1 / (1 + 4 s_e) where both have the event, else 1
 *
 * After Landauer, Skopik & Wurzenberger, "A critical review of common log data sets used for evaluation of sequence-based anomaly detection
 * techniques", FSE 2024 (event count vector clustering with inverse document frequency). Fit O(N), score O(F + events
 * shared with them) for F distinct vectors.
 * Differs from the paper: weighted Jaccard distances, in [0, 1], of logarithms of counts; s_e is the standard deviation of f(n_e) over the
 * sessions that have the event, since one more of what comes in any number says less than one more of what always comes in threes; and of the
 * nearest by plain counts (w = 1) and the nearest by weighted ones the farther, since the weights see rare events that came and the plain
 * counts see common events that stayed away.
 */
export interface CountVectors {
	/** Nearest baseline vector and its distance; distance 1 where the baseline is empty. */
	nearest(session: EventCounts): { distance: number; form: CountForm | undefined };
	/** Distances within which each number of sessions of the baseline lies (those equal to the session included); numbers ascending. */
	reach(session: EventCounts, sessions: readonly number[]): number[];
	/** Sessions of the forms that are compared with. */
	readonly compared: number;
	weight(event: number): number;
	/** Of the session's rarest event: ln((N + 1) / (df + 1)) / ln(N + 1), 1 for one never seen, and the baseline sessions that have it; event -1 for an empty session. */
	rarity(session: EventCounts): { rarity: number; event: number; sessions: number };
}

interface EventWeight {
	/** By rarity. */
	w: number;
	/** By how steady its counts are. */
	v: number;
}

interface EventSum {
	sessions: number;
	/** Of log2(1 + n) and of its square over the sessions that have the event. */
	sum: number;
	squares: number;
}

/** Keeps weight on events that every session has. */
const LEAST_WEIGHT = 0.1;
/** A standard deviation of a quarter of a doubling halves what a difference of counts says. */
const SPREAD_WEIGHT = 4;

/** `compared`: how many of the forms, the first, sessions are compared with; how rare an event is follows from all of them. */
export function fitCountVectors(forms: readonly CountForm[], compared = forms.length): CountVectors {
	const { total, sums } = sumUp(forms);
	const weights = new Map([...sums].map(([event, sum]) => [event, { w: weightOf(total, sum.sessions), v: steadiness(sum) }]));
	const unknown = { w: weightOf(total, 0), v: 1 };
	const weight = (event: number): EventWeight => weights.get(event) ?? unknown;
	const kept = forms.slice(0, compared);
	const distances = createDistances(kept, weight);
	const sessionsOf = Float64Array.from(kept, ({ sessions }) => sessions);
	return {
		compared: sessionsOf.reduce((sum, sessions) => sum + sessions, 0),
		weight: (event) => weight(event).w,
		rarity(session) {
			let event = -1;
			let rarest = 0;
			for (const candidate of session.events) {
				const rarity = 1 - Math.log((sums.get(candidate)?.sessions ?? 0) + 1) / Math.log(Math.max(2, total + 1));
				if (event >= 0 && rarity <= rarest) continue;
				event = candidate;
				rarest = rarity;
			}
			return { rarity: rarest, event, sessions: sums.get(event)?.sessions ?? 0 };
		},
		nearest(session) {
			const to = distances(session);
			let plain = 1;
			let weighted = 1;
			let nearest = kept[0];
			for (let i = 0; i < kept.length && weighted > 0; i++) {
				plain = Math.min(plain, to.plain[i] as number);
				if ((to.weighted[i] as number) >= weighted) continue;
				weighted = to.weighted[i] as number;
				nearest = kept[i];
			}
			return { distance: weighted === 0 ? 0 : Math.max(plain, weighted), form: nearest };
		},
		reach: (session, wanted) => reachOf(distances(session).weighted, sessionsOf, wanted),
	};
}

const scaled = (n: number): number => Math.log2(1 + n);
const weightOf = (total: number, sessions: number): number => Math.log((total + 1) / (sessions + 1)) + LEAST_WEIGHT;

function steadiness({ sessions, sum, squares }: EventSum): number {
	const variance = squares / sessions - (sum / sessions) ** 2;
	return 1 / (1 + SPREAD_WEIGHT * Math.sqrt(Math.max(0, variance)));
}

function sumUp(forms: readonly CountForm[]): { total: number; sums: Map<number, EventSum> } {
	const sums = new Map<number, EventSum>();
	let total = 0;
	for (const { counts, sessions } of forms) {
		total += sessions;
		counts.events.forEach((event, i) => {
			const f = scaled(counts.counts[i] ?? 0);
			let sum = sums.get(event);
			if (sum === undefined) {
				sum = { sessions: 0, sum: 0, squares: 0 };
				sums.set(event, sum);
			}
			sum.sessions += sessions;
			sum.sum += sessions * f;
			sum.squares += sessions * f * f;
		});
	}
	return { total, sums };
}

/** By form; the same arrays every time. */
interface Distances {
	plain: Float64Array;
	weighted: Float64Array;
}

/** Below it a difference of sums is rounding. */
const ROUNDING = 1e-12;

/**
 * The plain and the weighted Jaccard distance of a session to every form; 0 for two empty ones. By event the forms that have it are listed, and what
 * only one of the two has follows from the sums of both: a session costs a few additions for each event that it shares with a form.
 *
 *   apart = A + B + sum over shared e of w_e (v_e |a_e - b_e| - a_e - b_e),   most = A + B - sum over shared e of w_e min(a_e, b_e)
 */
function createDistances(forms: readonly CountForm[], weight: (event: number) => EventWeight): (session: EventCounts) => Distances {
	const known = forms.map(({ counts }) => prepare(counts, weight));
	const lists = listByEvent(known);
	const room = (): Float64Array => new Float64Array(forms.length);
	const [plainApart, plainMost, apart, most] = [room(), room(), room(), room()];
	return (session) => {
		const own = prepare(session, weight);
		for (let i = 0; i < known.length; i++) {
			const form = known[i] as Prepared;
			plainApart[i] = own.plain + form.plain;
			apart[i] = own.weighted + form.weighted;
		}
		plainMost.set(plainApart);
		most.set(apart);
		for (let e = 0; e < own.events.length; e++) {
			const list = lists.get(own.events[e] as number);
			if (list === undefined) continue;
			const { at, f } = list;
			const [fa, w, v] = [own.f[e] as number, own.w[e] as number, own.v[e] as number];
			for (let i = 0; i < at.length; i++) {
				const form = at[i] as number;
				const fb = f[i] as number;
				const smaller = Math.min(fa, fb);
				const fewer = v * Math.abs(fa - fb) - fa - fb;
				plainApart[form] = (plainApart[form] as number) + fewer;
				plainMost[form] = (plainMost[form] as number) - smaller;
				apart[form] = (apart[form] as number) + w * fewer;
				most[form] = (most[form] as number) - w * smaller;
			}
		}
		for (let i = 0; i < known.length; i++) {
			plainApart[i] = share(plainApart[i] as number, plainMost[i] as number);
			apart[i] = share(apart[i] as number, most[i] as number);
		}
		return { plain: plainApart, weighted: apart };
	};
}

/** By event: the forms that have it, and log2(1 + n) of theirs. */
function listByEvent(known: readonly Prepared[]): Map<number, { at: Int32Array; f: Float64Array }> {
	const lists = new Map<number, { at: number[]; f: number[] }>();
	for (const [form, { events, f }] of known.entries())
		for (let i = 0; i < events.length; i++) {
			const event = events[i] as number;
			let list = lists.get(event);
			if (list === undefined) {
				list = { at: [], f: [] };
				lists.set(event, list);
			}
			list.at.push(form);
			list.f.push(f[i] as number);
		}
	return new Map([...lists].map(([event, { at, f }]) => [event, { at: Int32Array.from(at), f: Float64Array.from(f) }]));
}

/** Steps of [0, 1] that distances are counted in, so that only those of one step need to be put in order. */
const STEPS = 256;

/** The distances within which each number of sessions lies; 1 where there are fewer. O(F). */
function reachOf(distances: Float64Array, sessions: Float64Array, wanted: readonly number[]): number[] {
	const counts = new Float64Array(STEPS + 1);
	const stepOf = (distance: number): number => Math.floor(distance * STEPS);
	for (let i = 0; i < distances.length; i++) {
		const step = stepOf(distances[i] as number);
		counts[step] = (counts[step] as number) + (sessions[i] as number);
	}
	return wanted.map((number) => {
		let step = 0;
		let seen = 0;
		while (step <= STEPS && seen + (counts[step] as number) < number) seen += counts[step++] as number;
		if (step > STEPS) return 1;
		const inStep: number[] = [];
		for (let i = 0; i < distances.length; i++) if (stepOf(distances[i] as number) === step) inStep.push(i);
		inStep.sort((a, b) => (distances[a] as number) - (distances[b] as number));
		for (const i of inStep) {
			seen += sessions[i] as number;
			if (seen >= number) return distances[i] as number;
		}
		return 1;
	});
}

const share = (part: number, whole: number): number => (part < ROUNDING ? 0 : Math.min(1, part / whole));

interface Prepared {
	events: Int32Array;
	/** log2(1 + n), weight and steadiness by event. */
	f: Float64Array;
	w: Float64Array;
	v: Float64Array;
	/** Sums of f and of w f. */
	plain: number;
	weighted: number;
}

function prepare({ events, counts }: EventCounts, weight: (event: number) => EventWeight): Prepared {
	const f = Float64Array.from(counts, scaled);
	const weights = Array.from(events, weight);
	const w = Float64Array.from(weights, (one) => one.w);
	let [plain, weighted] = [0, 0];
	for (let i = 0; i < f.length; i++) {
		plain += f[i] as number;
		weighted += (w[i] as number) * (f[i] as number);
	}
	return { events, f, w, v: Float64Array.from(weights, (one) => one.v), plain, weighted };
}
