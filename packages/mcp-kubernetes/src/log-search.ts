import { createHash } from "node:crypto";
import { type AppError, toAppError, type Window } from "@faultline/contracts";
import type { ToolContext } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "./connection.ts";
import { nanos } from "./instant.ts";
import { type LogLine, readStream, type StreamRead } from "./log-streams.ts";
import { containersOf, serviceOf, workloadOf } from "./names.ts";
import { Pod } from "./wire.ts";

/** Pods whose logs one call reads. */
const MOST_PODS = 300;
/** Containers read at once. */
const AT_ONCE = 8;
/** Containers that are asked where their log begins. */
const PROBES = 40;
/** A log whose first line is this close to a window's start reaches back to it. */
const REACHES_MS = 60_000;

/** Which pods' logs are meant. */
export interface LogScope {
	namespace?: string | undefined;
	pod?: string | undefined;
	workload?: string | undefined;
	selector?: string | undefined;
}

/** Where a page ended: its last line's time, and of that time its container, its number there and a hash of its text. */
export const LogPosition = z.object({
	t: z.string(),
	s: z.string().optional(),
	o: z.int().nonnegative().optional(),
	h: z.string().optional(),
});
export type LogPosition = z.infer<typeof LogPosition>;

export interface FoundPods {
	pods: Pod[];
	truncated: boolean;
	skipped: string[];
}

/** The pods in scope that may have logged in the window. */
export async function findPods({ client }: Connection, scope: LogScope, window: Window, signal: AbortSignal): Promise<FoundPods> {
	const listing = await client.list("/api/v1", "pods", Pod, {
		signal,
		labelSelector: scope.selector,
		fieldSelector: scope.pod === undefined ? undefined : `metadata.name=${scope.pod}`,
	});
	const skipped: string[] = listing.unreadable > 0 ? [`${listing.unreadable} pods were not as expected`] : [];
	const matching = listing.items.filter(
		(p) =>
			(scope.namespace === undefined || p.metadata.namespace === scope.namespace) &&
			(scope.workload === undefined || workloadOf(p.metadata)?.name === scope.workload || serviceOf(p.metadata) === scope.workload),
	);
	const pods: Pod[] = [];
	for (const pod of matching) {
		const name = `pod ${pod.metadata.namespace}/${pod.metadata.name}`;
		if (startOf(pod) >= Date.parse(window.to)) continue;
		if (pod.status?.phase === "Pending" && !startedOnce(pod)) skipped.push(`${name}: it has not started`);
		else pods.push(pod);
	}
	pods.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
	if (pods.length > MOST_PODS) skipped.push(`${pods.length - MOST_PODS} further pods: narrow by namespace, workload or selector`);
	return { pods: pods.slice(0, MOST_PODS), truncated: listing.truncated || pods.length > MOST_PODS, skipped };
}

export const keyOf = (p: Pod): string => `${p.metadata.namespace}/${p.metadata.name}`;
const startOf = (p: Pod): number => Date.parse(p.status?.startTime ?? p.metadata.creationTimestamp ?? "");
const statusesOf = (p: Pod) => [...(p.status?.initContainerStatuses ?? []), ...(p.status?.containerStatuses ?? [])];
const startedOnce = (p: Pod): boolean => statusesOf(p).some((c) => c.state?.running || c.state?.terminated || (c.restartCount ?? 0) > 0);
const restarted = (p: Pod, container: string): boolean => (statusesOf(p).find((c) => c.name === container)?.restartCount ?? 0) > 0;

/** Every container of the pods from a time on, some at once. */
export async function readStreams(
	{ client }: Connection,
	pods: readonly Pod[],
	sinceTime: string,
	context: ToolContext,
): Promise<StreamRead[]> {
	const streams = pods.flatMap((pod) => containersOf(pod).map((container) => ({ pod, container })));
	const reads: StreamRead[] = new Array(streams.length);
	let next = 0;
	const worker = async () => {
		for (let i = next++; i < streams.length; i = next++) {
			const { pod, container } = streams[i] as (typeof streams)[number];
			reads[i] = await readStream({ client, pod, container, restarted: restarted(pod, container), sinceTime, signal: context.signal });
			context.progress(i + 1, streams.length, "containers read");
		}
	};
	await Promise.all(Array.from({ length: Math.min(AT_ONCE, streams.length) }, worker));
	throwIfNothing(reads);
	return reads;
}

