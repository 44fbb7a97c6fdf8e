import type { Command } from "commander";
import { formatEvaluation } from "../format-evaluation.ts";
import { outputOption } from "../format-report.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";

interface Flags {
	captures: string;
	set: string[];
	ablations: boolean;
	json?: boolean;
	output?: string;
}

const NOTES = `
A capture is scored where truth.json lies beside its capture.json: {"rootCauses": [{"service", "pod"?, "changeId"?}], "healthy"?,
"category"?, "noChange"?, "decoys"?}. Ties are scored by expectation, an error is a miss. Claude is not asked. Figures are means over the captures
whose truth tells; "right" is the first cause, or that there is no incident. Exit codes: 0 scored, 2 bad input, 3 no capture could be analysed.`;

export function register(evaluation: Command, session: Session): void {
	evaluation
		.command("incidents")
		.description(
			"AC@k, MRR, verdict, change, calibration and time over captures with a truth.json beside them, and what each evidence is worth",
		)
		.requiredOption("--captures <dir>", "a folder of captures, or of sets of captures")
		.option("--set <name>", "only this set; may be given again", (name: string, before: string[]) => [...before, name], [])
		.option("--no-ablations", "only all evidence: much quicker")
		.option("--json", "the figures as JSON, with each capture's")
		.addOption(outputOption())
		.addHelpText("after", NOTES)
		.action(async (flags: Flags) => {
			const [{ findCaptures }, { evaluateIncidents }, { analyze }] = await Promise.all([
				import("@faultline/orchestrator/eval/find-captures"),
				import("@faultline/orchestrator/eval/evaluate-incidents"),
				import("@faultline/orchestrator/pipeline"),
			]);
			const captures = await findCaptures(flags.captures, flags.set);
			const progress = createProgress(session);
			const found = await evaluateIncidents(captures, {
				analyze: (evidence) => analyze(evidence),
				ablations: flags.ablations,
				now: () => performance.now(),
				onCapture: ({ set, id }, done, of) => progress.update(`${done + 1} of ${of}: ${set}/${id}`),
			}).finally(() => progress.clear());
			await session.write(flags.json === true ? `${JSON.stringify(found, null, "\t")}\n` : formatEvaluation(found), flags.output);
			if (found.sets.every((set) => set.errors === set.captures)) session.exitCode = 3;
		});
}
