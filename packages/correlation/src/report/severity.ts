import type { Severity } from "@faultline/contracts";
import type { Lead } from "../evidence/lead.ts";
import { isFiring, type Situation } from "../situation.ts";

/**
 * How bad it is for those who use the system: what the alerts say, one step down where nobody but the alerts shows a symptom, one step up where
 * an entry of the system fails. Without alerts, by how many resources show symptoms.
 */
export function judgeSeverity(situation: Situation, leads: readonly Lead[], affected: readonly string[]): Severity {
	const steps: Severity[] = ["low", "medium", "high", "critical"];
	const loudest = Math.max(0, ...situation.alerts.filter(({ signal }) => isFiring(signal)).map(({ signal }) => signal.severity));
	const symptoms = new Set(
		leads
			.filter((l) => l.kind !== "alert" && l.strength > 0.2 && (l.role === "symptom" || l.kind === "span-errors"))
			.map((l) => l.candidate),
	);
	let step = loudest >= 21 ? 3 : loudest >= 17 ? 2 : loudest > 0 ? 1 : Math.min(2, Math.ceil(symptoms.size / 2));
	const entryHit = [...symptoms, ...affected].some((c) => situation.graph.callers(c).size === 0 && situation.graph.callees(c).size > 0);
	if (loudest >= 21 && symptoms.size === 0 && affected.length === 0) step--;
	if (entryHit && step < 2) step++;
	return steps[Math.max(0, Math.min(3, step))] ?? "medium";
}
