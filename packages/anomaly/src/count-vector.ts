import type { CountForm, EventCounts } from "./session-counts.ts";

/**
 * Event count vectors: a session is as unusual as its distance to the nearest session of the baseline.
 *
 *   d(a) = max(min_b d_1(a, b), min_b d_w(a, b)),   d_w(a, b) = sum_e w_e v_e |f(a_e) - f(b_e)| / sum_e w_e max(f(a_e), f(b_e))
 *   f(n) = log2(1 + n),   w_e = ln((N + 1) / (df_e + 1)) + 0.1,   v_e = 1 / (1 + 4 s_e) where both have the event, else 1
 *
 * After Landauer, Skopik & Wurzenberger, "A critical review of common log data sets used for evaluation of sequence-based anomaly detection
 * techniques", FSE 2024 (event count vector clustering with inverse document frequency). Fit O(N), score O(F) for F distinct vectors.
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

export function fitCountVectors(forms: readonly CountForm[]): CountVectors {
	const { total, sums } = sumUp(forms);
	const weights = new Map([...sums].map(([event, sum]) => [event, { w: weightOf(total, sum.sessions), v: steadiness(sum) }]));
	const unknown = { w: weightOf(total, 0), v: 1 };
	const weight = (event: number): EventWeight => weights.get(event) ?? unknown;
	const distances = createDistances(forms, weight);
	return {
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
			let plain = 1;
			let weighted = 1;
			let nearest: CountForm | undefined;
			const distanceTo = distances(session);
			for (const [i, form] of forms.entries()) {
				const d = distanceTo(i);
				plain = Math.min(plain, d.plain);
				if (d.weighted >= weighted && nearest !== undefined) continue;
				weighted = d.weighted;
				nearest = form;
				if (weighted === 0) break;
			}
			return { distance: weighted === 0 ? 0 : Math.max(plain, weighted), form: nearest };
		},
		reach(session, wanted) {
			const distanceTo = distances(session);
			const near = forms.map((form, i) => ({ d: distanceTo(i).weighted, n: form.sessions })).sort((a, b) => a.d - b.d);
			const found: number[] = [];
			let seen = 0;
			for (const { d, n } of near) {
				seen += n;
				while (found.length < wanted.length && seen >= (wanted[found.length] as number)) found.push(d);
			}
			return wanted.map((_, i) => found[i] ?? 1);
		},
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
			const before = sums.get(event) ?? { sessions: 0, sum: 0, squares: 0 };
			sums.set(event, {
				sessions: before.sessions + sessions,
				sum: before.sum + sessions * f,
				squares: before.squares + sessions * f * f,
			});
		});
	}
	return { total, sums };
}

interface Distances {
	plain: number;
	weighted: number;
}

/** Below it a difference of sums is rounding. */
const ROUNDING = 1e-12;

/**
 * The plain and the weighted Jaccard distance of a session to each form; 0 for two empty ones. What only one of the two has follows from the sums of
 * both, so that a form costs as many steps as it has events, with a table of the session by event.
 */
function createDistances(
	forms: readonly CountForm[],
	weight: (event: number) => EventWeight,
): (session: EventCounts) => (form: number) => Distances {
	const known = forms.map(({ counts }) => prepare(counts, weight));
	const size = known.reduce((most, { events }) => Math.max(most, (events.at(-1) ?? -1) + 1), 0);
	const table = new Float64Array(size);
	return (session) => {
		const own = prepare(session, weight);
		table.fill(0);
		for (let i = 0; i < own.events.length; i++) if ((own.events[i] as number) < size) table[own.events[i] as number] = own.f[i] as number;
		return (at) => {
			const form = known[at] as Prepared;
			const { events, f, w, v } = form;
			let [plainApart, plainMost, plainA, plainB, apart, most, bothA, bothB] = [0, 0, 0, 0, 0, 0, 0, 0];
			for (let i = 0; i < events.length; i++) {
				const fa = table[events[i] as number] as number;
				if (fa === 0) continue;
				const fb = f[i] as number;
				const wi = w[i] as number;
				const difference = (v[i] as number) * Math.abs(fa - fb);
				const larger = Math.max(fa, fb);
				plainApart += difference;
				plainMost += larger;
				plainA += fa;
				plainB += fb;
				apart += wi * difference;
				most += wi * larger;
				bothA += wi * fa;
				bothB += wi * fb;
			}
			const alone = own.plain - plainA + (form.plain - plainB);
			const weightedAlone = own.weighted - bothA + (form.weighted - bothB);
			return { plain: share(plainApart + alone, plainMost + alone), weighted: share(apart + weightedAlone, most + weightedAlone) };
		};
	};
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
