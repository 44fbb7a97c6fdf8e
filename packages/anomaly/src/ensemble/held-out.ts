import { fitCountVectors } from "../count-vector.ts";
import { type CountForm, mostFrequentFirst } from "../session-counts.ts";
import { fitPointMember, POINT_MEMBERS, type PointMember } from "./point-members.ts";

/** Parts of the baseline that are held out in turn, each a stretch of time, so that the threshold knows about drift. */
const FOLDS = 20;
/** Parts of them that are held out together for what takes long to fit. */
const FOLDS_AT_ONCE = 5;
/** Distinct count vectors of a part that the threshold is learned from. */
const HELD_FORMS = 200;
/** Held-out parts are judged by a baseline that is a part smaller, whose figures are a little smaller too. */
const SLACK = 1.02;

export const foldOf = (i: number, n: number): number => Math.min(FOLDS - 1, Math.floor((i / n) * FOLDS));

/** Sessions of a baseline by their forms. */
export interface FormedBaseline {
	forms: readonly CountForm[];
	/** By session: its form. */
	of: Int32Array;
	/** Forms that a session is compared with at most. */
	maxForms: number;
}

/** Positions of the baseline sessions that thresholds are learned from, oldest first: all, or those of evenly chosen forms of each part. */
export function heldSessions({ of }: FormedBaseline): number[] {
	const chosen = Array.from({ length: FOLDS }, () => new Set<number>());
	of.forEach((form, i) => void chosen[foldOf(i, of.length)]?.add(form));
	const kept = chosen.map((forms) => {
		const step = Math.max(1, Math.ceil(forms.size / HELD_FORMS));
		return new Set([...forms].filter((_, i) => i % step === 0));
	});
	return Array.from(of.keys()).filter((i) => kept[foldOf(i, of.length)]?.has(of[i] as number) === true);
}

/** Rarest events of held-out sessions and distances to the nearest, by the sessions of the other parts. */
export function heldOutCounts(baseline: FormedBaseline, at: readonly number[]): { rarity: number[]; distance: number[] } {
	const rarity: number[] = [];
	const distance: number[] = [];
	for (const [fold, sessions] of byFold(baseline, at, 1)) {
		const others = withoutFold(baseline, fold, 1);
		const model = fitCountVectors(mostFrequentFirst(others, baseline.maxForms), baseline.maxForms);
		const memory = new Map<number, { rarity: number; distance: number }>();
		for (const i of sessions) {
			const form = baseline.of[i] as number;
			const { counts } = baseline.forms[form] as CountForm;
			// A baseline of one has nothing to be compared with: it is what it is.
			const known =
				memory.get(form) ??
				(others.length === 0
					? { rarity: 0, distance: 0 }
					: { rarity: SLACK * model.rarity(counts).rarity, distance: SLACK * model.nearest(counts).distance });
			memory.set(form, known);
			rarity.push(known.rarity);
			distance.push(known.distance);
		}
	}
	return { rarity, distance };
}

/**
 * Figures of held-out sessions by a detector of points fitted on the other parts, 0 where those are too few; or by `whole`, fitted on all, where that is
 * more: two trainings differ a little, and what the baseline has many times must not be unusual for that.
 */
export async function heldOutPoints(baseline: FormedBaseline, at: readonly number[], name: string, whole: PointMember): Promise<number[]> {
	const figures: number[] = [];
	for (const [fold, sessions] of byFold(baseline, at, FOLDS_AT_ONCE)) {
		const member = await fitPointMember(name, withoutFold(baseline, fold, FOLDS_AT_ONCE));
		const forms = [...new Set(sessions.map((i) => baseline.of[i] as number))];
		const counts = forms.map((form) => (baseline.forms[form] as CountForm).counts);
		const [looked, again] = [await member?.look(counts), await whole.look(counts)];
		const figureOf = new Map(forms.map((form, i) => [form, Math.max(looked?.[i]?.figure ?? 0, again[i]?.figure ?? 0)]));
		for (const i of sessions) figures.push(figureOf.get(baseline.of[i] as number) as number);
		await member?.close();
	}
	return figures;
}

export const isPointMember = (name: string): boolean => (POINT_MEMBERS as readonly string[]).includes(name);

/** Held-out sessions by part, `together` parts as one; parts follow each other in time, so that the order stays. */
function byFold({ of }: FormedBaseline, at: readonly number[], together: number): Map<number, number[]> {
	return Map.groupBy(at, (i) => Math.floor(foldOf(i, of.length) / together));
}

function withoutFold({ forms, of }: FormedBaseline, fold: number, together: number): CountForm[] {
	const left = Int32Array.from(forms, ({ sessions }) => sessions);
	of.forEach((form, i) => {
		if (Math.floor(foldOf(i, of.length) / together) === fold) left[form] = (left[form] as number) - 1;
	});
	return forms.flatMap(({ counts }, form) => ((left[form] as number) > 0 ? [{ counts, sessions: left[form] as number }] : []));
}