/** Where every container failed in a way that is not its own (no permission, no server), the call failed. */
function throwIfNothing(reads: readonly StreamRead[]): void {
	const errors = reads.map((r) => r.error);
	const grave = errors.find((e): e is AppError => e !== undefined && e.code !== "BAD_INPUT" && e.code !== "NOT_FOUND");
	if (grave && errors.every((e) => e !== undefined)) throw grave;
}

export interface LinePage {
	lines: LogLine[];
	/** Where the next page begins; undefined on the last. */
	end: LogPosition | undefined;
	/** The line that the page before ended with is not there any more. */
	rotated: boolean;
}

export interface LineLimits {
	lines: number;
	/** Characters of log text. */
	bytes: number;
}

/** The first lines after the position, in order of time, as far as every container is known. */
export function takePage(
	reads: readonly StreamRead[],
	window: Window,
	position: LogPosition | undefined,
	limits: LineLimits,
	accept: (line: string) => boolean,
): LinePage {
	const to = nanos(window.to) as string;
	const horizon = reads.reduce<string | undefined>(
		(h, r) => (r.horizon !== undefined && (h === undefined || r.horizon < h) ? r.horizon : h),
		undefined,
	);
	const known = reads
		.flatMap((r) => r.lines)
		.filter((l) => l.time < to && (horizon === undefined || l.time < horizon))
		.sort(inOrder);
	const fresh = position === undefined ? known : known.filter((l) => isAfter(l, position));
	const lines: LogLine[] = [];
	let bytes = 0;
	let taken = 0;
	for (const line of fresh) {
		if (lines.length >= limits.lines || bytes >= limits.bytes) break;
		taken += 1;
		if (!accept(line.text)) continue;
		lines.push(line);
		bytes += line.text.length;
	}
	const last = fresh[taken - 1];
	const more = taken < fresh.length || (horizon !== undefined && horizon < to);
	const rotated = position?.h !== undefined && !known.some((l) => isAt(l, position));
	if (!more) return { lines, end: undefined, rotated };
	const end = last === undefined ? { t: horizon as string } : { t: last.time, s: streamOf(last), o: last.ordinal, h: hashOf(last.text) };
	return { lines, end, rotated };
}

const streamOf = (l: LogLine): string => `${keyOf(l.pod)}/${l.container}`;
const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 10);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function inOrder(a: LogLine, b: LogLine): number {
	return compare(a.time, b.time) || compare(streamOf(a), streamOf(b)) || a.ordinal - b.ordinal;
}

function isAfter(line: LogLine, { t, s, o = 0 }: LogPosition): boolean {
	if (line.time !== t) return line.time > t;
	if (s === undefined) return true;
	return (compare(streamOf(line), s) || line.ordinal - o) > 0;
}

const isAt = (line: LogLine, { t, s, o, h }: LogPosition): boolean =>
	line.time === t && streamOf(line) === s && line.ordinal === o && hashOf(line.text) === h;

/**
 * How far back the logs reach, where that is not to the window's start: kubelets rotate them. Undefined where some container's lines
 * begin with the window, or where none of them ran before it.
 */
export async function oldestLine(
	{ client }: Connection,
	reads: readonly StreamRead[],
	pods: readonly Pod[],
	window: Window,
	signal: AbortSignal,
): Promise<string | undefined> {
	const from = Date.parse(window.from);
	if (reads.some((r) => r.lines.some((l) => Date.parse(l.time) <= from + REACHES_MS))) return undefined;
	const streams = pods.filter((p) => startOf(p) < from).flatMap((pod) => containersOf(pod).map((container) => ({ pod, container })));
	if (streams.length === 0 || streams.length > PROBES) return undefined;
	const begins = await Promise.all(
		streams.map(async ({ pod, container }) => {
			const target = {
				namespace: pod.metadata.namespace ?? "default",
				pod: pod.metadata.name,
				container,
				sinceTime: undefined,
				limitBytes: 64,
			};
			const first = async (previous: boolean) => {
				const { text } = await client.logs({ ...target, previous, signal });
				return nanos(text.slice(0, text.indexOf(" ")));
			};
			try {
				const before = restarted(pod, container) ? await first(true).catch(() => undefined) : undefined;
				return before ?? (await first(false));
			} catch (thrown) {
				if (signal.aborted) throw toAppError(thrown);
				return undefined;
			}
		}),
	);
	const oldest = begins.filter((t) => t !== undefined).sort()[0];
	return oldest !== undefined && oldest > (nanos(window.from) as string) ? oldest : undefined;
}
