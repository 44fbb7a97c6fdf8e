import { type Analysis, IncidentReport } from "@faultline/contracts";
import type { Diagnosis } from "@faultline/diagnosis";

/** The analysis and its wording, as the engineer reads them. */
export function toReport(analysis: Analysis, diagnosis: Diagnosis, ms: number): IncidentReport {
	const { impact, title, summary, findings, remediations, notes, usage } = diagnosis;
	return IncidentReport.parse({
		...analysis,
		schema: "faultline.report/1",
		title,
		summary,
		impact,
		findings,
		remediations,
		rootCauses: analysis.causes,
		causeSet: analysis.causeSet ?? [],
		confirmed: undefined,
		notes: [...analysis.notes, ...notes],
		usage: { tokens: usage.tokens, cost: usage.cost, ms: Math.round(ms) },
	} satisfies Record<keyof IncidentReport, unknown> & Record<string, unknown>);
}
