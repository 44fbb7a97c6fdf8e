import type { KubernetesConfig } from "./config.ts";
import type { Meta, Pod } from "./wire.ts";

/** Where a deployment tool put the names that its cluster could not hold. */
const RESOURCE_ANNOTATION = "faultline.dev/resource";
const SERVICE_ANNOTATION = "faultline.dev/service";
/** Labels that name the logical service, the recommended one first. */
const SERVICE_LABELS = ["app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/instance"];

/** The name under which other sources know this object. */
export const resourceOf = (meta: Meta): string => meta.annotations?.[RESOURCE_ANNOTATION] ?? meta.name;

/** The logical service: as annotated or labelled, else the workload that owns the object. */
export function serviceOf(meta: Meta): string | undefined {
	const annotated = meta.annotations?.[SERVICE_ANNOTATION];
	if (annotated) return annotated;
	for (const label of SERVICE_LABELS) if (meta.labels?.[label]) return meta.labels[label];
	return workloadOf(meta)?.name;
}

/** The workload that owns a pod; a ReplicaSet is named by its Deployment, since its own name is only a hash on top. */
export function workloadOf(meta: Meta): { kind: string; name: string } | undefined {
	const owner = meta.ownerReferences?.[0];
	if (!owner) return undefined;
	if (owner.kind !== "ReplicaSet") return { kind: owner.kind, name: owner.name };
	const hash = meta.labels?.["pod-template-hash"];
	const name = hash && owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name.replace(/-[a-f0-9]{6,10}$/, "");
	return { kind: "Deployment", name };
}

export const containersOf = (pod: Pod): string[] =>
	[...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map((c) => c.name);

/** The object's page in the configured dashboard; undefined where none is configured. */
export function linkOf(config: KubernetesConfig, kind: string, meta: { namespace?: string | undefined; name: string }): string | undefined {
	if (config.link === undefined) return undefined;
	const values: Record<string, string> = { kind: kind.toLowerCase(), namespace: meta.namespace ?? "", name: meta.name };
	const url = config.link.replace(/\{(kind|namespace|name)\}/g, (_all, key: string) => encodeURIComponent(values[key] ?? ""));
	// of a page of many objects the name is empty, and perhaps the namespace
	return url.replace(/([^:/])\/+$/, "$1").replace(/([^:])\/{2,}/g, "$1/");
}

/**
 * Who owns an object, nearest first, as "Kind/name": a pod's ReplicaSet and Deployment, or its Job and CronJob. Of an object that is not
 * known (any more) its name tells: a ReplicaSet is its Deployment's name and a hash, a CronJob's Job its name and the minute.
 */
export function ownersOf(kind: string, name: string, meta: Meta | undefined): string[] {
	const owner = meta?.ownerReferences?.[0];
	if (owner !== undefined) {
		const workload = owner.kind === "ReplicaSet" && meta !== undefined ? workloadOf(meta) : undefined;
		return [
			`${owner.kind}/${owner.name}`,
			...(workload ? [`${workload.kind}/${workload.name}`] : ownersOf(owner.kind, owner.name, undefined)),
		];
	}
	const [, deployment] = (kind === "ReplicaSet" && /^(.+)-[a-z0-9]{6,10}$/.exec(name)) || [];
	if (deployment !== undefined) return [`Deployment/${deployment}`];
	const [, cron] = (kind === "Job" && /^(.+)-\d{8,10}$/.exec(name)) || [];
	return cron === undefined ? [] : [`CronJob/${cron}`];
}
