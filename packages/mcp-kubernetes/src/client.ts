import { AppError } from "@faultline/contracts";
import { createHttpClient, createRequestQueue, type HttpClient, httpStatusOf, type RequestQueue } from "@faultline/platform";
import type { z } from "zod";
import type { KubernetesConfig } from "./config.ts";
import { type Cluster, openCluster } from "./credentials.ts";
import { AccessReview, ListHead } from "./wire.ts";

/** Objects per request of a list. */
const PAGE = 500;
/** Objects read of one list at most. */
const MOST = 20_000;
/** Requests at once. */
const CONCURRENCY = 16;

export interface Listing<T> {
	items: T[];
	/** There were more than are read of one list. */
	truncated: boolean;
	/** Objects that were not as expected, left out. */
	unreadable: number;
}

export interface ListRequest {
	labelSelector?: string | undefined;
	fieldSelector?: string | undefined;
	signal: AbortSignal;
}

export interface LogRequest {
	namespace: string;
	pod: string;
	container: string;
	previous: boolean;
	/** ISO; earlier lines are left out. Undefined: from the log's beginning. */
	sinceTime: string | undefined;
	limitBytes: number;
	signal: AbortSignal;
}

/** What the tools ask of one cluster. Every call throws AppError. */
export interface KubeClient {
	/** Every object of a list over the allowed namespaces: `api` is "/api/v1" or "/apis/apps/v1". */
	list<T>(api: string, plural: string, schema: z.ZodType<T>, request: ListRequest): Promise<Listing<T>>;
	/** A list of objects that have no namespace. */
	listClusterWide<T>(api: string, plural: string, schema: z.ZodType<T>, request: ListRequest): Promise<Listing<T>>;
	/** Log lines with their timestamps, oldest first, as bytes of text; `cut` where limitBytes ended it. */
	logs(request: LogRequest): Promise<{ text: string; cut: boolean }>;
	/** Whether something is allowed; undefined where the server has no access reviews. */
	allows(
		attributes: { verb: string; group: string; resource: string; subresource?: string; namespace?: string | undefined },
		signal: AbortSignal,
	): Promise<boolean | undefined>;
	readonly namespaces: readonly string[];
	/** Milliseconds that the requests made with this signal have waited for the client's own rate limit. */
	waitedMs(signal: AbortSignal): number;
	close(): Promise<void>;
}

/** A client that opens the cluster on its first call, and asks it no more often than `config.qps`, as kubectl does. */
export function createKubeClient(config: KubernetesConfig): KubeClient {
	const queue = createRequestQueue({ concurrency: CONCURRENCY, perSecond: config.qps, burst: config.qps * 2 });
	let opened: Promise<{ cluster: Cluster; http: HttpClient }> | undefined;
	const open = () => {
		opened ??= openCluster(config).then((cluster) => ({ cluster, http: httpFor(cluster, queue) }));
		// a configuration that was mended meanwhile is read again
		opened.catch(() => {
			opened = undefined;
		});
		return opened;
	};
	const read = async <T>(path: string, schema: z.ZodType<T>, request: ListRequest): Promise<Listing<T>> =>
		await readList((await open()).http, path, schema, request);
	return {
		namespaces: config.namespaces,
		waitedMs: (signal) => queue.waitedBy(signal),
		async list(api, plural, schema, request) {
			if (config.namespaces.length === 0) return await read(`${api}/${plural}`, schema, request);
			const parts = await Promise.all(config.namespaces.map((n) => read(`${api}/namespaces/${n}/${plural}`, schema, request)));
			return {
				items: parts.flatMap((p) => p.items),
				truncated: parts.some((p) => p.truncated),
				unreadable: parts.reduce((sum, p) => sum + p.unreadable, 0),
			};
		},
		listClusterWide: (api, plural, schema, request) => read(`${api}/${plural}`, schema, request),
		async logs({ namespace, pod, container, previous, sinceTime, limitBytes, signal }) {
			const { http } = await open();
			const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
			const { body } = await http.get(path, {
				as: "text",
				signal,
				query: { container, timestamps: true, sinceTime, limitBytes, ...(previous ? { previous } : {}) },
			});
			const text = typeof body === "string" ? body : "";
			return { text, cut: Buffer.byteLength(text) >= limitBytes };
		},
		async allows(attributes, signal) {
			const { http } = await open();
			const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes: attributes } };
			const reply = await http.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body, {
				signal,
				idempotent: true,
				accept: [403, 404, 405, 415],
			});
			return AccessReview.safeParse(reply.body).data?.status.allowed;
		},
		async close() {
			const was = opened;
			opened = undefined;
			await was?.then(({ cluster }) => cluster.close()).catch(() => undefined);
		},
	};
}

function httpFor(cluster: Cluster, queue: RequestQueue): HttpClient {
	return createHttpClient({
		source: "kubernetes",
		baseUrl: cluster.server,
		fetch: cluster.fetch,
		queue,
		hints: {
			UNAUTHORIZED: "see whether `kubectl get pods` works with the same kubeconfig and context; its token may have expired",
			FORBIDDEN:
				"give the account list on pods, events, replicasets and get on pods/log, or set FAULTLINE_KUBERNETES_NAMESPACES to the namespaces it may read",
		},
	});
}

async function readList<T>(http: HttpClient, path: string, schema: z.ZodType<T>, request: ListRequest): Promise<Listing<T>> {
	try {
		return await readPages(http, path, schema, request);
	} catch (error) {
		// a continue token aged while we read: begin again, once
		if (httpStatusOf(error) !== 410) throw error;
		return await readPages(http, path, schema, request);
	}
}

async function readPages<T>(http: HttpClient, path: string, schema: z.ZodType<T>, request: ListRequest): Promise<Listing<T>> {
	const { signal, labelSelector, fieldSelector } = request;
	const items: T[] = [];
	let unreadable = 0;
	let token: string | undefined;
	do {
		const { body } = await http.get(path, { signal, query: { limit: PAGE, continue: token, labelSelector, fieldSelector } });
		const head = ListHead.safeParse(body);
		if (!head.success)
			throw new AppError("BAD_RESPONSE", `kubernetes answered something that is not a list at ${path}`, {
				hint: "check that the kubeconfig's server is a Kubernetes API server",
			});
		for (const item of head.data.items) {
			const parsed = schema.safeParse(item);
			if (parsed.success) items.push(parsed.data);
			else unreadable += 1;
		}
		token = head.data.metadata?.continue || undefined;
	} while (token !== undefined && items.length < MOST);
	return { items, truncated: token !== undefined, unreadable };
}
