import { z } from "zod";

/**
 * What the Kubernetes API answers, as far as it is read. Everything is optional and loose: an object of a newer version or a
 * field of another shape costs that field, never the list.
 */
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const texts = z.record(z.string(), z.string()).optional().catch(undefined);
const list = <T extends z.ZodType>(item: T) => z.array(item).optional().catch(undefined);
const maybe = <T extends z.ZodType>(shape: T) => shape.optional().catch(undefined);

export const Meta = z.object({
	name: z.string(),
	namespace: text,
	uid: text,
	creationTimestamp: text,
	labels: texts,
	annotations: texts,
	ownerReferences: list(z.object({ kind: z.string(), name: z.string(), uid: text })),
});
export type Meta = z.infer<typeof Meta>;

const ContainerState = z.object({
	waiting: maybe(z.object({ reason: text, message: text })),
	running: maybe(z.object({ startedAt: text })),
	terminated: maybe(z.object({ exitCode: number, signal: number, reason: text, message: text, startedAt: text, finishedAt: text })),
});
export type ContainerState = z.infer<typeof ContainerState>;

const ContainerStatus = z.object({
	name: z.string(),
	ready: flag,
	restartCount: number,
	state: maybe(ContainerState),
	lastState: maybe(ContainerState),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

const Condition = z.object({
	type: z.string(),
	status: z.string(),
	reason: text,
	message: text,
	lastTransitionTime: text,
	lastUpdateTime: text,
});
export type Condition = z.infer<typeof Condition>;

const quantities = z
	.record(z.string(), z.union([z.string(), z.number().transform(String)]))
	.optional()
	.catch(undefined);
const named = maybe(z.object({ name: text, secretName: text }));

const Container = z.object({
	name: z.string(),
	image: text,
	command: list(z.string()),
	args: list(z.string()),
	env: list(z.object({ name: z.string(), value: text, valueFrom: z.unknown().optional() })),
	envFrom: list(z.object({ configMapRef: named, secretRef: named })),
	resources: maybe(z.object({ requests: quantities, limits: quantities })),
	livenessProbe: z.unknown().optional(),
	readinessProbe: z.unknown().optional(),
	startupProbe: z.unknown().optional(),
});
export type Container = z.infer<typeof Container>;

export const Pod = z.object({
	metadata: Meta,
	spec: maybe(z.object({ nodeName: text, containers: list(Container), initContainers: list(Container) })),
	status: maybe(
		z.object({
			phase: text,
			reason: text,
			message: text,
			startTime: text,
			conditions: list(Condition),
			containerStatuses: list(ContainerStatus),
			initContainerStatuses: list(ContainerStatus),
		}),
	),
});
export type Pod = z.infer<typeof Pod>;

const Template = z.object({
	metadata: maybe(z.object({ labels: texts, annotations: texts })),
	spec: maybe(
		z.object({
			containers: list(Container),
			initContainers: list(Container),
			volumes: list(z.object({ name: z.string(), configMap: named, secret: named })),
		}),
	),
});

/** Deployment, ReplicaSet, StatefulSet, DaemonSet and Job: the counts that each has. */
export const Workload = z.object({
	metadata: Meta,
	spec: maybe(z.object({ replicas: number, template: maybe(Template) })),
	status: maybe(
		z.object({
			replicas: number,
			readyReplicas: number,
			availableReplicas: number,
			unavailableReplicas: number,
			updatedReplicas: number,
			desiredNumberScheduled: number,
			numberReady: number,
			numberAvailable: number,
			numberUnavailable: number,
			active: number,
			succeeded: number,
			failed: number,
			conditions: list(Condition),
		}),
	),
});
export type Workload = z.infer<typeof Workload>;

export const Node = z.object({
	metadata: Meta,
	spec: maybe(z.object({ unschedulable: flag, taints: list(z.object({ key: z.string(), effect: text })) })),
	status: maybe(
		z.object({
			conditions: list(Condition),
			capacity: texts,
			allocatable: texts,
			addresses: list(z.object({ type: z.string(), address: z.string() })),
		}),
	),
});
export type Node = z.infer<typeof Node>;

/** autoscaling/v2: how many it wanted and when it last changed its mind. */
export const Autoscaler = z.object({
	metadata: Meta,
	spec: maybe(z.object({ scaleTargetRef: maybe(z.object({ kind: text, name: text })), minReplicas: number, maxReplicas: number })),
	status: maybe(z.object({ lastScaleTime: text, currentReplicas: number, desiredReplicas: number, conditions: list(Condition) })),
});
export type Autoscaler = z.infer<typeof Autoscaler>;

const Usage = z.record(z.string(), z.string());
/** metrics.k8s.io/v1beta1: what metrics-server measured over `window` until `timestamp`. */
export const PodMetrics = z.object({
	metadata: Meta,
	timestamp: text,
	window: text,
	containers: z.array(z.object({ name: z.string(), usage: Usage })),
});
export const NodeMetrics = z.object({ metadata: Meta, timestamp: text, window: text, usage: Usage });

const ObjectReference = z.object({ kind: text, namespace: text, name: text, uid: text });

/** core/v1 and events.k8s.io/v1 in one: the same object under two names of its fields. */
export const Event = z.object({
	metadata: Meta,
	involvedObject: maybe(ObjectReference),
	regarding: maybe(ObjectReference),
	type: text,
	reason: text,
	action: text,
	message: text,
	note: text,
	count: number,
	deprecatedCount: number,
	firstTimestamp: text,
	lastTimestamp: text,
	deprecatedFirstTimestamp: text,
	deprecatedLastTimestamp: text,
	eventTime: text,
	series: maybe(z.object({ count: number, lastObservedTime: text })),
	source: maybe(z.object({ component: text, host: text })),
	deprecatedSource: maybe(z.object({ component: text, host: text })),
	reportingComponent: text,
	reportingController: text,
});
export type Event = z.infer<typeof Event>;

export const ListHead = z.object({
	kind: z.string().optional(),
	metadata: z.object({ continue: text }).optional().catch(undefined),
	items: z.array(z.unknown()),
});

export const AccessReview = z.object({ status: z.object({ allowed: z.boolean(), reason: text }) });
