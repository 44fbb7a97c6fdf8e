import type { Signal } from "@faultline/contracts";
import { severityName } from "../severity-name.ts";
import type { Pod, World } from "../world.ts";
import type { KubeObject } from "./object.ts";
import { fieldsOf, listOf } from "./pod-objects.ts";

export interface LogLine {
	/** RFC 3339 with up to nine digits, as the container runtime stamps it. */
	time: string;
	text: string;
}

/** The log lines of every pod, by the pod's name in the cluster, ascending by time. */
export function podLogs(world: World): Map<string, LogLine[]> {
	const byPod = new Map<string, LogLine[]>();
	const idle = neverStarted(world);
	for (const signal of world.logs) {
		const pod = writerOf(world, signal, idle);
		if (!pod) continue;
		const line = { time: signal.time, text: lineOf(signal) };
		const list = byPod.get(pod.name);
		if (list) list.push(line);
		else byPod.set(pod.name, [line]);
	}
	return byPod;
}

/** The pod that wrote a line: its own, else the first of its service that ever ran. */
function writerOf(world: World, signal: Signal, idle: ReadonlySet<string>): Pod | undefined {
	const pod = world.podOf(signal);
	if (pod === undefined || pod.resource === signal.resource || !idle.has(pod.resource)) return pod;
	return world.serviceByName.get(pod.service)?.pods.find((p) => !idle.has(p.resource)) ?? pod;
}

/** Pods whose snapshot says that no container of theirs has run: they have no logs. */
function neverStarted(world: World): Set<string> {
	const ran = (c: Record<string, unknown>) =>
		fieldsOf(c.state).running === true || fieldsOf(c.state).terminated === true || Number(c.restart_count ?? 0) > 0;
	const pods = world.objects.filter((o) => o.event.object.kind === "Pod");
	return new Set(
		pods.filter((o) => o.event.status?.phase === "Pending" && !listOf(o.event.status.containers).some(ran)).map((o) => o.event.object.name),
	);
}

/**
 * What the container wrote: the plain line where that is all there is, else one line of JSON, as structured loggers write it. A
 * body that is itself JSON or has several lines is put into one, so that it comes back as it was.
 */
export function lineOf({ body, severity, traceId, spanId, attributes }: Signal): string {
	const level = severityName(severity);
	const more = Object.keys(attributes).length > 0;
	const plain = level === undefined && traceId === undefined && spanId === undefined && !more && /^[^\s{][^\r\n]*$/.test(body);
	if (plain) return body;
	const { message: _message, level: _level, trace_id: _trace, span_id: _span, ...rest } = attributes;
	return JSON.stringify({ level, message: body, trace_id: traceId, span_id: spanId, ...rest });
}

export interface LogQuery {
	previous: boolean;
	/** Milliseconds since the epoch. */
	since?: number | undefined;
	tailLines?: number | undefined;
	limitBytes?: number | undefined;
	timestamps: boolean;
}

/** The answer of pods/log; undefined where a previous container is asked for and there was none. */
export function logText(lines: readonly LogLine[], pod: KubeObject, container: string, query: LogQuery): string | undefined {
	const selected = instanceLines(lines, pod, container, query.previous)?.filter(
		(l) => query.since === undefined || Date.parse(l.time) >= query.since,
	);
	if (!selected) return undefined;
	const tail = query.tailLines === undefined ? selected : selected.slice(Math.max(0, selected.length - query.tailLines));
	const text = tail.map((l) => `${query.timestamps ? `${utc(l.time)} ` : ""}${l.text}\n`).join("");
	return query.limitBytes === undefined ? text : Buffer.from(text).subarray(0, query.limitBytes).toString();
}

/**
 * Lines of the running container, or of the one before it. As the kubelet does it: a container that waits to be restarted
 * shows its last run's lines either way; a running one that restarted has its own start as the border.
 */
function instanceLines(lines: readonly LogLine[], pod: KubeObject, container: string, previous: boolean): readonly LogLine[] | undefined {
	const status = listOf(fieldsOf(pod.status).containerStatuses).find((c) => c.name === container) ?? {};
	const restarted = typeof status.restartCount === "number" && status.restartCount > 0;
	if (previous && !restarted) return undefined;
	const startedAt = Date.parse(String(fieldsOf(fieldsOf(status.state).running).startedAt));
	if (!restarted || !Number.isFinite(startedAt)) return lines;
	return lines.filter((l) => Date.parse(l.time) < startedAt === previous);
}

/** The same instant in UTC with all its digits. */
function utc(time: string): string {
	if (time.endsWith("Z")) return time;
	const digits = /\.(\d+)/.exec(time)?.[1];
	return `${new Date(time).toISOString().slice(0, 19)}${digits ? `.${digits}` : ""}Z`;
}
