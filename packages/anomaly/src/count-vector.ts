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
	/** Distance within which `sessions` sessions of the baseline lie (those equal to the session included). */
	reach(session: EventCounts, sessions: number): number;
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
			for (const form of forms) {
				const d = distancesOf(session, form.counts, weight);
				plain = Math.min(plain, d.plain);
				if (d.weighted >= weighted && nearest !== undefined) continue;
				weighted = d.weighted;
				nearest = form;
				if (weighted === 0) break;
			}
			return { distance: weighted === 0 ? 0 : Math.max(plain, weighted), form: nearest };
		},
		reach(session, wanted) {
			const near = forms
				.map((form) => ({ d: distancesOf(session, form.counts, weight).weighted, n: form.sessions }))
				.sort((a, b) => a.d - b.d);
			let seen = 0;
			for (const { d, n } of near) {
				seen += n;
				if (seen >= wanted) return d;
			}
			return 1;
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

/** The plain and the weighted Jaccard distance of two sorted count vectors; 0 for two empty ones. */
function distancesOf(a: EventCounts, b: EventCounts, weight: (event: number) => EventWeight): { plain: number; weighted: number } {
	let plainDifference = 0;
	let plainAll = 0;
	let difference = 0;
	let all = 0;
	let i = 0;
	let j = 0;
	while (i < a.events.length || j < b.events.length) {
		const ea = a.events[i] ?? Number.POSITIVE_INFINITY;
		const eb = b.events[j] ?? Number.POSITIVE_INFINITY;
		const fa = ea <= eb ? scaled(a.counts[i++] ?? 0) : 0;
		const fb = eb <= ea ? scaled(b.counts[j++] ?? 0) : 0;
		const { w, v } = weight(Math.min(ea, eb));
		const apart = (ea === eb ? v : 1) * Math.abs(fa - fb);
		plainDifference += apart;
		plainAll += Math.max(fa, fb);
		difference += w * apart;
		all += w * Math.max(fa, fb);
	}
	return all === 0 ? { plain: 0, weighted: 0 } : { plain: plainDifference / plainAll, weighted: difference / all };
}
