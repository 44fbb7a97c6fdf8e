import { createHash } from "node:crypto";
import type { Signal } from "@faultline/contracts";
import type { World } from "../world.ts";

export interface LogEvent {
	eventId: string;
	logStreamName: string;
	/** Milliseconds since the epoch. */
	timestamp: number;
	ingestionTime: number;
	message: string;
}

export interface LogStream {
	logStreamName: string;
	creationTime: number;
	firstEventTimestamp: number;
	lastEventTimestamp: number;
	lastIngestionTime: number;
	arn: string;
	storedBytes: number;
}

export interface LogGroup {
	logGroupName: string;
	arn: string;
	creationTime: number;
	storedBytes: number;
	/** Ascending by time. */
	events: LogEvent[];
	streams: LogStream[];
}

export const REGION = "us-east-1";
export const ACCOUNT = "123456789012";

/** One group per service with a stream per pod, and one group per foreign reporter of events, as an EventBridge rule fills it. */
export function logGroupsOf(world: World): Map<string, LogGroup> {
	const byGroup = new Map<string, LogEvent[]>();
	const add = (group: string, stream: string, signal: Signal, message: string) => {
		const list = byGroup.get(group) ?? [];
		byGroup.set(group, list);
		list.push(logEvent(group, stream, signal, message, list.length));
	};
	for (const { name } of world.services) if (!byGroup.has(`/services/${groupName(name)}`)) byGroup.set(`/services/${groupName(name)}`, []);
	for (const log of world.logs) add(`/services/${groupName(log.service ?? log.resource)}`, streamName(log.resource), log, messageOf(log));
	for (const event of world.events) {
		if (event.event.reporter !== "kubernetes")
			add(`/aws/events/${groupName(event.event.reporter)}`, streamName(event.resource), event, eventBridgeMessage(event));
	}
	for (const digest of world.performance) add("/aws/events/performance", streamName(digest.resource), digest, eventBridgeMessage(digest));
	return new Map([...byGroup].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, events]) => [name, groupOf(name, events, world)]));
}

/** What AWS allows in the name of a log group. */
const groupName = (name: string) => name.replace(/[^\w./#-]/g, "-").slice(0, 400);
/** A stream's name may hold anything but a colon and an asterisk. */
const streamName = (name: string) => name.replace(/[:*]/g, "-").slice(0, 512);

function logEvent(group: string, stream: string, signal: Signal, message: string, position: number): LogEvent {
	const timestamp = Date.parse(signal.time);
	const digest = createHash("sha256").update(`${group}\n${stream}\n${position}`).digest("hex").slice(0, 24);
	const eventId = `${String(timestamp).padStart(20, "0")}${BigInt(`0x${digest}`).toString().padStart(36, "0").slice(0, 36)}`;
	return { eventId, logStreamName: stream, timestamp, ingestionTime: timestamp + 1_000, message };
}

const LEVELS: readonly [number, string][] = [
	[21, "FATAL"],
	[17, "ERROR"],
	[13, "WARN"],
	[9, "INFO"],
	[5, "DEBUG"],
	[1, "TRACE"],
];

/** The line itself; as structured JSON where the record holds more than a line (or the line is JSON, so that reading it takes off one layer). */
function messageOf(log: Signal): string {
	const level = LEVELS.find(([n]) => log.severity >= n)?.[1];
	const { body, traceId, spanId, attributes, service } = log;
	if (!level && !traceId && !spanId && Object.keys(attributes).length === 0 && !/^\s*[{[]/.test(body)) return body;
	return JSON.stringify({
		...attributes,
		time: log.time,
		level,
		message: body,
		service,
		trace_id: traceId,
		span_id: spanId,
		count: log.count > 1 ? log.count : undefined,
	});
}

/** The envelope in which EventBridge delivers an event of a service. */
function eventBridgeMessage({ event, time, body, id, service }: World["events"][number]): string {
	const { reporter, reason, object, type, lastTime, performance } = event;
	return JSON.stringify({
		version: "0",
		id,
		"detail-type": `${object.kind} event`,
		source: reporter,
		account: ACCOUNT,
		time,
		region: REGION,
		resources: [`arn:${reporter}:${object.kind}/${object.name}`],
		detail: {
			SourceType: object.kind,
			SourceIdentifier: object.name,
			EventCategories: [reason],
			Message: body,
			Severity: type,
			LastTime: lastTime,
			Service: service,
			Performance: performance,
		},
	});
}

function groupOf(logGroupName: string, events: LogEvent[], world: World): LogGroup {
	const arn = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${logGroupName}`;
	const sorted = events.sort((a, b) => a.timestamp - b.timestamp);
	const creationTime = Math.min(Date.parse(world.evidence.window.from), sorted[0]?.timestamp ?? Number.POSITIVE_INFINITY) - 86_400_000;
	const streams = new Map<string, LogStream>();
	for (const { logStreamName, timestamp, ingestionTime, message } of sorted) {
		const stream = streams.get(logStreamName) ?? {
			logStreamName,
			creationTime,
			firstEventTimestamp: timestamp,
			lastEventTimestamp: timestamp,
			lastIngestionTime: ingestionTime,
			arn: `${arn}:log-stream:${logStreamName}`,
			storedBytes: 0,
		};
		stream.lastEventTimestamp = timestamp;
		stream.lastIngestionTime = ingestionTime;
		stream.storedBytes += message.length;
		streams.set(logStreamName, stream);
	}
	return {
		logGroupName,
		arn,
		creationTime,
		storedBytes: sorted.reduce((sum, e) => sum + e.message.length, 0),
		events: sorted,
		streams: [...streams.values()],
	};
}
