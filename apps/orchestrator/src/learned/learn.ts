import { seededRandom } from "@faultline/contracts";
import { type AttentionWeights, blend, fitTemperature, probabilities, trainAlertAttention } from "@faultline/correlation";
import type { ConfirmedIncident } from "../incidents/confirmations.ts";
import { type HeldOut, leaveOut, lessonsOf, placeOf, TEACHERS, untrainedLogits } from "./cross-validate.ts";

/** Fewer confirmed incidents teach nothing that could be checked. */
export const LEAST_INCIDENTS = 20;

/** Share of incidents whose confirmed cause was first, and among the first three. */
export interface Accuracy {
	first: number;
	firstThree: number;
}

export interface LearnedFigures {
	incidents: number;
	/** Each incident by rankers that had not seen it. */
	untrained: Accuracy;
	learned: Accuracy;
	/** As it is used: blended where the incident is like others, untouched elsewhere. */
	used: Accuracy;
	/** How many of them it was used on. */
	usedOn: number;
}

export interface Calibration {
	/** Temperatures of either ranking's scores. */
	untrained: number;
	learned: number;
	/** The least likeness at which it is used; null: at none. */
	floor: number | null;
}

/** What was learned from the confirmed incidents: the network's weights, when it is used, and what it is worth. */
export interface Learned extends Calibration {
	incidents: ConfirmedIncident[];
	weights: AttentionWeights;
	figures: LearnedFigures;
}

/** Learns the attention network and how far it can be trusted. Undefined where there are too few incidents with a cause. Seconds. */
export async function learn(confirmed: readonly ConfirmedIncident[], onDone?: (done: number) => void): Promise<Learned | undefined> {
	const lessons = lessonsOf(confirmed);
	if (lessons.length < LEAST_INCIDENTS) return undefined;
	const held = await leaveOut(lessons, TEACHERS.attention, onDone);
	const calibration = calibrate(held);
	const { weights } = trainAlertAttention(
		lessons.map(({ graph }) => graph),
		seededRandom(1),
	);
	return { ...calibration, incidents: lessons.map(({ incident }) => incident), weights, figures: figuresOf(held, calibration) };
}

/**
 * Temperatures by the scores of incidents that were left out, and the least likeness from which on the blend has at least as many causes first, and
 * among the first three, as the untrained ranking has; no likeness is enough where the learned ranking by itself names fewer.
 */
export function calibrate(held: readonly HeldOut[]): Calibration {
	const untrained = fitTemperature(held.map(({ lesson }) => ({ scores: untrainedLogits(lesson.incident.untrained), right: lesson.right })));
	const learned = fitTemperature(held.map(({ scores, lesson }) => ({ scores, right: lesson.right })));
	const temperatures = { untrained, learned };
	const first = (scores: readonly number[], { lesson }: HeldOut) => placeOf(scores, lesson.right) === 1;
	const byLearned = held.filter((one) => first(one.scores, one));
	const byUntrained = held.filter((one) => first(one.lesson.incident.untrained, one));
	const floors = byLearned.length < byUntrained.length ? [] : byLearned.map((one) => one.similarity).sort((a, b) => a - b);
	const within = (k: number, like: readonly HeldOut[], scoresOf: (one: HeldOut) => readonly number[]) =>
		like.filter((one) => placeOf(scoresOf(one), one.lesson.right) <= k).length;
	const floor = floors.find((least) => {
		const like = held.filter((one) => one.similarity >= least);
		const noWorse = (k: number) =>
			within(k, like, (one) => blended(one, temperatures)) >= within(k, like, (one) => one.lesson.incident.untrained);
		return noWorse(1) && noWorse(3);
	});
	return { ...temperatures, floor: floor ?? null };
}

/** The blend of an incident's two rankings, as probabilities; the more it is like one that was learned from the more the learned one weighs. */
export function blended(
	{ scores, similarity, lesson }: Pick<HeldOut, "scores" | "similarity"> & { lesson: { incident: Pick<ConfirmedIncident, "untrained"> } },
	temperatures: Pick<Calibration, "untrained" | "learned">,
): number[] {
	return blend(
		probabilities(untrainedLogits(lesson.incident.untrained), temperatures.untrained),
		probabilities(scores, temperatures.learned),
		similarity,
	);
}

export function figuresOf(held: readonly HeldOut[], calibration: Calibration): LearnedFigures {
	const { floor } = calibration;
	const isUsed = (one: HeldOut) => floor !== null && one.similarity >= floor && !one.lesson.incident.changeBlamed;
	const accuracy = (scoresOf: (one: HeldOut) => readonly number[]): Accuracy => {
		const places = held.map((one) => placeOf(scoresOf(one), one.lesson.right));
		const within = (k: number) => (held.length === 0 ? 0 : places.filter((place) => place <= k).length / held.length);
		return { first: within(1), firstThree: within(3) };
	};
	return {
		incidents: held.length,
		untrained: accuracy((one) => one.lesson.incident.untrained),
		learned: accuracy((one) => one.scores),
		used: accuracy((one) => (isUsed(one) ? blended(one, calibration) : one.lesson.incident.untrained)),
		usedOn: held.filter(isUsed).length,
	};
}
