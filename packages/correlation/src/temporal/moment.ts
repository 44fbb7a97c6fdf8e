import type { Block } from "./blocks.ts";

/** When the fault began, what counts as before and during it, and on what that rests. All in milliseconds since the epoch. */
export interface Moment {
	from: number;
	to: number;
	/** First moment of the fault. */
	onset: number;
	/** Last moment that is looked at as faulty. */
	until: number;
	/** Stretches after the fault whose calls look healthy again: baseline too. */
	healthyLater: readonly Block[];
	alertAt: number | undefined;
	/** Whether a change was seen, or the onset is only guessed from the alert. */
	seen: boolean;
	/** In words, for the report. */
	how: string;
}

export type Phase = "before" | "during" | "neither";

/** Whether a moment belongs to the baseline, to the fault, or to neither. */
export function phaseOf(moment: Moment, at: number): Phase {
	if (at < moment.onset) return "before";
	if (at <= moment.until) return "during";
	return moment.healthyLater.some((b) => at >= b.from && at <= b.to) ? "before" : "neither";
}

/** How long after the change point the first record that shows the fault may come, in milliseconds: an onset is as exact as the data are dense. */
const FIRST_SIGHT_MS = 300_000;

/**
 * When the fault began, for people: the first record of the cause that shows it, since a change point is only the best guess between two samples. The
 * change point itself where nothing of the cause has a time of its own.
 */
export function beganAt(
	moment: Moment,
	cause: { leads: readonly { onset: number | undefined; strength: number; kind: string }[] } | undefined,
): number {
	const strongest = cause?.leads[0]?.strength ?? 0;
	const dated = (cause?.leads ?? [])
		.filter((l) => l.onset !== moment.onset && l.kind !== "alert" && l.strength >= 0.4 * strongest)
		.flatMap((l) => l.onset ?? []);
	if (dated.length === 0) return moment.onset;
	const first = Math.min(...dated);
	return first > moment.onset + FIRST_SIGHT_MS ? moment.onset : first;
}
