import { createHash } from "node:crypto";
import { z } from "zod";
import { ACCOUNT, type LogEvent, type LogGroup } from "./log-groups.ts";
import { type Operation, parseInput } from "./logs-api.ts";
import { ServiceError } from "./service-error.ts";

const Start = z.object({
	logGroupName: z.string().optional(),
	logGroupNames: z.array(z.string()).max(50).optional(),
	startTime: z.number().int(),
	endTime: z.number().int(),
	queryString: z.string(),
	limit: z.number().int().min(1).max(10_000).optional(),
});
const ById = z.object({ queryId: z.string() });

type Line = LogEvent & { group: string };
interface Query {
	rows: Record<string, string>[];
	matched: number;
	bytes: number;
	polls: number;
	stopped: boolean;
}

/** Logs Insights over the groups of a world: fields, filter, stats count by bin, sort by time, limit. A query is running when first asked, and complete after. */
export function insightsOperations(groups: Map<string, LogGroup>): Record<string, Operation> {
	const queries = new Map<string, Query>();
	const byId = (input: unknown): Query => {
		const found = queries.get(parseInput(ById, input).queryId);
		if (found) return found;
		throw new ServiceError("ResourceNotFoundException", "The specified query does not exist.");
	};
	return {
		StartQuery: (input) => {
			const request = parseInput(Start, input);
			const queryId = createHash("sha256")
				.update(`${queries.size} ${JSON.stringify(request)}`)
				.digest("hex")
				.slice(0, 32);
			queries.set(queryId, run(groups, request));
			return { queryId };
		},
		GetQueryResults: (input) => {
			const query = byId(input);
			const running = query.polls++ === 0;
			const status = query.stopped ? "Cancelled" : running ? "Running" : "Complete";
			return {
				status,
				results: running ? [] : query.rows.map((row) => Object.entries(row).map(([field, value]) => ({ field, value }))),
				statistics: { recordsMatched: query.matched, recordsScanned: query.matched, bytesScanned: query.bytes },
				encryptionKey: null,
			};
		},
		StopQuery: (input) => {
			byId(input).stopped = true;
			return { success: true };
		},
	};
}

function run(groups: Map<string, LogGroup>, request: z.output<typeof Start>): Query {
	const names = request.logGroupNames ?? (request.logGroupName === undefined ? [] : [request.logGroupName]);
	const lines = names.flatMap((name): Line[] => {
		const group = groups.get(name);
		if (!group) throw new ServiceError("ResourceNotFoundException", `Log group '${name}' does not exist for account ID '${ACCOUNT}'`);
		return group.events.map((e) => ({ ...e, group: name }));
	});
	const inWindow = lines.filter((l) => l.timestamp >= request.startTime * 1000 && l.timestamp < (request.endTime + 1) * 1000);
	const bytes = inWindow.reduce((sum, l) => sum + l.message.length, 0);
	let kept = inWindow.sort((a, b) => b.timestamp - a.timestamp);
	let rows: Record<string, string>[] | undefined;
	let limit = request.limit ?? 1_000;
	for (const command of request.queryString.split(/\s+\|\s+/).map((c) => c.trim())) {
		const [, word = "", rest = ""] = /^(\w+)\s*(.*)$/s.exec(command) ?? [];
		if (word === "filter") kept = kept.filter(conditionOf(rest));
		else if (word === "sort") kept = sorted(kept, rest);
		else if (word === "limit") limit = Math.min(limit, Number(rest));
		else if (word === "stats") rows = counted(kept, rest);
		else if (word !== "fields") throw malformed(command);
	}
	return { rows: (rows ?? kept.map(rowOf)).slice(0, limit), matched: kept.length, bytes, polls: 0, stopped: false };
}

const malformed = (text: string) => new ServiceError("MalformedQueryException", `unexpected symbol found ${text.slice(0, 40)}`);

function conditionOf(text: string): (line: Line) => boolean {
	const parts = text.split(/\s+and\s+(?=@|toMillis)/);
	const tests = parts.map((part) => {
		const since = /^toMillis\(@timestamp\)\s*>=\s*(\d+)$/.exec(part)?.[1];
		if (since !== undefined) return (line: Line) => line.timestamp >= Number(since);
		const [, not, pattern, quoted] = /^@message(\s+not)?\s+like\s+(?:\/(.*)\/|("(?:[^"\\]|\\.)*"))$/s.exec(part) ?? [];
		if (pattern === undefined && quoted === undefined) throw malformed(part);
		const insensitive = pattern?.startsWith("(?i)") ?? false;
		const regex = pattern === undefined ? undefined : new RegExp(pattern.replace(/^\(\?i\)/, ""), insensitive ? "i" : "");
		const plain = quoted === undefined ? "" : (JSON.parse(quoted) as string);
		return (line: Line) => (regex === undefined ? line.message.includes(plain) : regex.test(line.message)) !== (not !== undefined);
	});
	return (line) => tests.every((test) => test(line));
}

function sorted(lines: readonly Line[], by: string): Line[] {
	const [, direction = "desc"] = /^@timestamp(?:\s+(asc|desc))?$/.exec(by) ?? [];
	if (!by.startsWith("@timestamp")) throw malformed(by);
	return [...lines].sort((a, b) => (direction === "asc" ? a.timestamp - b.timestamp : b.timestamp - a.timestamp));
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** "count(*) as n by bin(1m) as t", or by @log. */
function counted(lines: readonly Line[], text: string): Record<string, string>[] {
	const [, name = "count(*)", by, size, unit, alias] =
		/^count\(\*\)(?:\s+as\s+(\w+))?(?:\s+by\s+(bin\((\d+)([smh])\)|@log|@logStream)(?:\s+as\s+(\w+))?)?$/.exec(text) ?? [];
	if (!/^count\(\*\)/.test(text)) throw malformed(text);
	if (by === undefined) return [{ [name]: String(lines.length) }];
	const width = Number(size) * UNIT_MS[(unit ?? "m") as keyof typeof UNIT_MS];
	const keyOf = (line: Line) =>
		by === "@log"
			? `${ACCOUNT}:${line.group}`
			: by === "@logStream"
				? line.logStreamName
				: stamp(Math.floor(line.timestamp / width) * width);
	return [...Map.groupBy(lines, keyOf)].map(([key, own]) => ({ [alias ?? by]: key, [name]: String(own.length) }));
}

const stamp = (ms: number) => new Date(ms).toISOString().replace("T", " ").replace("Z", "");

function rowOf(line: Line): Record<string, string> {
	return {
		"@timestamp": stamp(line.timestamp),
		"@message": line.message,
		"@logStream": line.logStreamName,
		"@log": `${ACCOUNT}:${line.group}`,
		"@ptr": Buffer.from(`${line.group} ${line.eventId}`).toString("base64"),
	};
}
