import { type Issue, occurrences, type SentryEvent } from "./issues.ts";

type Json = Record<string, unknown>;

/** An issue as the issue stream has it; the count is of the events asked for, the whole is under `lifetime`. */
export function issueJson(issue: Issue, inWindow: readonly SentryEvent[], url: string): Json {
	const first = new Date(issue.events[0]?.time ?? 0).toISOString();
	const last = new Date(issue.events.at(-1)?.time ?? 0).toISOString();
	return {
		id: issue.id,
		shortId: issue.shortId,
		title: issue.title,
		culprit: "",
		permalink: `${url}/organizations/sandbox/issues/${issue.id}/`,
		logger: null,
		level: issue.level,
		status: "unresolved",
		substatus: "ongoing",
		statusDetails: {},
		isPublic: false,
		platform: "other",
		project: { ...issue.project, platform: "other" },
		type: "default",
		issueType: "error",
		issueCategory: "error",
		metadata: { title: issue.title },
		numComments: 0,
		isUnhandled: false,
		count: String(occurrences(inWindow)),
		userCount: 0,
		firstSeen: first,
		lastSeen: last,
		lifetime: { count: String(occurrences(issue.events)), userCount: 0, firstSeen: first, lastSeen: last },
	};
}

/** An event as `?full=true` and the event's own page give it. */
export function eventJson(issue: Issue, { eventId, signal }: SentryEvent, release: string | undefined): Json {
	const { attributes } = signal;
	const pod = signal.resource === signal.service ? undefined : signal.resource;
	const tags: [string, string | undefined][] = [
		["level", issue.level],
		["environment", textOf(attributes.environment) ?? "production"],
		["release", release],
		["server_name", pod],
		["service.name", signal.service],
	];
	const { exceptions, environment: _environment, release: _release, ...context } = attributes;
	return {
		id: eventId,
		eventID: eventId,
		groupID: issue.id,
		projectID: issue.project.id,
		title: issue.title,
		message: signal.body,
		platform: "other",
		type: "default",
		dateCreated: signal.time,
		dateReceived: signal.time,
		culprit: "",
		location: null,
		tags: tags.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])),
		user: null,
		context,
		contexts:
			signal.traceId === undefined
				? {}
				: { trace: { type: "trace", trace_id: signal.traceId, ...(signal.spanId === undefined ? {} : { span_id: signal.spanId }) } },
		entries: Array.isArray(exceptions) ? [exceptionEntry(exceptions)] : [{ type: "message", data: { formatted: signal.body } }],
		release: release === undefined ? null : { version: release },
		sdk: { name: "sentry.sandbox", version: "1.0.0" },
	};
}

/** Our own normalised chain (outermost first, latest frame first) back in Sentry's order, which is the reverse of both. */
function exceptionEntry(exceptions: readonly unknown[]): Json {
	const values = exceptions.map(fieldsOf).map((e) => ({
		type: e.type ?? "Error",
		value: e.value ?? "",
		module: e.module ?? null,
		stacktrace: {
			frames: (Array.isArray(e.frames) ? e.frames.map(fieldsOf) : [])
				.map((f) => ({
					filename: f.file ?? null,
					function: f.function ?? null,
					lineNo: f.line ?? null,
					inApp: f.inApp === true,
					vars: null,
					context: [],
				}))
				.reverse(),
		},
	}));
	return { type: "exception", data: { values: values.reverse(), hasSystemFrames: false } };
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const fieldsOf = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
