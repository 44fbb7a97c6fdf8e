import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { World } from "../world.ts";
import { buildCluster, type Cluster } from "./cluster.ts";
import { apiVersions, group, groupList, resourceList, version } from "./discovery.ts";
import { asEventsV1 } from "./event-objects.ts";
import { KINDS, type Kind } from "./kinds.ts";
import type { KubeObject } from "./object.ts";
import { type LogLine, logText, podLogs } from "./pod-log.ts";
import { fieldsOf, listOf } from "./pod-objects.ts";
import { readReview } from "./review.ts";
import { fieldSelector, labelSelector } from "./selectors.ts";
import { failure } from "./status.ts";
import { tableOf, wantsTable } from "./table.ts";

interface State {
	world: World;
	cluster: Cluster;
	logs: Map<string, LogLine[]>;
}

type QueryText = Record<string, string | undefined>;

/**
 * The capture as a Kubernetes API server: discovery, lists with selectors and continue tokens, Tables for kubectl, pod logs and
 * access reviews. Read-only, and open: kubectl sends no credentials over plain http.
 */
export function createKubernetesApi(world: World): FastifyInstance {
	const app = fastify({ logger: false, forceCloseConnections: true });
	// built on the first request: a sandbox of four APIs starts faster
	let state: State | undefined;
	const lazily = () => {
		state ??= { world, cluster: buildCluster(world), logs: podLogs(world) };
		return state;
	};
	app.get("/version", () => version);
	for (const path of ["/healthz", "/livez", "/readyz"]) app.get(path, (_request, reply) => reply.type("text/plain").send("ok"));
	app.get("/api", () => apiVersions);
	app.get("/apis", () => groupList);
	// kubectl posts its own types as protobuf
	app.addContentTypeParser("application/vnd.kubernetes.protobuf", { parseAs: "buffer" }, (_request, body, done) =>
		done(null, readReview(body as Buffer)),
	);
	app.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", (request, reply) => reply.code(201).send(review(request.body)));
	app.get("/*", (request, reply) => answer(lazily, request, reply));
	app.setNotFoundHandler((_request, reply) => send(reply, failure(404, "NotFound", "the server could not find the requested resource")));
	return app;
}

function answer(lazily: () => State, request: FastifyRequest, reply: FastifyReply): FastifyReply {
	const parsed = parsePath(new URL(request.url, "http://sandbox").pathname);
	if (!parsed) return send(reply, failure(404, "NotFound", "the server could not find the requested resource"));
	if (parsed.plural === undefined)
		return send(reply, parsed.discovery ?? failure(404, "NotFound", "the server could not find the requested resource"));
	const kind = KINDS.find((k) => k.group === parsed.group && k.plural === parsed.plural);
	if (!kind) return send(reply, failure(404, "NotFound", "the server could not find the requested resource"));
	const state = lazily();
	const objects = objectsOf(state, kind, parsed.namespace);
	if (parsed.name === undefined) return list(state, kind, objects, request, reply);
	const object = objects.find((o) => o.metadata.name === parsed.name);
	if (!object) return send(reply, failure(404, "NotFound", `${kind.plural} "${parsed.name}" not found`));
	if (parsed.sub === "log" && kind.kind === "Pod") return podLog(state, object, request.query as QueryText, reply);
	if (parsed.sub !== undefined) return send(reply, failure(404, "NotFound", "the server could not find the requested resource"));
	return send(reply, wantsTable(request.headers.accept) ? tableOf(kind, [object], { resourceVersion: "1" }, state.world.now()) : object);
}

function send(reply: FastifyReply, body: object): FastifyReply {
	const code = "code" in body && typeof body.code === "number" ? body.code : 200;
	return reply.code(code).type("application/json").send(body);
}

interface ApiPath {
	group: string;
	discovery?: object | undefined;
	namespace?: string | undefined;
	plural?: string | undefined;
	name?: string | undefined;
	sub?: string | undefined;
}

/** "/api/v1/namespaces/a/pods/b/log" and its like, taken apart. */
function parsePath(path: string): ApiPath | undefined {
	const parts = path
		.split("/")
		.filter((p) => p !== "")
		.map(decodeURIComponent);
	const [root, ...after] = parts;
	if (root !== "api" && root !== "apis") return undefined;
	const name = root === "api" ? "" : (after.shift() ?? "");
	if (root === "apis" && after.length === 0) return { group: name, discovery: group(name) };
	if (after.shift() !== "v1") return undefined;
	if (after.length === 0) return { group: name, discovery: resourceList(name) };
	if (after[0] === "namespaces" && after.length > 2)
		return { group: name, namespace: after[1], plural: after[2], name: after[3], sub: after[4] };
	return { group: name, plural: after[0], name: after[1], sub: after[2] };
}

