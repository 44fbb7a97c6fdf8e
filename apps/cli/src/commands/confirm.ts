import { AppError } from "@faultline/contracts";
import type { Confirmations } from "@faultline/orchestrator/incidents/confirmations";
import type { Command } from "commander";
import { placeOf } from "../config.ts";
import { optionalConfig } from "../optional-config.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";

interface Flags {
	cause?: string;
	healthy?: boolean;
	forget?: boolean;
	learn: boolean;
}

const NOTES = `
The cause is a resource of the report, as it names it. From 20 confirmed incidents on, reports learn from them, where they prove
to be right on those that were left out; "faultline eval confirmed" says how right.`;

export function register(program: Command, session: Session): void {
	program
		.command("confirm")
		.description("says what caused a kept incident, so that later reports can learn from it")
		.argument("<incident>", 'its id, or "latest"')
		.option("--cause <resource>", "the resource that broke")
		.option("--healthy", "there was no incident")
		.option("--forget", "takes back what was said")
		.option("--no-learn", "do not learn from it yet: for all but the last of many")
		.addHelpText("after", NOTES)
		.action(async (incident: string, flags: Flags) => {
			const [{ dataDir }, { folderStore }, { confirmIncident, forgetConfirmation }, { relearn }] = await Promise.all([
				import("@faultline/orchestrator/config/load-config"),
				import("@faultline/orchestrator/incidents/incident-store"),
				import("@faultline/orchestrator/learned/confirm-incident"),
				import("@faultline/orchestrator/learned/learned-file"),
			]);
			const word = wordOf(flags);
			const folder = dataDir(placeOf(session.env, session.configPath), await optionalConfig(session));
			const store = folderStore(folder);
			const told =
				word === "forget"
					? `${await forgetConfirmation(store, incident)}: forgotten`
					: confirmed(await confirmIncident(store, incident, word, Date.now()));
			if (!flags.learn) return await session.write(`${told}\n`);
			const progress = createProgress(session);
			const learned = await relearn(folder, store.confirmations, (done) =>
				progress.update(`learning: ${done} incidents left out and ranked`),
			).finally(progress.clear);
			await session.write(`${told}\n${learned === undefined ? await tooFew(store.confirmations) : judged(learned)}\n`);
		});
}

function wordOf({ cause, healthy, forget }: Flags): { cause: string } | { healthy: true } | "forget" {
	if ([cause !== undefined, healthy === true, forget === true].filter(Boolean).length !== 1)
		throw new AppError("BAD_INPUT", "say one of --cause <resource>, --healthy and --forget", {
			hint: "faultline confirm latest --cause checkout",
		});
	return cause !== undefined ? { cause } : healthy === true ? { healthy } : "forget";
}

function confirmed({ id, cause, graph }: { id: string; cause: string | null; graph: unknown }): string {
	if (cause === null) return `${id}: no incident`;
	return `${id}: the cause is ${cause}${graph === null ? " (the report is too old to be learned from; run it again)" : ""}`;
}

async function tooFew(confirmations: Confirmations): Promise<string> {
	const [{ LEAST_INCIDENTS }, { lessonsOf }] = await Promise.all([
		import("@faultline/orchestrator/learned/learn"),
		import("@faultline/orchestrator/learned/cross-validate"),
	]);
	const count = lessonsOf(await confirmations.all()).length;
	return `${count} of ${LEAST_INCIDENTS} incidents with a cause, before reports learn from them`;
}

interface Judged {
	floor: number | null;
	figures: { incidents: number; untrained: { first: number }; learned: { first: number }; used: { first: number } };
}

function judged({ floor, figures }: Judged): string {
	const share = (x: number) => `${Math.round(100 * x)} %`;
	const { incidents, untrained, learned, used } = figures;
	const of = `cause first: ${share(untrained.first)} without learning, ${share(learned.first)} learned, ${share(used.first)} as reports use it`;
	return `learned from ${incidents} incidents, each left out in turn; ${of}${floor === null ? " (not used)" : ""}`;
}
