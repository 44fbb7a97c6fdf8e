import { type Signal, severityOf, type Window } from "@faultline/contracts";
import { redact, redactDeep } from "@faultline/platform";
import { type Event, ExceptionData, type ExceptionValue, type Frame, type Issue, MessageData, type Project } from "./wire.ts";

/** Frames kept of one exception, and exceptions of one chain. */
const FRAMES = 12;
const CHAIN = 6;

export interface NormalFrame {
	file?: string;
	function?: string;
	line?: number;
	inApp: boolean;
}
export interface NormalException {
	type: string;
	value: string;
	module?: string;
	/** In-app frames first, then the others; within each the latest call first. */
	frames: NormalFrame[];
}

/** The logical service of a project: its name where it is one word, else its slug. */
export const serviceOfProject = (p: Project | undefined): string | undefined =>
	p === undefined ? undefined : p.name !== undefined && !/\s/.test(p.name) ? p.name : p.slug;

/** An event's exceptions, the one that was thrown last first, then what caused it. Sentry has them the other way round. */
export function exceptionsOf(event: Event): NormalException[] {
	const data = event.entries?.find((e) => e.type === "exception")?.data;
	const values = ExceptionData.safeParse(data).data?.values ?? [];
	return [...values].reverse().slice(0, CHAIN).map(normalException);
}

function normalException({ type, value, module, stacktrace }: ExceptionValue): NormalException {
	const latestFirst = [...(stacktrace?.frames ?? [])].reverse();
	const ordered = [...latestFirst.filter((f) => f.inApp), ...latestFirst.filter((f) => !f.inApp)];
	return {
		type: type ?? "Error",
		value: value ?? "",
		...(module === undefined ? {} : { module }),
		frames: ordered.slice(0, FRAMES).map(normalFrame),
	};
}

function normalFrame(f: Frame): NormalFrame {
	const file = f.filename ?? f.absPath ?? f.module;
	return {
		...(file === undefined ? {} : { file }),
		...(f.function === undefined ? {} : { function: f.function }),
		...(f.lineNo === undefined ? {} : { line: f.lineNo }),
		inApp: f.inApp === true,
	};
}

/** The file most likely at fault: that of the latest in-app frame, of the outermost exception that has one. */
export function suspectFileOf(exceptions: readonly NormalException[]): string | undefined {
	for (const e of exceptions) {
		const frame = e.frames.find((f) => f.inApp && f.file !== undefined);
		if (frame) return frame.file;
	}
	return undefined;
}

/** What an event says: its exceptions in one line, or its message. */
function bodyOf(event: Event, exceptions: readonly NormalException[], issue: Issue): string {
	if (exceptions.length > 0) return exceptions.map((e) => (e.value === "" ? e.type : `${e.type}: ${e.value}`)).join(", caused by ");
	const entry = MessageData.safeParse(event.entries?.find((e) => e.type === "message")?.data).data;
	return entry?.formatted ?? entry?.message ?? (event.message || undefined) ?? event.title ?? issue.title;
}

/** Tags that say who used the system, and not what the system did. */
const PERSONAL = /^(user|client_?ip|ip|ip_address|email|username|url|transaction\.user|geo)(\.|$)/i;

/** One event of an issue as a Signal; undefined where it has no time. */
export function eventSignal(issue: Issue, event: Event, url: (path: string) => string): Signal | undefined {
	if (event.dateCreated === undefined || !Number.isFinite(Date.parse(event.dateCreated))) return undefined;
	const tags = new Map((event.tags ?? []).map((t) => [t.key, t.value]));
	const { value: exceptions, count: inChain } = redactDeep(exceptionsOf(event));
	const body = redact(bodyOf(event, exceptions, issue));
	const { value: context, count: inContext } = redactDeep(
		Object.fromEntries(Object.entries(event.context ?? {}).filter(([key]) => !PERSONAL.test(key))),
	);
	const service = tags.get("service.name") ?? tags.get("service") ?? serviceOfProject(issue.project);
	const suspectFile = suspectFileOf(exceptions);
	const release = event.release?.version ?? tags.get("release");
	const eventId = event.eventID ?? event.id ?? event.dateCreated;
	const { trace } = event.contexts ?? {};
	const hidden = (event.user ? 1 : 0) + (event.entries ?? []).filter((e) => e.type === "request").length;
	return {
		id: `sentry:event:${issue.id}:${eventId}`,
		source: "sentry",
		kind: "error",
		time: event.dateCreated,
		severity: severityOf(tags.get("level") ?? issue.level) || 17,
		...(service === undefined ? {} : { service }),
		resource: tags.get("k8s.pod.name") ?? tags.get("server_name") ?? service ?? "unknown",
		...(trace?.trace_id === undefined ? {} : { traceId: trace.trace_id }),
		...(trace?.span_id === undefined ? {} : { spanId: trace.span_id }),
		body: body.text,
		attributes: {
			...context,
			...issueAttributes(issue),
			...(tags.get("environment") === undefined ? {} : { environment: tags.get("environment") }),
			...(release === undefined ? {} : { release }),
			...(suspectFile === undefined ? {} : { suspectFile }),
			...(exceptions.length > 0 ? { exceptions } : {}),
		},
		count: 1,
		fingerprint: `sentry:${issue.id}`,
		url: url(`issues/${issue.id}/events/${encodeURIComponent(eventId)}/`),
		redactions: body.count + inChain + inContext + hidden,
	};
}

/** The occurrences of an issue that were not read one by one, as one record at the earliest time that any of them can have. */
export function remainderSignal(issue: Issue, rest: number, window: Window, url: (path: string) => string): Signal {
	const service = serviceOfProject(issue.project);
	const body = redact(issue.title);
	const first = issue.firstSeen !== undefined && Date.parse(issue.firstSeen) > Date.parse(window.from) ? issue.firstSeen : window.from;
	return {
		id: `sentry:issue:${issue.id}:rest`,
		source: "sentry",
		kind: "error",
		time: first,
		severity: severityOf(issue.level) || 17,
		...(service === undefined ? {} : { service }),
		resource: service ?? "unknown",
		body: body.text,
		attributes: { ...issueAttributes(issue), aggregated: true },
		count: rest,
		fingerprint: `sentry:${issue.id}`,
		url: url(`issues/${issue.id}/`),
		redactions: body.count,
	};
}

function issueAttributes(issue: Issue): Record<string, unknown> {
	const { shortId, firstSeen, lastSeen, count, project } = issue;
	return Object.fromEntries(
		Object.entries({ issue: shortId ?? issue.id, project: project?.slug, firstSeen, lastSeen, issueCount: count }).filter(
			([, v]) => v !== undefined,
		),
	);
}
