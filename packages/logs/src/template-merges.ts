import { type Tokens, WILDCARD } from "./template-tokens.ts";
import { type LineEdit, type LineValues, nameOfForm, partsOf } from "./template-values.ts";

/** A place that became variable, and the template's own word there before. */
export type OpenedPlace = [at: number, word: string];

/** A template that is now part of another. */
export interface MergedTemplate {
	id: string;
	into: string;
	/** The place that became variable by the merge, and the word that this template had there. */
	at: number;
	word: string;
	/** How many places the other had opened since its birth, with this one. */
	generation: number;
	/** The places that this one had opened before. */
	opened: OpenedPlace[];
	/** Where its spacing departs from the other's. */
	edits: LineEdit[];
}

/** What a merged template needs so that the values of its lines stay good. */
export function mergedTemplate(
	from: { id: string; tokens: Tokens; opened: OpenedPlace[] },
	into: { id: string; tokens: Tokens; opened: OpenedPlace[] },
): MergedTemplate {
	const at = into.tokens.key.findIndex((word, i) => word === WILDCARD && from.tokens.key[i] !== WILDCARD);
	const edits: LineEdit[] = [];
	for (const [i, gap] of from.tokens.gaps.entries()) if (gap !== into.tokens.gaps[i]) edits.push([2 * i, gap]);
	const word = from.tokens.key[at] ?? "";
	return { id: from.id, into: into.id, at, word, generation: into.opened.length, opened: from.opened, edits };
}

/**
 * Brings a line's values from the form that its template had then to the form of today: each place that was opened since was a word, and
 * each merge made another template's words into variables. Undefined where a template on the way is forgotten.
 */
export function upToDate(
	record: LineValues,
	template: (id: string) => { tokens: Tokens; opened: readonly OpenedPlace[] } | undefined,
	merged: (id: string) => MergedTemplate | undefined,
): { form: Tokens; values: string[]; edits: LineEdit[] } | undefined {
	const trail: MergedTemplate[] = [];
	let id = record.templateId;
	let now = template(id);
	for (let step = merged(id); now === undefined && step !== undefined; step = merged(id)) {
		trail.push(step);
		id = step.into;
		now = template(id);
	}
	if (now === undefined) return undefined;
	const since = openedSince(record, now, trail);
	if (since === undefined) return undefined;
	const values = variablePlaces(now.tokens.key).map((at) => since.words.get(at) ?? record.values[since.kept.indexOf(at)] ?? "");
	return { form: now.tokens, values, edits: [...new Map([...since.edits, ...record.edits])] };
}

const variablePlaces = (key: readonly string[]): number[] => key.flatMap((word, at) => (word === WILDCARD ? [at] : []));

/**
 * What was opened since the values were taken, with the words that stood there; the places that varied then already; and how the spacing of
 * then departs from that of now. Undefined where the form of then is not the one that the record names: the id was forgotten and came back.
 */
function openedSince(
	record: LineValues,
	now: { tokens: Tokens; opened: readonly OpenedPlace[] },
	trail: readonly MergedTemplate[],
): { words: Map<number, string>; kept: number[]; edits: LineEdit[] } | undefined {
	const stages = [...trail.map(({ opened }) => opened as readonly OpenedPlace[]), now.opened];
	// Of those that it was merged into, only what they opened afterwards.
	const learned = stages.map((opened, i) => opened.slice(trail[i - 1]?.generation ?? 0));
	const places = variablePlaces(now.tokens.key);
	const missing = places.length - record.values.length;
	const early = learned.reduce((sum, opened) => sum + opened.length, trail.length) - missing;
	if (missing < 0 || early < 0 || early > (learned[0]?.length ?? 0)) return undefined;
	const words = new Map<number, string>();
	for (const [i, opened] of learned.entries()) {
		for (const [at, word] of i === 0 ? opened.slice(early) : opened) words.set(at, word);
		const step = trail[i];
		if (step !== undefined) words.set(step.at, step.word);
	}
	// The first merge's spacing counts most.
	const edits = [...new Map(trail.toReversed().flatMap(({ edits }) => edits))];
	const then = partsOf(now.tokens);
	for (const [at, word] of words) then[2 * at + 1] = word;
	for (const [part, text] of edits) then[part] = text;
	if (nameOfForm(then) !== record.form) return undefined;
	return { words, kept: places.filter((at) => !words.has(at)), edits };
}
