import { seededRandom } from "@faultline/contracts";
import {
	type AlertGraph,
	attend,
	type LabelledAlertGraph,
	similarityOf,
	trainAlertAttention,
	trainAlertRanker,
} from "@faultline/correlation";
import type { ConfirmedIncident } from "../incidents/confirmations.ts";

/** A confirmed incident that can be learned from: its cause is a node of its graph. */
export interface Lesson {
	incident: ConfirmedIncident;
	graph: LabelledAlertGraph;
	/** Index of the cause. */
	right: number;
}

export function lessonsOf(confirmed: readonly ConfirmedIncident[]): Lesson[] {
	return confirmed.flatMap((incident) => {
		const { graph, cause } = incident;
		if (graph === null || cause === null) return [];
		const right = graph.nodes.indexOf(cause);
		return right < 0 ? [] : [{ incident, graph: { ...graph, root: cause }, right }];
	});
}

/** What was said of an incident by rankers that had not seen it. */
export interface HeldOut {
	lesson: Lesson;
	/** A score per node, of the learned ranker. */
	scores: number[];
	/** The likeness to the most alike incident that it learned from. */
	similarity: number;
	/** That incident. */
	like: string | undefined;
}

/** Learns from graphs, and gives each node of another a score. */
export type Teach = (graphs: readonly LabelledAlertGraph[]) => (graph: AlertGraph) => number[];

export const TEACHERS = {
	trees: (graphs) => {
		const ranker = trainAlertRanker(graphs);
		return (graph) => {
			const scores = new Map(ranker.rank(graph).map(({ resource, score }) => [resource, score]));
			return graph.nodes.map((node) => scores.get(node) ?? 0);
		};
	},
	attention: (graphs) => {
		const { weights, input } = trainAlertAttention(graphs, seededRandom(1));
		return (graph) => [...attend(weights, input(graph)).scores];
	},
} satisfies Record<string, Teach>;

/** Up to so many incidents each is left out alone; beyond, they are left out in this many groups. */
const ALONE = 30;
const GROUPS = 12;

/** Each incident by a ranker that learned from the others. Gives other work a turn after each. */
export async function leaveOut(
	lessons: readonly Lesson[],
	teach: Teach,
	onDone: (done: number) => void = () => undefined,
): Promise<HeldOut[]> {
	const groups = lessons.length <= ALONE ? lessons.length : GROUPS;
	const held: HeldOut[] = [];
	for (let group = 0; group < groups; group++) {
		const others = lessons.filter((_, i) => i % groups !== group);
		const score = teach(others.map(({ graph }) => graph));
		for (const lesson of lessons.filter((_, i) => i % groups === group))
			held.push({ lesson, scores: score(lesson.graph), ...mostAlike(lesson.graph, others) });
		onDone(held.length);
		await new Promise((resolve) => setImmediate(resolve));
	}
	return held;
}

export function mostAlike(graph: AlertGraph, lessons: readonly Lesson[]): { similarity: number; like: string | undefined } {
	let best: { similarity: number; like: string | undefined } = { similarity: 0, like: undefined };
	for (const { incident, graph: other } of lessons) {
		const similarity = similarityOf(graph, other);
		if (similarity > best.similarity) best = { similarity, like: incident.id };
	}
	return best;
}

/** The untrained scores on a scale on which a temperature makes sense: their logarithms; what has none is far below. */
export function untrainedLogits(scores: readonly number[]): number[] {
	return scores.map((score) => Math.log(Math.max(0, score) + 0.01));
}

/** The place of the right node, from 1; of equals all before it count. */
export function placeOf(scores: readonly number[], right: number): number {
	return scores.filter((score, i) => i !== right && score >= (scores[right] ?? 0)).length + 1;
}
