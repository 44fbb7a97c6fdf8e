import type { EvidenceSet, IncidentReport } from "@faultline/contracts";

/**
 * Analyses in this thread, with the language model that the environment names (none without ANTHROPIC_API_KEY).
 * Everything heavy is loaded here, so that callers start quickly.
 */
export async function analyzeHere(
	evidence: EvidenceSet,
	env: Record<string, string | undefined>,
	signal?: AbortSignal,
): Promise<IncidentReport> {
	const [{ analyze }, { modelFromEnv }] = await Promise.all([import("../pipeline.ts"), import("@faultline/diagnosis")]);
	const model = modelFromEnv(env);
	return analyze(evidence, { model, signal });
}
