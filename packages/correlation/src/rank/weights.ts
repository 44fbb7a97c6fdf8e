import type { Anomaly } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";

/** Sorts of evidence that are weighed as one: what they say is of one nature. */
export const EVIDENCE = ["path", "failing", "slow", "gap", "words", "saturation", "platform", "symptom", "load"] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** What each sort of evidence is worth next to the others; 1 is its strength at face value. */
export type Weights = Readonly<Record<Evidence, number>>;

/**
 * Fitted by `faultline eval incidents --fit` (conditional logit over the candidates of each capture, drawn towards FACE_VALUE) on recorded, public
 * and generated incidents; CONTRIBUTING.md says how to fit them again.
 */
export const WEIGHTS: Weights = {
	path: 1,
	failing: 1,
	slow: 1,
	gap: 1,
	words: 1,
	saturation: 1,
	platform: 1,
	symptom: 0.6,
	load: 0.05,
};

/** Before anything is learned: intrinsic evidence counts in full, a symptom that nothing explains for more than half, load hardly. */
export const FACE_VALUE: Weights = { path: 1, failing: 1, slow: 1, gap: 1, words: 1, saturation: 1, platform: 1, symptom: 0.6, load: 0.05 };

const SORT_OF: Readonly<Record<Anomaly["kind"], Evidence>> = {
	"call-volume": "path",
	"span-errors": "failing",
	"self-time": "slow",
	"network-gap": "gap",
	template: "words",
	error: "words",
	metric: "saturation",
	event: "platform",
	status: "platform",
	alert: "symptom",
	performance: "load",
};

export function sortOf({ kind, role }: Pick<Lead, "kind" | "role">): Evidence {
	return role === "symptom" ? "symptom" : role === "load" ? "load" : SORT_OF[kind];
}
