import { createHash } from "node:crypto";
import type { ChangeSignal, EventSignal } from "@faultline/contracts";
import type { Service } from "../world.ts";
import { type KubeObject, labelValue, metaOf, originalNames, seconds } from "./object.ts";

export interface RolloutInput {
	service: Service;
	namespace: string;
	/** Changes of this service that are rollouts, ascending by time. */
	changes: readonly ChangeSignal[];
	snapshot: EventSignal | undefined;
	/** When its first revision was made; milliseconds since the epoch. */
	created: number;
}

export interface Rollout {
	deployment: KubeObject;
	/** One per revision, oldest first; the last is the live one. */
	replicaSets: KubeObject[];
	image: string;
}

/** Which changes of a capture a cluster shows: what is rolled out to a service. */
export const isRollout = ({ change, service }: ChangeSignal): boolean =>
	service !== undefined && (change.type === "deploy" || change.type === "config");

/**
 * A Deployment whose history is the capture's rollouts: revision 1 before the window, then a ReplicaSet per change. A deploy
 * changes the image; a config change keeps it and changes an environment variable.
 */
export function rolloutOf(input: RolloutInput): Rollout {
	const { service, namespace, snapshot, created } = input;
	const names = { "app.kubernetes.io/name": labelValue(service.name) ?? service.slug };
	const revisions = revisionsOf(input);
	const status = snapshot?.event.status ?? {};
	const desired = numberOf(status.desired) ?? service.pods.length;
	const ready = numberOf(status.ready) ?? desired;
	const live = revisions.at(-1) as Revision;
	const deployment: KubeObject = {
		apiVersion: "apps/v1",
		kind: "Deployment",
		metadata: metaOf("Deployment", {
			name: service.slug,
			namespace,
			created,
			labels: names,
			annotations: { ...originalNames(service.name, service.slug, service.name), ...live.annotations },
		}),
		spec: { replicas: desired, selector: { matchLabels: names }, template: template(names, service, live) },
		status: {
			observedGeneration: revisions.length,
			replicas: desired,
			updatedReplicas: desired,
			readyReplicas: ready,
			availableReplicas: numberOf(status.available) ?? ready,
			unavailableReplicas: numberOf(status.unavailable) ?? Math.max(0, desired - ready),
			conditions: [
				{
					type: "Available",
					status: ready >= desired ? "True" : "False",
					lastTransitionTime: seconds(ready >= desired || !snapshot ? created : Date.parse(snapshot.time)),
				},
			],
		},
	};
	const replicaSets = revisions.map((revision): KubeObject => {
		const labels = { ...names, "pod-template-hash": revision.hash };
		const replicas = revision === live ? desired : 0;
		return {
			apiVersion: "apps/v1",
			kind: "ReplicaSet",
			metadata: metaOf("ReplicaSet", {
				name: `${service.slug}-${revision.hash}`,
				namespace,
				created: revision.time,
				labels,
				annotations: revision.annotations,
				owner: deployment,
			}),
			spec: { replicas, selector: { matchLabels: labels }, template: template(labels, service, revision) },
			status: {
				replicas,
				readyReplicas: revision === live ? ready : 0,
				availableReplicas: revision === live ? ready : 0,
				observedGeneration: 1,
			},
		};
	});
	return { deployment, replicaSets, image: live.image };
}

interface Revision {
	hash: string;
	time: number;
	image: string;
	env: { name: string; value: string }[];
	annotations: Record<string, string>;
}

function revisionsOf({ service, changes, created }: RolloutInput): Revision[] {
	const first: Revision = {
		hash: hashOf(service, 0),
		time: created,
		image: `${service.slug}:initial`,
		env: [],
		annotations: { "deployment.kubernetes.io/revision": "1" },
	};
	const revisions = [first];
	for (const [i, signal] of changes.entries()) {
		const before = revisions.at(-1) as Revision;
		const { type, id } = signal.change;
		revisions.push({
			hash: hashOf(service, i + 1),
			time: Date.parse(signal.time),
			image: type === "deploy" ? `${service.slug}:${tagOf(id)}` : before.image,
			env: type === "deploy" ? before.env : [{ name: "CONFIG_VERSION", value: id }],
			annotations: { "deployment.kubernetes.io/revision": String(i + 2), ...changeAnnotations(signal) },
		});
	}
	// The pods that the capture names carry the live revision's hash in their names.
	const named = /-([a-f0-9]{6,10})-[a-z0-9]{5}$/.exec(service.pods[0]?.name ?? "")?.[1];
	const live = revisions.at(-1) as Revision;
	if (named !== undefined) live.hash = named;
	return revisions;
}

/** The keys that build tools put on an image or a workload: the Open Containers Initiative's, and Kubernetes' change cause. */
function changeAnnotations({ change }: ChangeSignal): Record<string, string> {
	return {
		"kubernetes.io/change-cause": change.title,
		"org.opencontainers.image.version": change.id,
		...(change.commitId === undefined ? {} : { "org.opencontainers.image.revision": change.commitId }),
		...(change.author === undefined ? {} : { "org.opencontainers.image.authors": change.author }),
	};
}

function template(labels: Record<string, string>, service: Service, { image, env }: Revision): object {
	return { metadata: { labels }, spec: { containers: [{ name: service.slug, image, env }] } };
}

const hashOf = (service: Service, revision: number): string =>
	createHash("sha256").update(`${service.name}/${revision}`).digest("hex").slice(0, 10);
/** An image tag: letters, digits, "_", "." and "-", at most 128. */
const tagOf = (id: string): string =>
	id
		.replace(/[^\w.-]+/g, "-")
		.replace(/^[.-]+/, "")
		.slice(0, 128) || "unknown";
const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
