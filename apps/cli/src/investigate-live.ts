import type { EvidenceSet, IncidentReport } from "@faultline/contracts";
import type { SourceProgress } from "@faultline/orchestrator/collect/collect-source";
import { placeOf, sourceLauncher } from "./config.ts";
import { createProgress, type Progress } from "./progress.ts";
import type { Session } from "./session.ts";
import type { TimeFlags } from "./time-options.ts";

/** The live path: collects from the configured sources and analyses. */
export async function investigateLive(
	session: Session,
	flags: TimeFlags & { service?: string; encoder?: string },
): Promise<IncidentReport> {
	const [{ openWorkbench }, { investigate }, { newIncidentId }] = await Promise.all([
		import("@faultline/orchestrator/server/open-desk"),
		import("@faultline/orchestrator/jobs/investigations"),
		import("@faultline/orchestrator/incidents/incident-store"),
	]);
	const signal = session.cancellation();
	const progress = createProgress(session);
	const bench = await openWorkbench(placeOf(session.env, session.configPath), sourceLauncher(session.verbose), flags.encoder);
	try {
		return await investigate(bench, flags, {
			id: newIncidentId(Date.now()),
			signal,
			onProgress: tellSource(progress),
			onStage: (stage) => stage === "analysing" && progress.update("analysing"),
		});
	} finally {
		progress.clear();
	}
}

/** Collects without analysing. */
export async function collectLive(session: Session, flags: TimeFlags): Promise<{ evidence: EvidenceSet; notes: string[] }> {
	const [{ openWorkbench }, { planWindow }, { collectEvidence, requireSomeCoverage }, { newIncidentId }] = await Promise.all([
		import("@faultline/orchestrator/server/open-desk"),
		import("@faultline/orchestrator/collect/baseline-window"),
		import("@faultline/orchestrator/collect/collect-evidence"),
		import("@faultline/orchestrator/incidents/incident-store"),
	]);
	const signal = session.cancellation();
	const progress = createProgress(session);
	const bench = await openWorkbench(placeOf(session.env, session.configPath), sourceLauncher(session.verbose));
	const { sources, limits, baselineMs } = await bench.settings();
	const planned = planWindow(flags, baselineMs, Date.now());
	const id = newIncidentId(Date.now(), "rec");
	try {
		const collected = await collectEvidence(sources, planned, {
			id,
			title: `recorded ${planned.asked.from} to ${planned.asked.to}`,
			limits,
			signal,
			onProgress: tellSource(progress),
		});
		requireSomeCoverage(collected.evidence);
		return collected;
	} finally {
		progress.clear();
	}
}

/** One passing line while a source is read, one that stays when it is done. */
function tellSource(progress: Progress): (p: SourceProgress) => void {
	return ({ source, state, signals, series, coverage, tool }) => {
		const amount = `${signals} signals, ${series} series`;
		if (coverage === undefined)
			return progress.update(
				state === "connecting" ? `${source}: connecting` : `${source}: ${amount}${tool === undefined ? "" : ` (${tool})`}`,
			);
		progress.step(
			`${source}: ${coverage.status}, ${amount}${coverage.status === "ok" || coverage.reason === undefined ? "" : ` (${coverage.reason})`}`,
		);
	};
}