function objectsOf({ cluster }: State, kind: Kind, namespace: string | undefined): readonly KubeObject[] {
	const all = cluster.get(kind.kind) ?? [];
	const served = kind.group === "events.k8s.io" ? all.map(asEventsV1) : all;
	return namespace === undefined ? served : served.filter((o) => o.metadata.namespace === namespace);
}

function list(state: State, kind: Kind, objects: readonly KubeObject[], request: FastifyRequest, reply: FastifyReply): FastifyReply {
	const query = request.query as QueryText;
	const byLabel = labelSelector(query.labelSelector ?? "");
	const byField = fieldSelector(query.fieldSelector ?? "");
	if (!byLabel || !byField) return send(reply, failure(400, "BadRequest", "unable to parse the selector"));
	if (query.watch === "true" || query.watch === "1") return send(reply, failure(405, "MethodNotAllowed", "the sandbox does not watch"));
	const offset = query.continue ? continueOffset(query.continue) : 0;
	if (offset === undefined) return send(reply, failure(410, "Expired", "the provided continue parameter is too old"));
	const found = objects.filter((o) => byLabel(o) && byField(o));
	const limit = Number(query.limit ?? 0) || found.length;
	const page = found.slice(offset, offset + limit);
	const remaining = found.length - offset - page.length;
	const metadata = {
		resourceVersion: "1",
		...(remaining > 0 ? { continue: continueToken(offset + limit), remainingItemCount: remaining } : {}),
	};
	if (wantsTable(request.headers.accept)) return send(reply, tableOf(kind, page, metadata, state.world.now()));
	const apiVersion = kind.group === "" ? "v1" : `${kind.group}/v1`;
	return send(reply, { kind: `${kind.kind}List`, apiVersion, metadata, items: page });
}

const continueToken = (offset: number): string =>
	Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: 1, start: offset })).toString("base64url");

function continueOffset(token: string): number | undefined {
	try {
		const { start } = JSON.parse(Buffer.from(token, "base64url").toString()) as { start?: unknown };
		return typeof start === "number" ? start : undefined;
	} catch {
		return undefined;
	}
}

function podLog(state: State, pod: KubeObject, query: QueryText, reply: FastifyReply): FastifyReply {
	const containers = listOf(fieldsOf(pod.spec).containers).map((c) => String(c.name));
	const container = query.container ?? (containers.length === 1 ? containers[0] : undefined);
	if (container === undefined)
		return send(
			reply,
			failure(
				400,
				"BadRequest",
				`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${containers.join(" ")}]`,
			),
		);
	if (!containers.includes(container))
		return send(reply, failure(400, "BadRequest", `container ${container} is not valid for pod ${pod.metadata.name}`));
	const sinceSeconds = numberOf(query.sinceSeconds);
	const text = logText(container === containers[0] ? (state.logs.get(pod.metadata.name) ?? []) : [], pod, container, {
		previous: query.previous === "true",
		since: query.sinceTime ? Date.parse(query.sinceTime) : sinceSeconds === undefined ? undefined : state.world.now() - sinceSeconds * 1000,
		tailLines: numberOf(query.tailLines),
		limitBytes: numberOf(query.limitBytes),
		timestamps: query.timestamps === "true",
	});
	if (text === undefined)
		return send(reply, failure(400, "BadRequest", `previous terminated container "${container}" in pod "${pod.metadata.name}" not found`));
	return reply.type("text/plain").send(text);
}

const numberOf = (text: string | undefined): number | undefined => (text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined);

/** Everyone may read what the sandbox serves, and nothing else: secrets and writes are denied. */
function review(body: unknown): object {
	const spec = fieldsOf(fieldsOf(body).spec);
	const { verb, resource, group: asked } = fieldsOf(spec.resourceAttributes);
	const readable = KINDS.some((k) => k.plural === resource && (asked === undefined || asked === "" || asked === "*" || k.group === asked));
	const allowed = readable && (verb === "get" || verb === "list");
	return {
		kind: "SelfSubjectAccessReview",
		apiVersion: "authorization.k8s.io/v1",
		metadata: {},
		spec,
		status: { allowed, ...(allowed ? {} : { reason: "the sandbox is read-only" }) },
	};
}
