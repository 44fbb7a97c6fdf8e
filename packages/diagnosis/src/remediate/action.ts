import type { Remediation } from "@faultline/contracts";
import { MECHANISM_WORDS } from "../label/mechanism-words.ts";
import type { Situation, Workload } from "./situation.ts";

/** One thing that a person may do about a fault. It runs nothing: it is a text with checked names in it. */
export interface Action {
	id: string;
	risk: Remediation["risk"];
	/** By mechanism, category, kind of change and platform; never by the name of a service. */
	applies(situation: Situation): boolean;
	propose(situation: Situation): Proposal;
}

export interface Proposal {
	title: string;
	/** What it does about the fault; follows "<target> ran out of memory: ". */
	why: string;
	/** Default: the cause. */
	target?: string;
	/** Read-only. */
	precheck: string[];
	steps: string[];
	undo: string;
	success: string[];
	/** Default: the evidence for the cause. */
	evidence?: string[];
}

/** "checkout ran out of memory: ..." */
export function reasonOf(situation: Situation, why: string): string {
	return `${situation.target} ${MECHANISM_WORDS[situation.mechanism].did}: ${why}`;
}

/** The first check of every kubectl step: it shows the namespace, which the later ones take from $NS. */
export function findNamespace(kind: string, name: string): string {
	return `kubectl get ${kind} --all-namespaces --field-selector metadata.name=${name}  # set NS to its namespace`;
}

export function objectOf(workload: Workload): string {
	return `${workload.kind}/${workload.name}`;
}

/** kubectl where the cause runs on Kubernetes, else the same in words. */
export function onWorkload(situation: Situation, kubectl: (object: string, workload: Workload) => string[], words: string[]): string[] {
	return situation.workload === undefined ? words : kubectl(objectOf(situation.workload), situation.workload);
}

/** What to look at before touching a workload. */
export function inspectWorkload(situation: Situation): string[] {
	return onWorkload(
		situation,
		(object, workload) => [
			findNamespace(workload.kind, workload.name),
			`kubectl get ${object} --namespace "$NS" --output wide`,
			`kubectl get events --namespace "$NS" --sort-by .lastTimestamp`,
		],
		[`Look at the state, the recent restarts and the last log lines of ${situation.target}.`],
	);
}
