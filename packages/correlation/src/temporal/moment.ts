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
