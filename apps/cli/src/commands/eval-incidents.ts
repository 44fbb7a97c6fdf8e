import { AppError } from "@faultline/contracts";
import type { CollectOptions } from "@faultline/orchestrator/eval/collect-cases";
import type { FoundCapture } from "@faultline/orchestrator/eval/find-captures";
import type { Fit } from "@faultline/orchestrator/eval/fit-weights";
import type { Command } from "commander";
import { formatEvaluation } from "../format-evaluation.ts";
import { formatFit, formatHealthy } from "../format-fit.ts";
import { outputOption } from "../format-report.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";

interface Flags {
	captures: string;
	set: string[];
	ablations: boolean;
	fit?: boolean;
	healthy?: string | true;
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
		.option("--healthy [minutes]", "instead: cut the healthy stretches of the captures into windows, and count those called incidents")
		.option("--fit", "instead: fit the weights of the evidence, on all sets and with each set left out")
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
			const onCapture = ({ set, id }: { set: string; id: string }, done: number, of: number): void =>
				progress.update(`${done + 1} of ${of}: ${set}/${id}`);
			const print = (found: unknown, text: () => string): Promise<void> =>
				session.write(flags.json === true ? `${JSON.stringify(found, null, "\t")}\n` : text(), flags.output);
			if (flags.healthy !== undefined) {
				const { evaluateHealthy } = await import("@faultline/orchestrator/eval/evaluate-healthy");
				const lengthMs = minutesOf(flags.healthy) * 60_000;
				const results = await evaluateHealthy(captures, { analyze: (evidence) => analyze(evidence), lengthMs, onCapture }).finally(() =>
					progress.clear(),
				);
				return print(results, () => formatHealthy(results));
			}
			if (flags.fit === true) {
				const fit = await fitOn(captures, onCapture).finally(() => progress.clear());
				return print(fit, () => formatFit(fit));
			}
			const found = await evaluateIncidents(captures, {
				analyze: (evidence, without) => analyze(evidence, without === undefined ? {} : { without }),
				ablations: flags.ablations,
				now: () => performance.now(),
				onCapture,
			}).finally(() => progress.clear());
			await print(found, () => formatEvaluation(found));
			if (found.sets.every((set) => set.errors === set.captures)) session.exitCode = 3;
		});
}

function minutesOf(given: string | true): number {
	const minutes = given === true ? 30 : Number(given);
	if (!(minutes > 0)) throw new AppError("BAD_INPUT", "--healthy takes a number of minutes", { hint: "such as --healthy 30" });
	return minutes;
}

async function fitOn(captures: readonly FoundCapture[], onCapture: NonNullable<CollectOptions["onCapture"]>): Promise<Fit> {
	const [{ collectCases }, { fitWeights }, { prepare }] = await Promise.all([
		import("@faultline/orchestrator/eval/collect-cases"),
		import("@faultline/orchestrator/eval/fit-weights"),
		import("@faultline/orchestrator/pipeline"),
	]);
	return fitWeights(await collectCases(captures, { prepare, onCapture }));
}
