import { AppError, seededRandom } from "@faultline/contracts";
import { hdbscan } from "../hdbscan/hdbscan.ts";
import { scorePoints } from "../hdbscan/score-point.ts";
import { fitIsolationForest } from "../isolation-forest.ts";
import { isolationScores } from "../isolation-scores.ts";
import { type Rows, toRows } from "../rows.ts";
import type { CountForm, EventCounts } from "../session-counts.ts";
import { fitVae, openVae } from "../vae/vae.ts";

/** Detectors of points, as members of an ensemble over sessions: a session is a point of its event counts. */
export const POINT_MEMBERS = ["isolation forest", "density", "autoencoder"] as const;
export type PointMemberName = (typeof POINT_MEMBERS)[number];

export interface PointMember {
	/** By session: its figure, higher is more unusual, and the event that makes most of it where the detector can tell. */
	look(sessions: readonly EventCounts[]): Promise<PointFigure[]>;
	close(): Promise<void>;
}

export interface PointFigure {
	figure: number;
	event: number | undefined;
}

/** Features: the events of the most sessions, and one for all others together. */
const MOST_EVENTS = 64;
/** Points that each is fitted on at most: the time of clusters grows with their square, that of an epoch with their number. */
const MOST_CLUSTERED = 1_500;
const MOST_TRAINED = 2_000;
const MOST_ISOLATED = 20_000;
/** Floating-point operations and passes of a training. */
const TRAINING_WORK = 1e8;
const MOST_EPOCHS = 100;
const MIN_CLUSTER_SIZE = 5;
/** A place counts as no denser than this share of the usual distance between neighbours: beside duplicates nothing would ever be near. */
const FLOOR_SHARE = 0.1;
/** Fewer sessions tell nothing of what is usual. */
const LEAST_SESSIONS = 20;

/**
 * Fits one to the forms of sessions. Points are log2(1 + n) by event, times the event's rarity for distances; an event beyond the features, as
 * one never seen, counts into the last of them. Undefined where there are too few sessions.
 */
export async function fitPointMember(name: string, forms: readonly CountForm[], seed = 1): Promise<PointMember | undefined> {
	const sessions = forms.reduce((sum, form) => sum + form.sessions, 0);
	if (sessions < LEAST_SESSIONS) return undefined;
	const { events, weights } = featuresOf(forms, sessions);
	const place = new Map(events.map((event, i) => [event, i]));
	const toPoints = (of: readonly EventCounts[], weighted: boolean): Rows =>
		toRows(of.map((counts) => pointOf(counts, place, weighted ? weights : undefined)));
	const eventAt = (k: number | undefined): number | undefined => (k === undefined ? undefined : events[k]);
	if (name === "isolation forest") {
		const forest = fitIsolationForest(toPoints(inProportion(forms, sessions, MOST_ISOLATED), false), { random: seededRandom(seed) });
		return withoutClose(async (of) => plain(isolationScores(forest, toPoints(of, false))));
	}
	if (name === "density") {
		const look = fitDensity(toPoints(asDense(forms), true));
		return withoutClose(async (of) => plain(look(toPoints(of, true))));
	}
	if (name !== "autoencoder") throw new AppError("BAD_INPUT", `"${name}" is no detector of points`);
	const rows = toPoints(inProportion(forms, sessions, MOST_TRAINED), false);
	const vae = await openVae(fitVae(rows, { random: seededRandom(seed), work: TRAINING_WORK, epochs: MOST_EPOCHS }));
	return {
		async look(of) {
			const { scores, surprise } = await vae.score(toPoints(of, false));
			const { dimensions } = rows;
			return Array.from(scores, (score, i) => {
				const own = surprise.subarray(i * dimensions, (i + 1) * dimensions);
				return { figure: score, event: eventAt(own.reduce((most, s, k) => (s > (own[most] as number) ? k : most), 0)) };
			});
		},
		close: () => vae.close(),
	};
}

const plain = (figures: Float64Array): PointFigure[] => Array.from(figures, (figure) => ({ figure, event: undefined }));

function withoutClose(look: PointMember["look"]): PointMember {
	return { look, close: async () => {} };
}

/** ln(eps(x) / eps_max), how much less dense its place is than the densest of its cluster: GLOSH = 1 - eps_max / eps(x), which crowds at 1, unfolded. */
function fitDensity(rows: Rows): (points: Rows) => Float64Array {
	const options = { minClusterSize: MIN_CLUSTER_SIZE, minSamples: MIN_CLUSTER_SIZE };
	const model = hdbscan(rows, options);
	const apart = model.coreDistances.filter((core) => core > 0).sort();
	const floor = FLOOR_SHARE * (apart[apart.length >> 1] ?? 1e-9);
	return (points) =>
		Float64Array.from(scorePoints(model, rows, points, options), ({ distance, densest }) =>
			Math.max(0, Math.log(Math.max(distance, floor) / Math.max(densest, floor))),
		);
}

function featuresOf(forms: readonly CountForm[], sessions: number): { events: number[]; weights: number[] } {
	const having = new Map<number, number>();
	for (const form of forms) for (const event of form.counts.events) having.set(event, (having.get(event) ?? 0) + form.sessions);
	const ordered = [...having].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_EVENTS);
	const weightOf = (n: number): number => Math.log((sessions + 1) / (n + 1)) + 0.1;
	return { events: ordered.map(([event]) => event), weights: [...ordered.map(([, n]) => weightOf(n)), weightOf(0)] };
}

function pointOf({ events, counts }: EventCounts, place: ReadonlyMap<number, number>, weights: readonly number[] | undefined): number[] {
	const point = new Array<number>(place.size + 1).fill(0);
	for (let i = 0; i < events.length; i++) {
		const k = place.get(events[i] as number) ?? place.size;
		point[k] = (point[k] as number) + (counts[i] as number);
	}
	return point.map((n, k) => Math.log2(1 + n) * (weights?.[k] ?? 1));
}

/** Sessions in the proportions of their forms, evenly chosen. */
function inProportion(forms: readonly CountForm[], sessions: number, most: number): EventCounts[] {
	const step = Math.max(1, sessions / most);
	const chosen: EventCounts[] = [];
	let seen = 0;
	for (const form of forms) {
		seen += form.sessions;
		while (chosen.length * step < seen) chosen.push(form.counts);
	}
	return chosen;
}

/** Each form as often as it occurs, but no more often than a cluster needs: then it is as dense as can be. The most frequent, then evenly. */
function asDense(forms: readonly CountForm[]): EventCounts[] {
	const ordered = [...forms].sort((a, b) => b.sessions - a.sessions);
	const points = ordered.flatMap(({ counts, sessions }) => new Array<EventCounts>(Math.min(MIN_CLUSTER_SIZE, sessions)).fill(counts));
	const dense = points.slice(0, MOST_CLUSTERED / 2);
	const rest = points.slice(dense.length);
	const step = Math.max(1, rest.length / (MOST_CLUSTERED - dense.length));
	return [...dense, ...Array.from({ length: Math.floor(rest.length / step) }, (_, i) => rest[Math.floor(i * step)] as EventCounts)];
}
