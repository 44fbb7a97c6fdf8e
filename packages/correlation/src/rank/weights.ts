import type { Anomaly } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";

/** Sorts of evidence that are weighed as one: what they say is of one nature. */
export const EVIDENCE = [
	"path",
	"failing",
	"slow",
	"gap",
	"words",
	"saturation",
	"platform",
	"symptom",
	"load",
	"surge",
	"shared",
] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** What each sort of evidence is worth next to the others; 1 is its strength at face value. */
export type Weights = Readonly<Record<Evidence, number>>;

/**
 * Fitted by `faultline eval incidents --fit` (conditional logit over the candidates of each capture, drawn towards FACE_VALUE) on recorded, public
 * and generated incidents; CONTRIBUTING.md says how to fit them again.
 */
export const WEIGHTS: Weights = {
	path: 1.96,
	failing: 1.01,
	slow: 0.69,
	gap: 1.17,
	words: 0.92,
	saturation: 1.01,
	platform: 0.9,
	symptom: 0.16,
	load: 0.03,
	surge: 0.56,
	shared: 0.05,
};

/** Before anything is learned: intrinsic evidence counts in full, a symptom that nothing explains for more than half, load hardly. */
export const FACE_VALUE: Weights = {
	path: 1,
	failing: 1,
	slow: 1,
	gap: 1,
	words: 1,
	saturation: 1,
	platform: 1,
	symptom: 0.6,
	load: 0.05,
	surge: 0.5,
	shared: 0.2,
};

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

/**
 * How many at a time wait or work at a client: by Little's law the rate times the time each takes, so that a slow callee fills the pools, threads and
 * workers of those who call it.
 */
const CONCURRENCY = /pool|pending|waiting|thread|in[._-]?flight|worker|goroutine|client[._-]?connections/i;

export function isConcurrency({ kind, subject }: Pick<Lead, "kind" | "subject">): boolean {
	return kind === "metric" && CONCURRENCY.test(subject);
}

export function sortOf(lead: Pick<Lead, "kind" | "role" | "subject">): Evidence {
	const { kind, role } = lead;
	return isConcurrency(lead) || role === "symptom" ? "symptom" : role === "load" ? "load" : SORT_OF[kind];
}
