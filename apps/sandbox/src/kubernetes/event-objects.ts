import type { EventSignal } from "@faultline/contracts";
import { slugOf, type World } from "../world.ts";
import { type KubeObject, metaOf, micros, originalNames, seconds, uidOf } from "./object.ts";

/** Whether an event is one of Kubernetes' own; those of others (a database, a status feed) are CloudWatch's. */
export const isKubernetesEvent = ({ event }: EventSignal): boolean => event.reporter === "kubernetes";

/** The capture's Kubernetes events as core/v1 Events. */
export function eventObjects(world: World, namespaceOf: (kind: string, name: string, stated?: string) => string): KubeObject[] {
	return world.events.filter(isKubernetesEvent).map((signal, i) => {
		const { object, type, reason, reporter, lastTime } = signal.event;
		const pod = object.kind === "Pod" ? world.podByResource.get(object.name) : undefined;
		const name = pod?.name ?? clusterName(object.name);
		const namespace = namespaceOf(object.kind, object.name, object.namespace);
		const clustered = object.kind === "Node" || object.kind === "Namespace" || object.kind === "PersistentVolume";
		const first = Date.parse(signal.time);
		const last = lastTime === undefined ? first : Date.parse(lastTime);
		return {
			apiVersion: "v1",
			kind: "Event",
			metadata: metaOf("Event", {
				name: `${name}.${uidOf(signal.id + i).slice(0, 8)}${i.toString(16)}`,
				namespace,
				created: first,
				annotations: originalNames(object.name, name, signal.service),
			}),
			involvedObject: {
				kind: object.kind,
				...(clustered ? {} : { namespace }),
				name,
				uid: uidOf(`${object.kind}/${clustered ? "" : namespace}/${name}`),
				apiVersion: apiVersionOf(object.kind),
			},
			reason,
			message: signal.body,
			type: type ?? "Normal",
			source: { component: COMPONENT_OF.get(object.kind) ?? "controller-manager" },
			firstTimestamp: seconds(first),
			lastTimestamp: seconds(Math.max(first, last)),
			count: signal.count,
			eventTime: /\.\d*[1-9]/.test(signal.time) ? micros(signal.time) : null,
			reportingComponent: reporter,
			reportingInstance: "",
		};
	});
}

const COMPONENT_OF = new Map([
	["Pod", "kubelet"],
	["Deployment", "deployment-controller"],
	["ReplicaSet", "replicaset-controller"],
	["Node", "node-controller"],
]);

/** A valid object name: as it is where valid, else slugged. */
export const clusterName = (name: string): string => (/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name) ? name : slugOf(name, 240));

function apiVersionOf(kind: string): string {
	if (["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"].includes(kind)) return "apps/v1";
	return kind === "Job" || kind === "CronJob" ? "batch/v1" : "v1";
}

/** The same event as events.k8s.io/v1 has it: one object, two APIs. */
export function asEventsV1(event: KubeObject): KubeObject {
	const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, reportingComponent, reportingInstance, ...rest } = event;
	return {
		...rest,
		apiVersion: "events.k8s.io/v1",
		regarding: involvedObject,
		note: message,
		deprecatedSource: source,
		deprecatedFirstTimestamp: firstTimestamp,
		deprecatedLastTimestamp: lastTimestamp,
		deprecatedCount: count,
		reportingController: reportingComponent,
		reportingInstance,
	};
}
