import type { Analysis } from "@faultline/contracts";
import { isFiring, type Situation } from "../situation.ts";
import type { EvidenceBook } from "./evidence-book.ts";

const MAX_ALERTS = 12;

/** Each alert that fired, once per name and resource, and the cause that explains it: where it fired is the cause, was reached by it, or depends on it. */
export function explainAlerts(
	situation: Situation,
	cause: string | undefined,
	reached: readonly string[],
	book: EvidenceBook,
): Analysis["alerts"] {
	const seen = new Set<string>();
	const alerts: Analysis["alerts"] = [];
	for (const { signal, candidate } of situation.alerts) {
		const name = signal.alert?.name ?? signal.body;
		const key = `${name}\u0000${candidate}`;
		if (!isFiring(signal) || seen.has(key) || alerts.length >= MAX_ALERTS) continue;
		seen.add(key);
		const explained =
			cause !== undefined && (candidate === cause || reached.includes(candidate) || situation.graph.dependencies(candidate).has(cause));
		alerts.push({ alert: name, time: signal.time, evidence: [book.cite(signal)], explainedBy: explained ? cause : null });
	}
	return alerts;
}
