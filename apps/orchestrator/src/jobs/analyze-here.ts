import type { EvidenceSet, IncidentReport } from "@faultline/contracts";
import type { PlaceholderRule, RuleChange } from "../logs/rules.ts";
import type { EncoderChoice } from "../models/open-encoder.ts";
import type { AnalyzeOptions } from "../pipeline.ts";

/** What an analysis is set up by: only what can be copied between threads. */
export interface AnalysisSettings {
	/** The environment of the language model; without a key the wording is deterministic. */
	env: Record<string, string | undefined>;
	/** Without one, the encoder that needs no file. */
	encoder?: EncoderChoice | undefined;
	/** `logs.rules` of the configuration. */
	logRules?: readonly RuleChange[] | undefined;
	/** Where the incidents are that people confirmed; without one nothing is learned from them. */
	dataDir?: string | undefined;
}

/**
 * Analyses in this thread, with the language model that the environment names (none without ANTHROPIC_API_KEY).
 * Everything heavy is loaded here, so that callers start quickly.
 */
export async function analyzeHere(
	evidence: EvidenceSet,
	{ env, encoder, logRules, dataDir }: AnalysisSettings,
	signal?: AbortSignal,
): Promise<IncidentReport> {
	const [{ analyze }, { modelFromEnv }, { lazyEncoder }, { requireEncoder, shippedModels }, { lazyShapes }] = await Promise.all([
		import("../pipeline.ts"),
		import("@faultline/diagnosis"),
		import("../models/lazy-encoder.ts"),
		import("../models/model-folders.ts"),
		import("../models/shape-session.ts"),
	]);
	const model = modelFromEnv(env);
	if (encoder !== undefined) await requireEncoder(encoder);
	const opened = encoder === undefined ? undefined : lazyEncoder(encoder);
	const shipped = shippedModels();
	const shapes = await lazyShapes(encoder?.folders ?? (shipped === undefined ? [] : [shipped]));
	try {
		return await analyze(evidence, {
			model,
			signal,
			encoder: opened,
			shapes,
			rules: await configured(logRules),
			learned: learnedIn(dataDir),
		});
	} finally {
		await shapes?.close();
		await opened?.close();
	}
}

function learnedIn(dataDir: string | undefined): AnalyzeOptions["learned"] {
	return dataDir === undefined ? undefined : async (analysis) => (await import("../learned/consult.ts")).consultLearned(analysis, dataDir);
}

/** The engine of users' patterns is loaded only where there are some. */
async function configured(changes: readonly RuleChange[] = []): Promise<readonly PlaceholderRule[] | undefined> {
	return changes.length === 0 ? undefined : (await import("../logs/rules.ts")).rulesOf(changes);
}
