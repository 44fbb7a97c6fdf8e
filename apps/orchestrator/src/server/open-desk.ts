import { type SourceLauncher, sourceOpeners } from "../collect/connect-source.ts";
import { checkSource } from "../collect/source-health.ts";
import { type ConfigPlace, dataDir, loadConfig } from "../config/load-config.ts";
import type { FaultlineConfig } from "../config/schema.ts";
import { folderStore } from "../incidents/incident-store.ts";
import { analyzeInWorker } from "../jobs/analyze-in-worker.ts";
import { createInvestigations, type Workbench } from "../jobs/investigations.ts";
import type { Desk } from "../tools/desk.ts";

/** How long one source may take to say what it can reach. */
const CHECK_MS = 12_000;

/** The language model's part of an environment; nothing else goes to the analysis. */
export function modelEnv(env: Record<string, string | undefined>): Record<string, string | undefined> {
	return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("ANTHROPIC_") || name.startsWith("FAULTLINE_MODEL")));
}

/** The workbench of a configuration that has been read. */
export function workbenchOf(config: FaultlineConfig, place: ConfigPlace, launcher: SourceLauncher): Workbench {
	const { sourceDeadline, deadline, maxSignals, baseline } = config.collection;
	const model = modelEnv(place.env);
	return {
		sources: async () => sourceOpeners(config, launcher, place.env),
		limits: { sourceDeadlineMs: sourceDeadline, deadlineMs: deadline, maxSignals },
		baselineMs: baseline,
		store: folderStore(dataDir(place, config)),
		analyze: (evidence, signal) => analyzeInWorker(evidence, model, signal),
		now: Date.now,
	};
}

/** What the orchestrator's servers work with, from a configuration file. @throws BAD_CONFIG */
export async function openDesk(
	place: ConfigPlace,
	launcher: SourceLauncher,
): Promise<{ desk: Desk; config: FaultlineConfig; close(): Promise<void> }> {
	const { config } = await loadConfig(place);
	const bench = workbenchOf(config, place, launcher);
	const investigations = createInvestigations(bench);
	const desk: Desk = {
		bench,
		investigations,
		store: bench.store,
		async checkSources(signal) {
			const sources = await bench.sources();
			return Promise.all(Array.from(sources, ([name, open]) => checkSource(name, open, CHECK_MS, signal)));
		},
	};
	return { desk, config, close: () => investigations.close() };
}
