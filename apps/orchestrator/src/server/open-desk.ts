import { type SourceLauncher, sourceOpeners } from "../collect/connect-source.ts";
import { checkSource } from "../collect/source-health.ts";
import { type ConfigPlace, dataDir, loadConfig } from "../config/load-config.ts";
import type { FaultlineConfig } from "../config/schema.ts";
import { folderStore } from "../incidents/incident-store.ts";
import { analyzeInWorker } from "../jobs/analyze-in-worker.ts";
import { type CollectSettings, createInvestigations, type Workbench } from "../jobs/investigations.ts";
import { learnInWorker } from "../jobs/learn-in-worker.ts";
import { createRelearning } from "../learned/confirm-incident.ts";
import { chooseEncoder } from "../models/encoder-choice.ts";
import type { Desk } from "../tools/desk.ts";

/** How long one source may take to say what it can reach. */
const CHECK_MS = 12_000;

/** The language model's part of an environment; nothing else goes to the analysis. */
export function modelEnv(env: Record<string, string | undefined>): Record<string, string | undefined> {
	return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("ANTHROPIC_") || name.startsWith("FAULTLINE_MODEL")));
}

/** What a configuration says about collecting. */
export function collectSettings(config: FaultlineConfig, place: ConfigPlace, launcher: SourceLauncher): CollectSettings {
	const { sourceDeadline, deadline, maxSignals, baseline } = config.collection;
	return {
		sources: sourceOpeners(config, launcher, place.env),
		limits: { sourceDeadlineMs: sourceDeadline, deadlineMs: deadline, maxSignals },
		baselineMs: baseline,
	};
}

/**
 * What the orchestrator works with. It opens even where the configuration is missing or wrong, so that a client that started it sees
 * that as the answer to its question, and not as a server that would not start; a mended file counts at once.
 */
export async function openWorkbench(place: ConfigPlace, launcher: SourceLauncher, encoder?: string): Promise<Workbench> {
	const loaded = await loadConfig(place).catch(() => undefined);
	const env = modelEnv(place.env);
	const kept = dataDir(place, loaded?.config);
	return {
		settings: async () => collectSettings((await loadConfig(place)).config, place, launcher),
		store: folderStore(kept),
		dataDir: kept,
		async analyze(evidence, signal) {
			const now = await loadConfig(place).catch(() => loaded);
			const settings = { env, encoder: chooseEncoder(place, now?.config, encoder), logRules: now?.config.logs.rules, dataDir: kept };
			return analyzeInWorker(evidence, settings, signal);
		},
		now: Date.now,
	};
}

export async function openDesk(place: ConfigPlace, launcher: SourceLauncher): Promise<Desk> {
	const bench = await openWorkbench(place, launcher);
	return {
		bench,
		investigations: createInvestigations(bench),
		store: bench.store,
		relearning: createRelearning(() => learnInWorker(bench.dataDir)),
		async checkSources(signal) {
			const { sources } = await bench.settings();
			return Promise.all(Array.from(sources, ([name, open]) => checkSource(name, open, CHECK_MS, signal)));
		},
	};
}
