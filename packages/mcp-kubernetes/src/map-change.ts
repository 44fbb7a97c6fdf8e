import type { Signal } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import { resourceOf, serviceOf } from "./names.ts";
import type { Container, Workload } from "./wire.ts";

const REVISION = "deployment.kubernetes.io/revision";
const HISTORY = "deployment.kubernetes.io/revision-history";
const CAUSE = "kubernetes.io/change-cause";

export const revisionOf = (replicaSet: Workload): number => Number(replicaSet.metadata.annotations?.[REVISION] ?? 0) || 0;

export interface RevisionDiff {
	/** "web: shop:1.2 -> shop:1.3" */
	images: string[];
	/** Names only, with what happened: "DB_URL changed". Values never leave the cluster. */
	env: string[];
	/** Limits and requests ("web: memory limit 512Mi -> 256Mi"), commands, probes, and names of ConfigMaps and Secrets it refers to. */
	other: string[];
}

/** What a revision changed in its pod template, against the revision before it. */
export function diffOf(before: Workload | undefined, after: Workload): RevisionDiff {
	const old = new Map((before?.spec?.template?.spec?.containers ?? []).map((c) => [c.name, c]));
	const diff: RevisionDiff = { images: [], env: [], other: [] };
	if (before !== undefined) diff.other.push(...volumeDiff(before, after));
	for (const container of after.spec?.template?.spec?.containers ?? []) {
		const was = old.get(container.name);
		if (before === undefined) continue;
		if (was?.image !== container.image) diff.images.push(`${container.name}: ${was?.image ?? "none"} -> ${container.image ?? "none"}`);
		diff.env.push(...envDiff(was, container));
		if (was !== undefined) diff.other.push(...settingsDiff(was, container));
	}
	return diff;
}

function envDiff(was: Container | undefined, now: Container): string[] {
	const before = new Map((was?.env ?? []).map((e) => [e.name, JSON.stringify([e.value, e.valueFrom])]));
	const after = new Map((now.env ?? []).map((e) => [e.name, JSON.stringify([e.value, e.valueFrom])]));
	return [
		...[...after].filter(([name]) => !before.has(name)).map(([name]) => `${name} added`),
		...[...after].filter(([name, value]) => before.has(name) && before.get(name) !== value).map(([name]) => `${name} changed`),
		...[...before].filter(([name]) => !after.has(name)).map(([name]) => `${name} removed`),
	];
}

/** Quantities with their values, the rest by name only: a command line or a probe may hold a secret. */
function settingsDiff(was: Container, now: Container): string[] {
	const changed: string[] = [];
	for (const bound of ["limits", "requests"] as const) {
		const [before = {}, after = {}] = [was.resources?.[bound], now.resources?.[bound]];
		for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
			if (before[name] !== after[name])
				changed.push(`${now.name}: ${name} ${bound.slice(0, -1)} ${before[name] ?? "none"} -> ${after[name] ?? "none"}`);
	}
	for (const field of ["command", "args", "livenessProbe", "readinessProbe", "startupProbe"] as const)
		if (JSON.stringify(was[field]) !== JSON.stringify(now[field])) changed.push(`${now.name}: ${field} changed`);
	return [...changed, ...nameDiff(`${now.name}: environment from`, sourcesOf(was), sourcesOf(now))];
}

const sourcesOf = (c: Container): string[] =>
	(c.envFrom ?? []).flatMap((e) => [
		...(e.configMapRef?.name ? [`ConfigMap ${e.configMapRef.name}`] : []),
		...(e.secretRef?.name ? [`Secret ${e.secretRef.name}`] : []),
	]);

function volumeDiff(before: Workload, after: Workload): string[] {
	const mounted = (w: Workload): string[] =>
		(w.spec?.template?.spec?.volumes ?? []).flatMap((v) => [
			...(v.configMap?.name ? [`ConfigMap ${v.configMap.name}`] : []),
			...(v.secret?.secretName ? [`Secret ${v.secret.secretName}`] : []),
		]);
	return nameDiff("volume", mounted(before), mounted(after));
}

function nameDiff(what: string, before: readonly string[], after: readonly string[]): string[] {
	return [
		...after.filter((name) => !before.includes(name)).map((name) => `${what} ${name} added`),
		...before.filter((name) => !after.includes(name)).map((name) => `${what} ${name} removed`),
	];
}

