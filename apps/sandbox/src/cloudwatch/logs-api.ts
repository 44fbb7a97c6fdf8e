import { z } from "zod";
import { compileFilter } from "./filter-pattern.ts";
import type { LogEvent, LogGroup } from "./log-groups.ts";
import { pageOf, readToken, writeToken } from "./page-token.ts";
import { ServiceError } from "./service-error.ts";

export type Operation = (input: unknown) => object;

const INVALID = "InvalidParameterException";
/** One page of FilterLogEvents looks at so many events, or so many bytes, whether they match or not: an empty page with a token is legal. */
const SCANNED_EVENTS = 10_000;
const SCANNED_BYTES = 1_048_576;

const limit = (most: number) => z.number().int().min(1).max(most).default(most);
const token = z.string().optional();
const DescribeGroups = z.object({
	logGroupNamePrefix: z.string().optional(),
	logGroupNamePattern: z.string().optional(),
	limit: limit(50),
	nextToken: token,
});
const group = { logGroupName: z.string().optional(), logGroupIdentifier: z.string().optional() };
const DescribeStreams = z.object({
	...group,
	logStreamNamePrefix: z.string().optional(),
	orderBy: z.enum(["LogStreamName", "LastEventTime"]).default("LogStreamName"),
	descending: z.boolean().default(false),
	limit: limit(50),
	nextToken: token,
});
const times = { startTime: z.number().optional(), endTime: z.number().optional() };
const FilterEvents = z.object({
	...group,
	...times,
	logStreamNames: z.array(z.string()).max(100).optional(),
	logStreamNamePrefix: z.string().optional(),
	filterPattern: z.string().optional(),
	limit: limit(10_000),
	nextToken: token,
});
const GetEvents = z.object({
	...group,
	...times,
	logStreamName: z.string(),
	startFromHead: z.boolean().default(false),
	limit: limit(10_000),
	nextToken: token,
});

/** Parses an input, or fails as AWS does. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, code = INVALID): z.output<S> {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	throw new ServiceError(code, `1 validation error detected: '${issue?.path.join(".") ?? ""}' ${issue?.message ?? "is wrong"}`);
}

/** CloudWatch Logs: the reading operations, over the groups of a world. */
export function logsOperations(groups: Map<string, LogGroup>): Record<string, Operation> {
	return {
		DescribeLogGroups: (input) => describeGroups(groups, parseInput(DescribeGroups, input)),
		DescribeLogStreams: (input) => describeStreams(groups, parseInput(DescribeStreams, input)),
		FilterLogEvents: (input) => filterEvents(groups, parseInput(FilterEvents, input)),
		GetLogEvents: (input) => getEvents(groups, parseInput(GetEvents, input)),
	};
}

function groupNamed(
	groups: Map<string, LogGroup>,
	input: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
): LogGroup {
	const name = input.logGroupName ?? input.logGroupIdentifier?.replace(/^arn:.*:log-group:/, "").replace(/:\*$/, "");
	const found = groups.get(name ?? "");
	if (!found) throw new ServiceError("ResourceNotFoundException", "The specified log group does not exist.");
	return found;
}

function describeGroups(groups: Map<string, LogGroup>, { nextToken, limit: size, ...query }: z.output<typeof DescribeGroups>): object {
	const { logGroupNamePrefix: prefix = "", logGroupNamePattern: pattern = "" } = query;
	const found = [...groups.values()].filter(
		(g) => g.logGroupName.startsWith(prefix) && g.logGroupName.toLowerCase().includes(pattern.toLowerCase()),
	);
	const { items, next } = pageOf(found, query, nextToken, size, INVALID);
	return {
		logGroups: items.map(({ logGroupName, arn, creationTime, storedBytes }) => ({
			logGroupName,
			creationTime,
			metricFilterCount: 0,
			arn: `${arn}:*`,
			logGroupArn: arn,
			storedBytes,
			logGroupClass: "STANDARD",
		})),
		nextToken: next,
	};
}

function describeStreams(groups: Map<string, LogGroup>, { nextToken, limit: size, ...query }: z.output<typeof DescribeStreams>): object {
	const found = groupNamed(groups, query).streams.filter((s) => s.logStreamName.startsWith(query.logStreamNamePrefix ?? ""));
	found.sort((a, b) =>
		query.orderBy === "LastEventTime" ? a.lastEventTimestamp - b.lastEventTimestamp : a.logStreamName < b.logStreamName ? -1 : 1,
	);
	if (query.descending) found.reverse();
	const { items, next } = pageOf(found, query, nextToken, size, INVALID);
	return { logStreams: items, nextToken: next };
}

function filterEvents(groups: Map<string, LogGroup>, { nextToken, limit: size, ...query }: z.output<typeof FilterEvents>): object {
	const { startTime = 0, endTime = Number.POSITIVE_INFINITY, logStreamNames, logStreamNamePrefix = "" } = query;
	const matches = compileFilter(query.filterPattern);
	const inScope = groupNamed(groups, query).events.filter(
		(e) =>
			e.timestamp >= startTime &&
			e.timestamp <= endTime &&
			e.logStreamName.startsWith(logStreamNamePrefix) &&
			(logStreamNames?.includes(e.logStreamName) ?? true),
	);
	const events: LogEvent[] = [];
	let at = readToken(query, nextToken, INVALID);
	let bytes = 0;
	for (const start = at; at < inScope.length && events.length < size && at - start < SCANNED_EVENTS && bytes < SCANNED_BYTES; at++) {
		const event = inScope[at];
		if (!event) break;
		bytes += event.message.length;
		if (matches(event.message)) events.push(event);
	}
	return { events, searchedLogStreams: [], nextToken: at < inScope.length ? writeToken(query, at) : undefined };
}

/** Tokens are "f/" or "b/" and a position; at an end the same token comes back, which is how the caller knows. */
function getEvents(groups: Map<string, LogGroup>, { nextToken, limit: size, startFromHead, ...query }: z.output<typeof GetEvents>): object {
	const found = groupNamed(groups, query);
	if (!found.streams.some((s) => s.logStreamName === query.logStreamName))
		throw new ServiceError("ResourceNotFoundException", "The specified log stream does not exist.");
	const { startTime = 0, endTime = Number.POSITIVE_INFINITY } = query;
	const all = found.events.filter((e) => e.logStreamName === query.logStreamName && e.timestamp >= startTime && e.timestamp < endTime);
	const forward = nextToken?.startsWith("f/") ?? startFromHead;
	const position = nextToken === undefined ? (forward ? 0 : all.length) : readToken(query, nextToken.slice(2), INVALID);
	const [start, end] = forward ? [position, Math.min(position + size, all.length)] : [Math.max(position - size, 0), position];
	return {
		events: all.slice(start, end).map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
		nextForwardToken: `f/${writeToken(query, end)}`,
		nextBackwardToken: `b/${writeToken(query, start)}`,
	};
}
