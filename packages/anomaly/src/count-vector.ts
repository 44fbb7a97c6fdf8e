import type { CountForm, EventCounts } from "./session-counts.ts";

/**
 * Event count vectors: a session is as unusual as its distance to the nearest session of the baseline.
 *
 *   d(a) = max(min_b d_1(a, b), min_b d_w(a, b)),   d_w(a, b) = sum_e w_e |a_e - b_e| / sum_e w_e max(a_e, b_e),   w_e = ln((N + 1) / (df_e + 1)) + 0.1
 *
 * After Landauer, Skopik & Wurzenberger, "A critical review of common log data sets used for evaluation of sequence-based anomaly detection
 * techniques", FSE 2024 (event count vector clustering with inverse document frequency). Fit O(N), score O(F) for F distinct vectors.
 * Differs from the paper: weighted Jaccard distances, in [0, 1]; and of the nearest by plain counts and the nearest by
 * weighted ones the farther, since the weights see rare events that came and the plain counts see common events that stayed away.
 */
export interface CountVectors {
	/** Nearest baseline vector and its distance; distance 1 where the baseline is empty. */
	nearest(session: EventCounts): { distance: number; form: CountForm | undefined };
	/** Distance within which `sessions` sessions of the baseline lie (those equal to the session included). */
	reach(session: EventCounts, sessions: number): number;
	weight(event: number): number;
}

/** Keeps weight on events that every session has. */
const LEAST_WEIGHT = 0.1;

export function fitCountVectors(forms: readonly CountForm[]): CountVectors {
	const df = new Map<number, number>();
	let total = 0;
	for (const { counts, sessions } of forms) {
		total += sessions;
		for (const event of counts.events) df.set(event, (df.get(event) ?? 0) + sessions);
	}
	const weight = (event: number): number => Math.log((total + 1) / ((df.get(event) ?? 0) + 1)) + LEAST_WEIGHT;
	return {
		weight,
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

/** The plain and the weighted Jaccard distance of two sorted count vectors; 0 for two empty ones. */
function distancesOf(a: EventCounts, b: EventCounts, weight: (event: number) => number): { plain: number; weighted: number } {
	let plainDifference = 0;
	let plainAll = 0;
	let difference = 0;
	let all = 0;
	let i = 0;
	let j = 0;
	while (i < a.events.length || j < b.events.length) {
		const ea = a.events[i] ?? Number.POSITIVE_INFINITY;
		const eb = b.events[j] ?? Number.POSITIVE_INFINITY;
		const na = ea <= eb ? (a.counts[i++] ?? 0) : 0;
		const nb = eb <= ea ? (b.counts[j++] ?? 0) : 0;
		const w = weight(Math.min(ea, eb));
		plainDifference += Math.abs(na - nb);
		plainAll += Math.max(na, nb);
		difference += w * Math.abs(na - nb);
		all += w * Math.max(na, nb);
	}
	return all === 0 ? { plain: 0, weighted: 0 } : { plain: plainDifference / plainAll, weighted: difference / all };
}
