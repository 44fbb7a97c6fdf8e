import type { WeighedChange } from "@faultline/contracts";
import type { Situation } from "../situation.ts";

/** Placeholder of the first form: nothing is blamed yet. */
export function weighChanges(_situation: Situation): { blamed: WeighedChange | null; weighed: WeighedChange[] } {
	return { blamed: null, weighed: [] };
}
