import { AppError } from "@faultline/contracts";
import type { ConfirmedIncident } from "../incidents/confirmations.ts";
import { type HeldOut, leaveOut, lessonsOf, placeOf, TEACHERS } from "./cross-validate.ts";
import { calibrate, figuresOf, type LearnedFigures } from "./learn.ts";

/** How well the learned rankings do on the incidents that a user confirmed, each left out in turn. */
export interface ConfirmedEvaluation {
	schema: "faultline.evaluation-confirmed/1";
	ranker: keyof typeof TEACHERS;
	figures: LearnedFigures;
	floor: number | null;
	rows: { id: string; cause: string; similarity: number; untrained: number; learned: number }[];
}

/** Fewer cannot be left out in turn. */
const LEAST = 5;

/** @throws BAD_INPUT where too few incidents are confirmed */
export async function evaluateConfirmed(
	confirmed: readonly ConfirmedIncident[],
	ranker: keyof typeof TEACHERS,
	onDone?: (done: number) => void,
): Promise<ConfirmedEvaluation> {
	const lessons = lessonsOf(confirmed);
	if (lessons.length < LEAST)
		throw new AppError(
			"BAD_INPUT",
			`${lessons.length} confirmed incidents can be learned from; it takes ${LEAST} to leave each out in turn`,
			{
				hint: "faultline confirm latest --cause <resource>",
			},
		);
	const held = await leaveOut(lessons, TEACHERS[ranker], onDone);
	const calibration = calibrate(held);
	const row = ({ lesson, scores, similarity }: HeldOut) => ({
		id: lesson.incident.id,
		cause: lesson.graph.root,
		similarity: Number(similarity.toFixed(3)),
		untrained: placeOf(lesson.incident.untrained, lesson.right),
		learned: placeOf(scores, lesson.right),
	});
	return {
		schema: "faultline.evaluation-confirmed/1",
		ranker,
		figures: figuresOf(held, calibration),
		floor: calibration.floor,
		rows: held.map(row),
	};
}
