import type { Analysis, Mechanism, RankedCause } from "@faultline/contracts";
import { knownIds } from "../label/wording.ts";
import { isIdentifier, isKubernetesName } from "./identifier.ts";

/** What an action is chosen by and filled in with: identities that were checked, and closed words. No text of a log is in it. */
export interface Situation {
	analysis: Analysis;
	mechanism: Mechanism;
	cause: RankedCause;
	/** The cause's name: an identifier by isIdentifier. */
	target: string;
	platform: "kubernetes" | "aws" | "unknown";
	/** The Kubernetes object that runs the cause. */
	workload: Workload | undefined;
	/** What kind of server the cause is, where its evidence says so. */
	engine: "postgres" | "mysql" | "redis" | undefined;
	/** Evidence for the cause. */
	evidence: string[];
}

export interface Workload {
	kind: "deployment" | "statefulset";
	name: string;
}

/** The situation of the first cause; undefined where there is none, or its name cannot stand in a command. */
export function situationOf(analysis: Analysis): Situation | undefined {
	const cause = analysis.causes[0];
	if (cause === undefined || !isIdentifier(cause.resource)) return undefined;
	const target = cause.resource;
	const evidence = knownIds(
		[...cause.signals, ...analysis.anomalies.filter((a) => a.resource === target || a.service === target).flatMap((a) => a.evidence)],
		analysis,
	);
	const platform = platformOf(analysis, cause, evidence);
	return {
		analysis,
		mechanism: analysis.mechanism,
		cause,
		target,
		platform,
		workload: platform === "kubernetes" ? workloadOf(target, cause) : undefined,
		engine: engineOf(analysis, cause, evidence),
		evidence,
	};
}

/** "<deployment>-<hash>-<5>", as Kubernetes names the pods of a Deployment; its hashes hold a digit, which tells them from words. */
const POD_OF_DEPLOYMENT = /^(.+)-(?=[a-z0-9]*\d)[a-z0-9]{6,10}-[a-z0-9]{5}$/;
const POD_OF_STATEFULSET = /^(.+)-\d{1,4}$/;

/** The object that owns a pod, by the way Kubernetes names pods. */
export function workloadOf(target: string, cause: Pick<RankedCause, "kind" | "service">): Workload | undefined {
	if (cause.kind === "node" || !isKubernetesName(target)) return undefined;
	const deployment = POD_OF_DEPLOYMENT.exec(target)?.[1];
	if (deployment !== undefined) return { kind: "deployment", name: deployment };
	const statefulset = cause.kind === "pod" ? POD_OF_STATEFULSET.exec(target)?.[1] : undefined;
	if (statefulset !== undefined) return { kind: "statefulset", name: statefulset };
	return { kind: "deployment", name: target };
}

function platformOf(analysis: Analysis, cause: RankedCause, evidence: readonly string[]): Situation["platform"] {
	const here = evidence.flatMap((id) => analysis.evidence[id] ?? []);
	const podOfCause = (name: string) => name === cause.resource || name.startsWith(`${cause.resource}-`);
	if (here.some((e) => e.source === "kubernetes") || cause.kind === "pod") return "kubernetes";
	if ([cause.resource, ...here.map((e) => e.resource)].some((name) => POD_OF_DEPLOYMENT.test(name) && podOfCause(name)))
		return "kubernetes";
	if (here.some((e) => e.source === "cloudwatch") && cause.kind === "database") return "aws";
	if (cause.kind === "database" || cause.kind === "dependency") return "unknown";
	const cluster = analysis.coverage.some((c) => c.source === "kubernetes" && (c.status === "ok" || c.status === "partial"));
	return cluster || Object.values(analysis.evidence).some((e) => e.source === "kubernetes") ? "kubernetes" : "unknown";
}

/** Words by which servers of a kind speak of themselves. They choose among fixed steps, and are never put into one. */
const ENGINES = [
	["redis", /\bredis(?:_|\b)|\bmaxmemory|OOM command not allowed/i],
	["postgres", /\bpostgres|\bpg_|remaining connection slots|too many clients already/i],
	["mysql", /\bmysql(?:_|\b)|\binnodb|\bmariadb\b/i],
] as const;

/** A service that merely talks to a server says the same words in its logs: for it, only its own metrics and events count. */
function engineOf(analysis: Analysis, cause: RankedCause, evidence: readonly string[]): Situation["engine"] {
	const client = cause.kind === "service" || cause.kind === "pod";
	const own = evidence.flatMap((id) => analysis.evidence[id] ?? []).filter((e) => !(client && ["log", "error", "span"].includes(e.kind)));
	const text = own.map((e) => e.text.slice(0, 2000)).join("\n");
	return ENGINES.find(([, pattern]) => pattern.test(text))?.[0];
}
