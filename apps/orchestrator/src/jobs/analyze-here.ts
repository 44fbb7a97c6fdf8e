import type { EvidenceSet, IncidentReport } from "@faultline/contracts";
import type { EncoderChoice } from "../models/open-encoder.ts";

/** What an analysis is set up by: only what can be copied between threads. */
export interface AnalysisSettings {
	/** The environment of the language model; without a key the wording is deterministic. */
	env: Record<string, string | undefined>;
	/** Without one, the encoder that needs no file. */
	encoder?: EncoderChoice | undefined;
}

/**
 * Analyses in this thread, with the language model that the environment names (none without ANTHROPIC_API_KEY).
 * Everything heavy is loaded here, so that callers start quickly.
 */
export async function analyzeHere(
	evidence: EvidenceSet,
	{ env, encoder }: AnalysisSettings,
	signal?: AbortSignal,
): Promise<IncidentReport> {
	const [{ analyze }, { modelFromEnv }, { lazyEncoder }, { requireEncoder }] = await Promise.all([
		import("../pipeline.ts"),
		import("@faultline/diagnosis"),
		import("../models/lazy-encoder.ts"),
		import("../models/model-folders.ts"),
	]);
	const model = modelFromEnv(env);
	if (encoder !== undefined) await requireEncoder(encoder);
	const opened = encoder === undefined ? undefined : lazyEncoder(encoder);
	try {
		return await analyze(evidence, { model, signal, encoder: opened });
	} finally {
		await opened?.close();
	}
}
