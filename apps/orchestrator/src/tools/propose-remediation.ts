import { type IncidentReport, Remediation } from "@faultline/contracts";
import { defineTool, READS } from "@faultline/mcp";
import { z } from "zod";
import { bySafety } from "../incidents/five-lines.ts";
import { plain } from "../incidents/plain-text.ts";
import type { Desk } from "./desk.ts";

export function proposeRemediation(desk: Desk) {
	return defineTool({
		name: "propose_remediation",
		title: "Propose remediations",
		description: [
			"What can safely be done about an incident: typed proposals from a catalogue, each with its reason, evidence, risk, what to check first, the commands that a person would run, and how to undo it; the safest first.",
			"Nothing is executed: Faultline runs none of it. No proposal means that none is safe enough for what is known.",
		].join("\n"),
		inputSchema: z.object({
			incident: z.string().trim().min(1).max(128).describe("incident id"),
			action: z.string().max(100).optional().describe("only this action of the catalogue"),
		}),
		outputSchema: z.object({ incident: z.string(), confidence: z.string(), proposals: z.array(Remediation), note: z.string() }),
		annotations: READS,
		async run({ incident, action }) {
			const report = desk.investigations.get(incident)?.report ?? (await desk.store.report(incident));
			const proposals = bySafety(report.remediations)
				.filter((r) => action === undefined || r.action === action)
				.slice(0, 8);
			const note = noteFor(report, proposals.length);
			return {
				data: { incident: report.id, confidence: report.confidence, proposals, note },
				text: [...proposals.map(describe), note].join("\n\n"),
			};
		},
	});
}

function noteFor({ verdict, confidence, rootCauses }: IncidentReport, count: number): string {
	if (verdict === "no-incident") return "No incident was found in this window: there is nothing to remedy.";
	if (count === 0)
		return `No action of the catalogue is safe enough for what is known (confidence: ${confidence}). Look at ${plain(rootCauses[0]?.resource ?? "the evidence", 200)} first.`;
	const caution = confidence === "inconclusive" ? " The cause is not settled: do the checks before anything else." : "";
	return `These are proposals; nothing was executed.${caution}`;
}

function describe(r: Remediation): string {
	const lines = [
		`${plain(r.title, 200)} [${r.action}, ${r.risk} risk]`,
		`Why: ${plain(r.reason, 300)} [${r.evidence.slice(0, 5).join(", ")}]`,
	];
	for (const check of r.precheck) lines.push(`Check first: ${plain(check, 300)}`);
	for (const step of r.steps) lines.push(`Would run: ${plain(step, 300)}`);
	return [...lines, `Undo: ${plain(r.undo, 300)}`].join("\n");
}
