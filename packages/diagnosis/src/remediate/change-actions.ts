import { knownIds } from "../label/wording.ts";
import { type Action, findNamespace } from "./action.ts";
import { isIdentifier, isKubernetesName } from "./identifier.ts";
import { type Situation, workloadOf } from "./situation.ts";

const ROLLOUTS = new Set(["commit", "deploy", "release", "rollout", "image"]);
const SETTINGS = new Set(["config", "scale", "other"]);

/** The blamed change, where the analysis stands behind it. */
function blamed(s: Situation) {
	const { change } = s.analysis;
	return change !== null && change.verdict === "blamed" && change.confidence !== "inconclusive" ? change : undefined;
}

/** The service that the change touched, by its checked name; else the cause. */
function touched(s: Situation): string {
	const service = blamed(s)?.service;
	return service !== undefined && isIdentifier(service) ? service : s.target;
}

/** A change's own id for a sentence, where it is an identifier. */
function idOf(s: Situation): string {
	const change = blamed(s);
	const id = change?.commitId?.slice(0, 12) ?? change?.id;
	return id !== undefined && isIdentifier(id) ? ` ${id}` : "";
}

function changeEvidence(s: Situation): string[] {
	const ids = knownIds(blamed(s)?.evidence ?? [], s.analysis);
	return ids.length > 0 ? ids : s.evidence;
}

export const rollbackDeployment: Action = {
	id: "rollback-deployment",
	risk: "medium",
	applies: (s) => ROLLOUTS.has(blamed(s)?.type ?? ""),
	propose(s) {
		const target = touched(s);
		const workload = s.platform === "kubernetes" && isKubernetesName(target) ? workloadOf(target, { kind: "service" }) : undefined;
		const schema = "Look through the change for a database migration: a rollback of the code does not undo one.";
		return {
			title: `Roll ${target} back to before the change${idOf(s)}`,
			why: `the change${idOf(s)} can explain it, and the version before it was healthy.`,
			target,
			precheck:
				workload === undefined
					? [`Find the version of ${target} that ran before the change${idOf(s)}.`, schema]
					: [
							findNamespace("deployment", workload.name),
							`kubectl rollout history deployment/${workload.name} --namespace "$NS"  # there must be an earlier revision`,
							schema,
						],
			steps:
				workload === undefined
					? [`Deploy that earlier version of ${target} with your deployment tool.`]
					: [
							`kubectl rollout undo deployment/${workload.name} --namespace "$NS"`,
							`kubectl rollout status deployment/${workload.name} --namespace "$NS" --timeout 5m`,
						],
			undo:
				workload === undefined
					? `Deploy the present version of ${target} again.`
					: `kubectl rollout undo deployment/${workload.name} --namespace "$NS" (once more goes back to the present revision)`,
			success: [
				`The errors and figures that are cited return to what they were before the change within 10 minutes.`,
				`No new restarts of ${target}.`,
			],
			evidence: changeEvidence(s),
		};
	},
};

export const revertFlag: Action = {
	id: "revert-flag",
	risk: "low",
	applies: (s) => blamed(s)?.type === "flag",
	propose: (s) => ({
		title: `Set the flag${idOf(s)} back`,
		why: `the change of the flag${idOf(s)} can explain it.`,
		target: touched(s),
		precheck: [`Look up who set the flag${idOf(s)}, what it was before, and what else has come to depend on it since.`],
		steps: [`Set the flag${idOf(s)} back to its earlier value where your flags are kept.`],
		undo: `Set the flag${idOf(s)} to its present value again.`,
		success: ["The errors and figures that are cited return to what they were before the flag changed within 10 minutes."],
		evidence: changeEvidence(s),
	}),
};

export const revertConfig: Action = {
	id: "revert-config",
	risk: "medium",
	applies: (s) => SETTINGS.has(blamed(s)?.type ?? ""),
	propose: (s) => ({
		title: `Revert the configuration change${idOf(s)} of ${touched(s)}`,
		why: `the configuration change${idOf(s)} can explain it.`,
		target: touched(s),
		precheck: [`Compare the configuration of ${touched(s)} before and after the change${idOf(s)}.`],
		steps: [`Put the earlier configuration of ${touched(s)} back the way it is usually deployed.`],
		undo: `Deploy the present configuration of ${touched(s)} again.`,
		success: ["The errors and figures that are cited return to what they were before the change within 10 minutes."],
		evidence: changeEvidence(s),
	}),
};

export const restoreConfiguration: Action = {
	id: "restore-configuration",
	risk: "medium",
	applies: (s) => (s.mechanism === "missing-configuration" || s.mechanism === "deadline-too-short") && blamed(s) === undefined,
	propose: (s) => {
		const short = s.mechanism === "deadline-too-short";
		return {
			title: short
				? `Raise the deadline at which calls around ${s.target} are given up`
				: `Give ${s.target} the configuration that it misses`,
			why: short ? "a longer deadline lets the answers arrive." : "it cannot work until the setting is there.",
			precheck: [`Compare the configuration of ${s.target} with that of its last healthy version.`],
			steps: [
				short
					? `Find which caller's deadline it is (${s.target}'s own or that of who calls it), and set it back to its last healthy value, or above the 99th percentile of the answer times.`
					: `Add what is missing to the configuration of ${s.target}, and deploy it.`,
			],
			undo: `Deploy the present configuration of ${s.target} again.`,
			success: [`${s.target} starts and answers; the errors that are cited stop.`],
		};
	},
};
