import type { Random } from "../random.ts";
import type { SpanDraft } from "../simulate.ts";
import type { System, SystemNode } from "../system/model.ts";
import { type Collector, resourceOf } from "./collector.ts";

/** How a system traces. */
export interface TraceStyle {
	/** Whether callers record their calls of traced services too. */
	clients: boolean;
	/** Attribute that names whom an outgoing call reaches. */
	peerKey: "peer.service" | "server.address" | "net.peer.name";
	/** Nodes that record nothing. */
	untraced: ReadonlySet<number>;
}

export function drawTraceStyle(random: Random, system: System): TraceStyle {
	return {
		clients: random.chance(0.6),
		peerKey: random.weighted([
			["peer.service", 5],
			["server.address", 2],
			["net.peer.name", 1],
		]),
		untraced: new Set(
			random.chance(0.15) ? system.nodes.filter((n) => n.kind === "service" && random.chance(0.1)).map((n) => n.index) : [],
		),
	};
}

const traced = (node: SystemNode | undefined) => node?.kind === "service" || node?.kind === "worker" || node?.kind === "gateway";

/** The spans of the requests that were traced; calls of what traces nothing are known from their callers alone. */
export function writeSpans(system: System, requests: readonly SpanDraft[][], style: TraceStyle, collect: Collector): void {
	for (const request of requests) {
		const parents = new Map(request.map((d) => [d.id, d.parent]));
		const kept = new Set(request.filter((d) => keeps(system, d, style)).map((d) => d.id));
		for (const draft of request) {
			if (!kept.has(draft.id)) continue;
			let parent = draft.parent;
			while (parent !== undefined && !kept.has(parent)) parent = parents.get(parent);
			writeSpan(system, draft, parent, style, collect);
		}
	}
}

function keeps(system: System, draft: SpanDraft, style: TraceStyle): boolean {
	const node = system.nodes[draft.node];
	if (!traced(node) || style.untraced.has(draft.node)) return false;
	if (draft.side === "server") return true;
	const peer = system.nodes[draft.peer ?? -1];
	return style.clients || !traced(peer) || style.untraced.has(draft.peer ?? -1);
}

function writeSpan(system: System, draft: SpanDraft, parent: string | undefined, style: TraceStyle, collect: Collector): void {
	const node = system.nodes[draft.node] as SystemNode;
	const peer = draft.peer === undefined ? undefined : system.nodes[draft.peer];
	const failed = draft.failure !== undefined && (draft.side === "client" || !draft.failure.survived);
	const attributes: Record<string, unknown> = { "span.kind": draft.side };
	if (peer !== undefined) {
		attributes[style.peerKey] = peer.name;
		if (peer.kind === "database" || peer.kind === "cache") attributes["db.system.name"] = peer.engine;
		if (peer.kind === "queue") attributes["messaging.system"] = peer.engine;
	} else if (draft.operation.method !== "CONSUME")
		attributes["http.request.method"] = draft.operation.method === "CALL" ? "POST" : draft.operation.method;
	collect.add("sentry", {
		kind: "span",
		time: new Date(draft.at).toISOString(),
		severity: failed ? 17 : 9,
		service: node.name,
		resource: resourceOf(node, draft.pod),
		traceId: draft.trace,
		spanId: draft.id,
		body: draft.operation.name,
		attributes,
		span: {
			name: draft.operation.name,
			durationMs: Number(draft.durationMs.toPrecision(4)),
			status: failed ? "ERROR" : "OK",
			...(parent === undefined ? {} : { parentId: parent }),
		},
	});
}
