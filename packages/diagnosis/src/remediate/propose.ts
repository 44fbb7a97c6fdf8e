import type { Analysis, Remediation } from "@faultline/contracts";
import { knownIds } from "../label/wording.ts";
import { type Action, inspectWorkload, reasonOf } from "./action.ts";
import { restoreConfiguration, revertConfig, revertFlag, rollbackDeployment } from "./change-actions.ts";
import {
	cancelSlowQueries,
	capClientPools,
	easeReplication,
	extendStorage,
	failOver,
	raiseCacheMemory,
	raiseConnectionLimit,
	terminateIdleSessions,
} from "./database-actions.ts";
import {
	backOff,
	checkNames,
	contactProvider,
	cordonNode,
	isolateInput,
	moveOffPath,
	renewCertificate,
	restorePermission,
	shedTraffic,
} from "./outside-actions.ts";
import { type Situation, situationOf } from "./situation.ts";
import {
	fixImageReference,
	fixProbe,
	makeRoom,
	raiseMemoryLimit,
	restartWorkload,
	returnToStartable,
	scaleOut,
} from "./workload-actions.ts";

/** Every action there is. Within one risk, the earlier goes first: what undoes the cause before what eases the symptom. */
export const CATALOGUE: readonly Action[] = [
	revertFlag,
	rollbackDeployment,
	revertConfig,
	restoreConfiguration,
	fixImageReference,
	fixProbe,
	returnToStartable,
	renewCertificate,
	restorePermission,
	isolateInput,
	contactProvider,
	cordonNode,
	scaleOut,
	restartWorkload,
	raiseCacheMemory,
	raiseMemoryLimit,
	makeRoom,
	terminateIdleSessions,
	capClientPools,
	cancelSlowQueries,
	extendStorage,
	easeReplication,
	shedTraffic,
	backOff,
	checkNames,
	moveOffPath,
	raiseConnectionLimit,
	failOver,
];

const RISK_ORDER = { low: 0, medium: 1, high: 2 } as const;
const MAX_PROPOSALS = 5;

/**
 * What a person may do, safest first. Where the cause is not determined only read-only checks are proposed: undoing what did not
 * break it breaks something else. Nothing is run, and no name in a step comes from the text of a log.
 */
export function proposeRemediations(analysis: Analysis): Remediation[] {
	if (analysis.verdict !== "incident") return [];
	const situation = situationOf(analysis);
	if (situation === undefined) return [];
	if (analysis.confidence === "inconclusive") return [lookFirst(situation)];
	const proposals = CATALOGUE.filter((action) => action.applies(situation)).map((action) => fill(action, situation));
	if (proposals.length === 0) return [lookFirst(situation)];
	return proposals.sort((a, b) => RISK_ORDER[a.risk] - RISK_ORDER[b.risk]).slice(0, MAX_PROPOSALS);
}

function fill(action: Action, situation: Situation): Remediation {
	const { why, target, evidence, ...worded } = action.propose(situation);
	return {
		action: action.id,
		target: target ?? situation.target,
		reason: reasonOf(situation, why),
		evidence: knownIds(evidence ?? situation.evidence, situation.analysis),
		risk: action.risk,
		...worded,
	};
}

/** The only proposal for a cause that is not determined, or that no action mends: to look, and change nothing. */
function lookFirst(situation: Situation): Remediation {
	const undetermined = situation.analysis.confidence === "inconclusive";
	return {
		action: "inspect",
		target: situation.target,
		title: `Look at ${situation.target} before changing anything`,
		reason: undetermined
			? `${situation.target} is the strongest lead, but the evidence does not determine the cause.`
			: reasonOf(situation, "no action of the catalogue is known to mend this."),
		evidence: situation.evidence,
		risk: "low",
		precheck: [],
		steps: [
			...inspectWorkload(situation),
			"Open the evidence that is cited, and see whether the lead was abnormal before everything else was.",
		],
		undo: "Nothing to undo: it only reads.",
		success: ["The cause is known."],
	};
}
