import type { Window } from "@faultline/contracts";
import { z } from "zod";
import type { GrafanaClient } from "./client.ts";
import type { Annotation } from "./wire.ts";

const schema = z.object({ from: z.string(), to: z.string(), until: z.number(), seen: z.array(z.number()).max(500) });
export type AnnotationPosition = z.output<typeof schema>;

/** Where the first page of a window begins: at its end, since Grafana answers the newest first. */
export const annotationPosition = Object.assign(
	(window: Window): AnnotationPosition => ({ ...window, until: Date.parse(window.to) - 1, seen: [] }),
	{ schema },
);

export interface AnnotationPage {
	/** Newest first. */
	items: Annotation[];
	next: AnnotationPosition | undefined;
}

/**
 * Grafana has no cursor for annotations, only a limit: the next page ends at the oldest time of this one, and leaves out the
 * ones of that very millisecond that were already told.
 */
export async function readAnnotations(
	client: GrafanaClient,
	type: "alert" | "annotation",
	at: AnnotationPosition,
	limit: number,
	signal: AbortSignal,
): Promise<AnnotationPage> {
	const from = Date.parse(at.from);
	const wanted = limit + at.seen.length;
	const found = await client.annotations({ type, from, to: at.until, limit: wanted }, signal);
	const ofType = found.filter((a) => (type === "alert") === Boolean(a.alertId));
	const sorted = ofType.filter((a) => a.time >= from && a.time <= at.until).sort((a, b) => b.time - a.time || b.id - a.id);
	const items = sorted.filter((a) => !at.seen.includes(a.id));
	const oldest = sorted.at(-1);
	if (found.length < wanted || oldest === undefined || items.length === 0) return { items, next: undefined };
	const sameTime = sorted.filter((a) => a.time === oldest.time).map((a) => a.id);
	const seen = oldest.time === at.until ? [...new Set([...at.seen, ...sameTime])] : sameTime;
	return { items, next: { from: at.from, to: at.to, until: oldest.time, seen: seen.slice(-500) } };
}
