import { z } from "zod";
import { asApiEvent } from "./stored-event.ts";

/**
 * What Sentry answers, as far as it is read. Loose on purpose: it adds event types, entry types and fields without notice, and
 * self-hosted versions lag behind. An unknown field costs nothing, a field of another shape costs that field.
 */
const text = z.string().optional().catch(undefined);
const id = z.union([z.string(), z.number().transform(String)]);
const number = z.number().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const list = <T extends z.ZodType>(item: T) => z.array(item).optional().catch(undefined);
const maybe = <T extends z.ZodType>(shape: T) => shape.optional().catch(undefined);

export const Project = z.object({ id, slug: z.string(), name: text });
export type Project = z.infer<typeof Project>;

export const Organization = z.object({ slug: z.string(), links: maybe(z.object({ regionUrl: text })) });

/** What the web interface is told of the server that it runs on. */
export const ClientConfig = z.object({ version: maybe(z.object({ current: text })) });

const count = z.union([z.string(), z.number()]).transform(Number).optional().catch(undefined);
const Version = maybe(z.object({ version: text }));

export const Issue = z.object({
	id,
	shortId: text,
	title: z.string().catch("<no title>"),
	culprit: text,
	level: text,
	count,
	userCount: count,
	status: text,
	firstRelease: Version,
	lastRelease: Version,
	firstSeen: text,
	lastSeen: text,
	project: maybe(Project),
});
export type Issue = z.infer<typeof Issue>;

const Frame = z.object({ filename: text, absPath: text, module: text, function: text, lineNo: number, inApp: flag });
export type Frame = z.infer<typeof Frame>;

const ExceptionValue = z.object({ type: text, value: text, module: text, stacktrace: maybe(z.object({ frames: list(Frame) })) });
export type ExceptionValue = z.infer<typeof ExceptionValue>;

/** `user`, `request` and the like are not named here: what is not read cannot leak. `scrubbed` counts them. */
const ApiEvent = z.object({
	eventID: text,
	id: text,
	title: text,
	message: text,
	dateCreated: text,
	culprit: text,
	tags: list(z.object({ key: z.string(), value: text })),
	context: z.record(z.string(), z.unknown()).optional().catch(undefined),
	contexts: maybe(z.object({ trace: maybe(z.object({ trace_id: text, span_id: text })) })),
	entries: list(z.object({ type: z.string(), data: z.unknown().optional() })),
	release: maybe(z.object({ version: text })),
	user: z
		.unknown()
		.optional()
		.transform((u) => typeof u === "object" && u !== null && Object.values(u).some((v) => v !== null)),
});
export const Event = z.preprocess(asApiEvent, ApiEvent);
export type Event = z.infer<typeof ApiEvent>;

export const ExceptionData = z.object({ values: z.array(ExceptionValue) });
export const MessageData = z.object({ formatted: text, message: text });

const Author = maybe(z.object({ name: text, username: text }));
export const Commit = z.object({
	id: z.string(),
	message: text,
	dateCreated: text,
	author: Author,
	repository: maybe(z.object({ name: text })),
});
export type Commit = z.infer<typeof Commit>;

/** Who last touched the lines of an event's frames, as Sentry works it out. */
export const Committers = z.object({
	committers: z.array(
		z.object({
			author: Author,
			commits: list(Commit.extend({ suspectCommitType: text, pullRequest: maybe(z.object({ title: text, externalUrl: text })) })),
		}),
	),
});

/** events-timeseries: one series per axis, milliseconds since the epoch. */
export const Timeseries = z.object({
	timeSeries: z.array(z.object({ yAxis: text, values: z.array(z.object({ timestamp: z.number(), value: z.number().nullable() })) })),
});
/** events-stats, which older versions have in its place: seconds since the epoch. */
export const EventStats = z.object({ data: z.array(z.tuple([z.number(), z.array(z.object({ count: z.number().nullable() }))])) });

export const Deploy = z.object({ id, name: text, environment: text, dateStarted: text, dateFinished: text });
export type Deploy = z.infer<typeof Deploy>;

export const Release = z.object({
	version: z.string(),
	ref: text,
	dateCreated: text,
	dateReleased: text,
	commitCount: number,
	deployCount: number,
	lastCommit: maybe(Commit),
	lastDeploy: maybe(Deploy),
	owner: Author,
	projects: list(Project),
});
export type Release = z.infer<typeof Release>;

export const FileChange = z.object({ commitMessage: text, filename: z.string(), repoName: text });
export type FileChange = z.infer<typeof FileChange>;

/** A row of the spans dataset: the fields that were asked for, any of which may be null. */
export const SpanRow = z.record(z.string(), z.unknown());
export type SpanRow = z.infer<typeof SpanRow>;
export const Discover = z.object({ data: z.array(z.unknown()) });
