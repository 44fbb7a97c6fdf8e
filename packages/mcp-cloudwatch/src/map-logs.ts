import { instant, type Signal, severityOf } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import { type LinkWindow, logsLink } from "./console-links.ts";
import type { LogEvent } from "./event-ids.ts";
import { readLogMessage } from "./log-message.ts";
import { BridgeEvent } from "./wire.ts";

export interface LogOrigin {
	/** The event's own. */
	id: string;
	region: string;
	group: string;
}

/** The link of one event shows this much around it. */
const AROUND_MS = 60_000;

/** A log event as a Signal; one that EventBridge delivered becomes an event of the thing it is about. */
export function mapLogEvent(event: LogEvent, { id: own, region, group }: LogOrigin): Signal {
	const ms = event.timestamp ?? 0;
	const stream = event.logStreamName;
	const window: LinkWindow = { from: ms - AROUND_MS, to: ms + AROUND_MS };
	const id = `cloudwatch:log:${own}`;
	const base = { id, source: "cloudwatch", url: logsLink(region, group, window, stream) };
	return bridgeEvent(event.message ?? "", base, ms) ?? logLine(event.message ?? "", base, ms, group, stream);
}

type Base = Pick<Signal, "id" | "source"> & { url: string };

function logLine(message: string, base: Base, ms: number, group: string, stream: string | undefined): Signal {
	const line = readLogMessage(message);
	const body = redact(line.body);
	const { value: attributes, count: hidden } = redactDeep(line.attributes);
	const service = line.service ?? serviceOfGroup(group);
	return {
		...base,
		kind: "log",
		time: preciseTime(line.time, ms),
		severity: line.severity,
		service,
		resource: line.pod ?? resourceOfStream(stream, service),
		...(line.traceId === undefined ? {} : { traceId: line.traceId }),
		...(line.spanId === undefined ? {} : { spanId: line.spanId }),
		body: body.text,
		attributes,
		count: line.count ?? 1,
		redactions: body.count + hidden,
	};
}

/** "/aws/lambda/resize", "/ecs/web", "/services/web": the last part names the service. Container Insights' ends in the kind of log. */
export function serviceOfGroup(group: string): string {
	const parts = group.split("/").filter((part) => part !== "");
	const last = parts.at(-1) ?? group;
	return parts.length > 1 && /^(application|dataplane|host|logs?|stdout|stderr)$/.test(last) ? (parts.at(-2) ?? last) : last;
}

/**
 * A stream named like one instance (a pod, a host) is the resource. Lambda's ("2026/01/02/[$LATEST]0f...") and the awslogs
 * driver's ("prefix/container/task") name nothing that others know: there the service is.
 */
function resourceOfStream(stream: string | undefined, service: string): string {
	return stream === undefined || stream === "" || /[/[\]]/.test(stream) ? service : stream;
}

/** The line's own time where it is the same instant, told more precisely. */
function preciseTime(own: string | undefined, ms: number): string {
	if (own !== undefined && instant.safeParse(own).success && own.endsWith("Z") && Date.parse(own) === ms) return own;
	return new Date(ms).toISOString();
}

function bridgeEvent(message: string, base: Base, ms: number): Signal | undefined {
	if (!message.startsWith("{") || !message.includes('"detail-type"')) return undefined;
	const parsed = BridgeEvent.safeParse(parse(message));
	if (!parsed.success) return undefined;
	const { detail, resources, source } = parsed.data;
	const name = firstText(detail.SourceIdentifier, detail.resource, detail["instance-id"], resources[0]?.split(/[:/]/).at(-1)) ?? source;
	const body = redact(
		firstText(detail.Message, detail.message, detail.eventDescription, detail["state-reason"]) ?? parsed.data["detail-type"],
	);
	const categories = Array.isArray(detail.EventCategories) ? detail.EventCategories.filter((c) => typeof c === "string") : [];
	const { value: attributes, count: hidden } = redactDeep(detail);
	const reason = redact(categories.join(", ") || parsed.data["detail-type"]);
	const [kind, severity, service, lastTime] = [
		firstText(detail.SourceType) ?? parsed.data["detail-type"],
		firstText(detail.Severity),
		firstText(detail.Service),
		firstText(detail.LastTime),
	];
	return {
		...base,
		kind: "event",
		time: preciseTime(parsed.data.time, ms),
		severity: severityOf(severity),
		...(service === undefined ? {} : { service }),
		resource: name,
		body: body.text,
		attributes,
		count: 1,
		redactions: body.count + hidden,
		event: {
			reporter: source,
			reason: reason.text,
			object: { kind, name },
			...(severity === undefined ? {} : { type: severity }),
			...(lastTime !== undefined && instant.safeParse(lastTime).success ? { lastTime } : {}),
			...performanceOf(attributes),
		},
	};
}

/** A row of database performance statistics that came with the event. */
function performanceOf({ Performance: row }: Record<string, unknown>): { performance?: Record<string, unknown> } {
	return typeof row === "object" && row !== null && !Array.isArray(row) ? { performance: row as Record<string, unknown> } : {};
}

function parse(message: string): unknown {
	try {
		return JSON.parse(message);
	} catch {
		return undefined;
	}
}

function firstText(...values: unknown[]): string | undefined {
	return values.find((v): v is string => typeof v === "string" && v !== "");
}
