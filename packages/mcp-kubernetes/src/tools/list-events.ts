import { EvidencePage, type Signal, type Window } from "@faultline/contracts";
import { AfterRecord, createGaps, defineTool, EvidenceInput, pageRequest, READS, type Tool } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { earliest, within } from "../instant.ts";
import { eventSignal, mergeEvents, timesOf } from "../map-event.ts";
import { linkOf } from "../names.ts";
import { recordPage } from "../record-page.ts";
import { Event, Pod } from "../wire.ts";

const Input = EvidenceInput.extend({
	namespace: z.string().max(63).optional().describe("Only this namespace."),
	type: z.enum(["Normal", "Warning"]).optional().describe("Only events of this type."),
	order: z.enum(["oldest", "newest"]).default("oldest").describe("Which come first."),
	object: z.string().max(253).optional().describe("Only events about objects whose name begins with this."),
});

/** The events of the cluster, mapped; `skipped` tells what could not be read. */
export interface ClusterEvents {
	signals: Signal[];
	truncated: boolean;
	skipped: string[];
	/** The oldest event that the cluster still has, whatever the window. */
	oldest: string | undefined;
}

export function listEvents(connection: Connection): Tool<typeof Input, typeof EvidencePage> {
	return defineTool({
		name: "list_events",
		title: "Kubernetes events",
		description:
			"What the cluster reported in a window: failed scheduling, image pulls, probes, restarts, evictions, scaling. core/v1 and events.k8s.io are merged; each event has when it began (time), was last seen (event.lastTime), how often it occurred (count), and who owns the object it is about. An event belongs to the window if any part of it does. Clusters forget events, often after an hour: coverage.oldestAvailable says what is still there.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["event"],
		async run(input, context) {
			const request = pageRequest("list_events", input, context.now(), AfterRecord);
			const { signal } = context;
			const found = await readEvents(connection, request.window, signal);
			const matching = found.signals.filter((s) => {
				const { object, type } = s.event ?? {};
				return (
					(input.namespace === undefined || object?.namespace === input.namespace) &&
					(input.type === undefined || type === input.type) &&
					(input.object === undefined || object?.name.startsWith(input.object))
				);
			});
			const whenEmpty = `No event touches this window${found.oldest === undefined ? "" : `; the oldest that the cluster still has is of ${found.oldest}`}. Try a wider window or fewer filters.`;
			const told = { title: "Kubernetes events", of: "events", whenEmpty, signal } as const;
			return recordPage(connection, request, { ...found, signals: matching }, input, told);
		},
	});
}

/** All events that touch a window, with their pods' services. */
export async function readEvents({ client, config }: Connection, window: Window, signal: AbortSignal): Promise<ClusterEvents> {
	const gaps = createGaps(signal);
	const { skipped } = gaps;
	const [core, newer, pods] = await Promise.all([
		client.list("/api/v1", "events", Event, { signal }),
		gaps.read("events.k8s.io", client.list("/apis/events.k8s.io/v1", "events", Event, { signal })),
		gaps.read("pods (the events' services are not known)", client.list("/api/v1", "pods", Pod, { signal })),
	]);
	const byName = new Map((pods?.items ?? []).map((p) => [`${p.metadata.namespace}/${p.metadata.name}`, p]));
	const events = mergeEvents([core.items, newer?.items ?? []]);
	const inWindow = events.filter((e) => {
		const times = timesOf(e);
		return (
			times !== undefined &&
			(within(times.last, window) ||
				within(times.first, window) ||
				(Date.parse(times.first) < Date.parse(window.from) && Date.parse(times.last) >= Date.parse(window.to)))
		);
	});
	const unreadable = core.unreadable;
	if (unreadable > 0) skipped.push(`${unreadable} events were not as expected`);
	return {
		signals: inWindow.map((e) => eventSignal(e, byName, (kind, o) => linkOf(config, kind, o))).filter((s) => s !== undefined),
		truncated: core.truncated,
		skipped,
		oldest: earliest(...events.map((e) => timesOf(e)?.first)),
	};
}
