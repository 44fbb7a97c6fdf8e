import { type Signal, severityOf } from "@faultline/contracts";
import { redact } from "@faultline/platform";
import { earliest, latest } from "./instant.ts";
import { ownersOf, resourceOf, serviceOf } from "./names.ts";
import type { Event, Pod } from "./wire.ts";

export interface EventTimes {
	first: string;
	last: string;
}

/**
 * When an event happened first and last. The fields differ by who wrote it: the old recorder fills firstTimestamp and
 * lastTimestamp, the new one eventTime and series; any may be null. Undefined where none is set.
 */
export function timesOf(e: Event): EventTimes | undefined {
	const first = earliest(
		e.firstTimestamp,
		e.deprecatedFirstTimestamp,
		e.eventTime,
		e.lastTimestamp,
		e.deprecatedLastTimestamp,
		e.series?.lastObservedTime,
	);
	const last = latest(
		e.series?.lastObservedTime,
		e.lastTimestamp,
		e.deprecatedLastTimestamp,
		e.eventTime,
		e.firstTimestamp,
		e.deprecatedFirstTimestamp,
	);
	// the second-precise timestamp of an event is also there as a microsecond-precise one: take the finer
	const finer = (iso: string) => (e.eventTime && e.eventTime.slice(0, 19) === iso.slice(0, 19) ? e.eventTime : iso);
	const made = e.metadata.creationTimestamp;
	if (first === undefined || last === undefined) return made === undefined ? undefined : { first: made, last: made };
	return { first: finer(first), last };
}

/** How many occurrences an event stands for, whichever recorder counted them. */
export const countOf = (e: Event): number =>
	Math.max(1, Math.floor(e.series?.count ?? 0), Math.floor(e.count ?? 0), Math.floor(e.deprecatedCount ?? 0));

/** The same events from core/v1 and events.k8s.io/v1 as one list: by uid, the higher count and every field of both. */
export function mergeEvents(lists: readonly (readonly Event[])[]): Event[] {
	const byUid = new Map<string, Event>();
	for (const event of lists.flat()) {
		const key = event.metadata.uid ?? `${event.metadata.namespace}/${event.metadata.name}`;
		const known = byUid.get(key);
		const present = Object.fromEntries(Object.entries(event).filter(([, v]) => v !== undefined));
		byUid.set(
			key,
			known === undefined
				? event
				: {
						...known,
						...present,
						series: (known.series?.count ?? 0) > (event.series?.count ?? 0) ? known.series : (event.series ?? known.series),
					},
		);
	}
	return [...byUid.values()];
}

/** An event as a Signal; undefined where it says neither when nor about what. `pods` are known by namespace/name. */
export function eventSignal(
	e: Event,
	pods: ReadonlyMap<string, Pod>,
	url: (kind: string, o: { namespace?: string | undefined; name: string }) => string | undefined,
): Signal | undefined {
	const times = timesOf(e);
	const about = e.involvedObject ?? e.regarding;
	if (!times || !about?.name) return undefined;
	const kind = about.kind ?? "unknown";
	const namespace = about.namespace ?? (kind === "Node" ? undefined : e.metadata.namespace);
	const pod = kind === "Pod" ? pods.get(`${namespace}/${about.name}`) : undefined;
	const resource = e.metadata.annotations?.["faultline.dev/resource"] ?? (pod ? resourceOf(pod.metadata) : about.name);
	const service = pod ? serviceOf(pod.metadata) : undefined;
	const { text, count: redactions } = redact(e.message ?? e.note ?? "");
	const owners = ownersOf(kind, about.name, pod?.metadata);
	const link = url(kind, { namespace, name: about.name });
	const component = e.source?.component ?? e.deprecatedSource?.component ?? e.reportingComponent ?? e.reportingController;
	return {
		id: `kubernetes:event:${e.metadata.uid ?? `${e.metadata.namespace}/${e.metadata.name}`}`,
		source: "kubernetes",
		kind: "event",
		time: times.first,
		severity: severityOf(e.type),
		...(service === undefined ? {} : { service }),
		resource,
		body: text,
		attributes: {
			...(component ? { component } : {}),
			...(e.action ? { action: e.action } : {}),
			...(about.uid ? { uid: about.uid } : {}),
			...(owners.length > 0 ? { owners } : {}),
		},
		count: countOf(e),
		...(link === undefined ? {} : { url: link }),
		redactions,
		event: {
			reporter: "kubernetes",
			...(e.type === undefined ? {} : { type: e.type }),
			reason: e.reason ?? "",
			object: { kind, ...(namespace === undefined ? {} : { namespace }), name: resource },
			...(times.last === times.first && countOf(e) === 1 ? {} : { lastTime: times.last }),
		},
	};
}
