import { type Command, Option } from "commander";
import { placeOf } from "../config.ts";
import { formatJson } from "../format-json.ts";
import { optionalConfig } from "../optional-config.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";

interface Flags {
	ranker: "trees" | "attention";
	format: "text" | "json";
	export?: string;
}

export function register(evaluation: Command, session: Session): void {
	evaluation
		.command("confirmed")
		.description("how right the learned ranking is on the incidents that you confirmed, each left out in turn")
		.addOption(
			new Option("--ranker <name>", "what learns: the graph attention network that reports use, or boosted trees")
				.choices(["attention", "trees"])
				.default("attention"),
		)
		.addOption(new Option("-f, --format <format>", "how it is printed").choices(["text", "json"]).default("text"))
		.option("--export <file>", "write the labelled graphs as NDJSON, for eval alert-graphs --train, and evaluate nothing")
		.action(async ({ ranker, format, export: file }: Flags) => {
			const [{ dataDir }, { folderStore }, { lessonsOf }, { evaluateConfirmed }] = await Promise.all([
				import("@faultline/orchestrator/config/load-config"),
				import("@faultline/orchestrator/incidents/incident-store"),
				import("@faultline/orchestrator/learned/cross-validate"),
				import("@faultline/orchestrator/learned/evaluate-confirmed"),
			]);
			const folder = dataDir(placeOf(session.env, session.configPath), await optionalConfig(session));
			const confirmed = await folderStore(folder).confirmations.all();
			if (file !== undefined) {
				const rows = lessonsOf(confirmed).map(({ graph }) => `${JSON.stringify(graph)}\n`);
				return await session.write(rows.join(""), file);
			}
			const progress = createProgress(session);
			const found = await evaluateConfirmed(confirmed, ranker, (done) => progress.update(`${done} left out and ranked`)).finally(
				progress.clear,
			);
			await session.write(format === "json" ? formatJson(found) : text(found));
		});
}

interface Accuracy {
	first: number;
	firstThree: number;
}

interface Evaluated {
	ranker: string;
	floor: number | null;
	figures: { incidents: number; untrained: Accuracy; learned: Accuracy; used: Accuracy; usedOn: number };
}

function text({ ranker, floor, figures }: Evaluated): string {
	const line = (name: string, { first, firstThree }: Accuracy) =>
		`  ${name.padEnd(28)}${first.toFixed(3).padStart(7)}${firstThree.toFixed(3).padStart(12)}\n`;
	const used =
		floor === null ? "used on none: it names fewer causes" : `used on ${figures.usedOn}, from a likeness of ${floor.toFixed(2)} on`;
	return [
		`${figures.incidents} confirmed incidents, each left out in turn (${ranker})\n`,
		`  ${"".padEnd(28)}${"first".padStart(7)}${"first three".padStart(12)}\n`,
		line("without learning", figures.untrained),
		line("learned", figures.learned),
		line("as reports use it", figures.used),
		`${used}\n`,
	].join("");
}