/** The commit, version and author that a build or deployment tool wrote on a workload, under whichever prefix it uses. */
export function provenanceOf(workload: Workload): { commitId?: string; version?: string; author?: string } {
	const templates = workload.spec?.template?.metadata;
	const notes = Object.entries({ ...templates?.labels, ...templates?.annotations, ...workload.metadata.annotations });
	const find = (key: RegExp, value: RegExp) => notes.find(([k, v]) => k !== REVISION && key.test(k) && value.test(v))?.[1];
	const commitId = find(
		/(^|[./_-])(revision|commit|commit[._-]?(sha|id|hash)|git[._-]?(sha|commit|revision)|vcs[._-]?ref|sha)$/i,
		/^[0-9a-f]{7,64}$/i,
	);
	const version = find(/(^|\/)(.*image[._-])?version$/i, /^\S{1,128}$/);
	const author = find(/(^|[./_-])(authors?|deployed[._-]by|triggered[._-]by)$/i, /^[^\r\n]{1,200}$/);
	return { ...(commitId ? { commitId } : {}), ...(version ? { version } : {}), ...(author ? { author } : {}) };
}

/** A ReplicaSet's creation (or, on a rollback, its return) as a change of its Deployment. */
export function rolloutSignal(input: {
	deployment: Workload | undefined;
	before: Workload | undefined;
	after: Workload;
	time: string;
	url: string | undefined;
}): Signal {
	const { deployment, before, after, time, url } = input;
	const name = deployment?.metadata.name ?? after.metadata.ownerReferences?.[0]?.name ?? after.metadata.name;
	const service = deployment
		? (deployment.metadata.annotations?.["faultline.dev/resource"] ?? serviceOf(deployment.metadata) ?? name)
		: (serviceOf(after.metadata) ?? name);
	const revision = revisionOf(after);
	const diff = diffOf(before, after);
	const cause = after.metadata.annotations?.[CAUSE];
	const previousCause = before?.metadata.annotations?.[CAUSE];
	const { commitId, version, author } = provenanceOf(after);
	const stale = before !== undefined && provenanceOf(before).version === version;
	const rolledBack = after.metadata.annotations?.[HISTORY] !== undefined;
	const what = [...diff.images, ...(diff.env.length > 0 ? [`environment: ${diff.env.join(", ")}`] : []), ...diff.other].join("; ");
	const told = `${rolledBack ? "rollback" : before === undefined ? "first rollout" : "rollout"} of ${name}, revision ${revision}${what ? `: ${what}` : ""}`;
	// a change cause stays on the Deployment until someone writes another: the same one again says nothing
	const title = redact(cause !== undefined && (cause !== previousCause || rolledBack) ? cause : told);
	return {
		id: `kubernetes:rollout:${after.metadata.uid ?? after.metadata.name}:${revision}`,
		source: "kubernetes",
		kind: "change",
		time,
		severity: 9,
		service,
		resource: deployment ? resourceOf(deployment.metadata) : service,
		body: title.text,
		attributes: {
			namespace: after.metadata.namespace,
			deployment: name,
			revision,
			...(diff.images.length > 0 ? { images: diff.images } : {}),
			...(diff.env.length > 0 ? { environment: diff.env } : {}),
			...(diff.other.length > 0 ? { settings: diff.other } : {}),
			...(rolledBack ? { rollback: true } : {}),
		},
		count: 1,
		...(url === undefined ? {} : { url }),
		redactions: title.count,
		change: {
			type: diff.images.length === 0 && diff.env.length + diff.other.length > 0 ? "config" : "deploy",
			id: version !== undefined && !stale ? version : `${after.metadata.namespace ?? ""}/${name}:revision-${revision}`,
			...(commitId !== undefined && (before === undefined || provenanceOf(before).commitId !== commitId || rolledBack) ? { commitId } : {}),
			title: title.text,
			...(author === undefined ? {} : { author }),
		},
	};
}

/** Events that tell of a change of size or of a node taken out of service. */
const CHANGE_EVENTS = new Map([
	["SuccessfulRescale", "scale"],
	["ScalingReplicaSet", "scale"],
	["NodeNotSchedulable", "other"],
	["NodeSchedulable", "other"],
	["Rebooted", "other"],
]);

/** A change that is only told by an event; undefined where the event tells none. */
export function changeOfEvent(event: Signal): Signal | undefined {
	const type = CHANGE_EVENTS.get(event.event?.reason ?? "");
	if (type === undefined || !event.event) return undefined;
	const { name, kind } = event.event.object;
	const { event: detail, ...rest } = event;
	const id = event.id.replace(":event:", ":change:");
	return {
		...rest,
		id,
		kind: "change",
		severity: 9,
		service: event.service ?? (kind === "Node" ? undefined : name),
		attributes: { ...event.attributes, reason: detail?.reason, object: `${kind}/${name}` },
		change: { type, id, title: event.body },
	} as Signal;
}
