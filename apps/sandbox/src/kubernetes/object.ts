import { createHash } from "node:crypto";

export interface OwnerReference {
	apiVersion: string;
	kind: string;
	name: string;
	uid: string;
	controller: boolean;
}

export interface ObjectMeta {
	name: string;
	namespace?: string;
	uid: string;
	resourceVersion: string;
	creationTimestamp: string;
	labels?: Record<string, string>;
	annotations?: Record<string, string>;
	ownerReferences?: OwnerReference[];
}

/** Any object of the Kubernetes API, as its JSON has it. */
export interface KubeObject {
	apiVersion: string;
	kind: string;
	metadata: ObjectMeta;
	[field: string]: unknown;
}

export interface MetaInput {
	name: string;
	namespace?: string | undefined;
	/** Milliseconds since the epoch. */
	created: number;
	labels?: Record<string, string>;
	annotations?: Record<string, string>;
	owner?: KubeObject | undefined;
}

/** Metadata with a uid that is the same every time. */
export function metaOf(kind: string, input: MetaInput): ObjectMeta {
	const { name, namespace, created, labels, annotations, owner } = input;
	return {
		name,
		...(namespace === undefined ? {} : { namespace }),
		uid: uidOf(`${kind}/${namespace ?? ""}/${name}`),
		resourceVersion: "1",
		creationTimestamp: seconds(created),
		...(labels === undefined ? {} : { labels }),
		...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
		...(owner === undefined ? {} : { ownerReferences: [referenceTo(owner)] }),
	};
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
	return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
}

/** A uid from a text: the same text, the same uid. */
export function uidOf(text: string): string {
	const h = createHash("sha256").update(text).digest("hex");
	return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

/** `metav1.Time`: whole seconds. */
export const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `metav1.MicroTime`: microseconds; digits below the millisecond come from the ISO text where it has them. */
export function micros(iso: string): string {
	const digits = (/\.(\d+)/.exec(iso)?.[1] ?? "").padEnd(6, "0").slice(0, 6);
	return `${new Date(iso).toISOString().slice(0, 19)}.${digits}Z`;
}

/** A value usable as a label: as it is where it is valid, else undefined. */
export const labelValue = (text: string): string | undefined =>
	/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(text) ? text : undefined;

/** Holds the capture's own name where the cluster's name differs from it. */
export const RESOURCE_ANNOTATION = "faultline.dev/resource";
export const SERVICE_ANNOTATION = "faultline.dev/service";

/** Annotations that keep the capture's own names where the cluster cannot have them. */
export function originalNames(resource: string | undefined, name: string, service: string | undefined): Record<string, string> {
	return {
		...(resource !== undefined && resource !== name ? { [RESOURCE_ANNOTATION]: resource } : {}),
		...(service !== undefined && labelValue(service) === undefined ? { [SERVICE_ANNOTATION]: service } : {}),
	};
}
