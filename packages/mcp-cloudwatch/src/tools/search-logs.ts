import { type Coverage, EvidencePage, type Signal, toAppError, type Window } from "@faultline/contracts";
import {
	decodeCursor,
	defineTool,
	encodeCursor,
	evidenceInput,
	evidenceReply,
	READS,
	redactionsOf,
	type ToolContext,
	windowOf,
} from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import type { CloudWatchConfig } from "../config.ts";
import { logsLink } from "../console-links.ts";
import { listLogGroups } from "../log-groups.ts";
import { mapLogEvent } from "../map-logs.ts";

const Input = z.object({
	...evidenceInput,
	pattern: z
		.string()
		.max(1_024)
		.optional()
		.describe('CloudWatch filter pattern: terms, "a phrase", ?any ?of, -not, %regex%, { $.level = "ERROR" }.'),
	groups: z.array(z.string().max(512)).max(50).optional().describe("Only log groups with these names, or names that begin so."),
});
const Position = z.object({ from: z.string(), to: z.string(), group: z.string().nullable(), token: z.string().nullable() });
type Position = z.output<typeof Position>;

/** A group whose pages stay empty is left after so many, and taken up by the next call: one call stays short. */
const EMPTY_PAGES = 20;

export function searchLogs(api: CloudWatchApi, config: CloudWatchConfig) {
	return defineTool({
		name: "search_logs",
		title: "Search logs",
		description:
			"Log events of a window from CloudWatch Logs (FilterLogEvents), group by group, oldest first in each: with level, service, stream or pod, trace id, and a console link. JSON lines are taken apart. `pattern` filters at AWS, `groups` narrows to some log groups. Reads all allowed groups where neither is given. Events that EventBridge delivers into a group come as events.",
		inputSchema: Input,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["log", "event"],
		async run(input, context) {
			const query = { tool: "search_logs", from: input.from, to: input.to, pattern: input.pattern, groups: input.groups };
			const asked = windowOf(input, context.now());
			const start: Position =
				input.cursor === undefined ? { ...asked, group: null, token: null } : decodeCursor(query, input.cursor, Position);
			const window = { from: start.from, to: start.to };
			const all = await listLogGroups(api, config, context.signal);
			const groups = input.groups === undefined ? all : all.filter((name) => input.groups?.some((wanted) => name.startsWith(wanted)));
			const region = await api.region();
			const reader = new LogReader(api, region, window, context, input.pattern);
			const next = await reader.read(groups, start, input.limit);
			const first = groups[0];
			const url =
				first === undefined
					? {}
					: { url: logsLink(region, start.group ?? first, { from: Date.parse(window.from), to: Date.parse(window.to) }) };
			const nextCursor = next === undefined ? {} : { nextCursor: encodeCursor(query, { ...window, ...next }) };
			return evidenceReply(
				{
					signals: reader.signals,
					coverage: reader.coverage(groups.length),
					redactions: redactionsOf(reader.signals),
					...url,
					...nextCursor,
				},
				"Logs",
				{
					detail: input.detail,
					whenEmpty:
						groups.length === 0
							? `No log group is allowed here${all.length > 0 ? ` with such a name; there are ${all.length}` : ""}. Try check_access, and FAULTLINE_CLOUDWATCH_LOG_GROUPS.`
							: `No event in ${groups.length} log groups in this window. Try a wider window${input.pattern === undefined ? "" : " or no pattern"}.`,
				},
			);
		},
	});
}

/** Reads one page: events group by group, from a position to the next one, or to the end. */
class LogReader {
	readonly signals: Signal[] = [];
	readonly #api: CloudWatchApi;
	readonly #region: string;
	readonly #window: Window;
	readonly #context: ToolContext;
	readonly #pattern: string | undefined;
	readonly #skipped: string[] = [];

	constructor(api: CloudWatchApi, region: string, window: Window, context: ToolContext, pattern: string | undefined) {
		this.#api = api;
		this.#region = region;
		this.#window = window;
		this.#context = context;
		this.#pattern = pattern;
	}

	async read(groups: readonly string[], start: Position, limit: number): Promise<{ group: string; token: string | null } | undefined> {
		// Names are sorted, so that a group that came or went between two pages does not move the position.
		const rest = start.group === null ? groups : groups.filter((name) => name >= (start.group ?? ""));
		for (const [i, group] of rest.entries()) {
			if (this.signals.length >= limit) return { group, token: null };
			const token = group === start.group ? (start.token ?? undefined) : undefined;
			const next = await this.#readOrSkip(group, token, limit);
			this.#context.progress(groups.length - rest.length + i + 1, groups.length, "log groups read");
			if (next !== undefined) return { group, token: next };
		}
		return undefined;
	}

	/** One group that may not be read, or is gone, does not hide the others. */
	async #readOrSkip(group: string, token: string | undefined, limit: number): Promise<string | undefined> {
		try {
			return await this.#readGroup(group, token, limit);
		} catch (thrown) {
			const error = toAppError(thrown);
			if (error.code !== "FORBIDDEN" && error.code !== "NOT_FOUND") throw error;
			this.#skipped.push(`log group ${group}: ${error.code}`);
			return undefined;
		}
	}

	/** Pages of one group until the page of ours is full; a page of AWS may be empty and still have a next one. */
	async #readGroup(group: string, token: string | undefined, limit: number): Promise<string | undefined> {
		let nextToken = token;
		for (let empty = 0; empty < EMPTY_PAGES; ) {
			const input = {
				logGroupName: group,
				startTime: Date.parse(this.#window.from),
				endTime: Math.ceil(Date.parse(this.#window.to)) - 1,
				limit: limit - this.signals.length,
			};
			const page = await this.#api.filterLogEvents(
				{ ...input, ...(this.#pattern ? { filterPattern: this.#pattern } : {}), ...(nextToken === undefined ? {} : { nextToken }) },
				this.#context.signal,
			);
			const events = page.events ?? [];
			for (const event of events) this.signals.push(mapLogEvent(event, { region: this.#region, group }));
			nextToken = page.nextToken ?? undefined;
			if (nextToken === undefined || this.signals.length >= limit) return nextToken;
			empty = events.length === 0 ? empty + 1 : 0;
		}
		return nextToken;
	}

	coverage(groups: number): Coverage {
		const failed = this.#skipped.length;
		const status = failed === 0 ? "ok" : failed === groups ? "failed" : "partial";
		return {
			source: "cloudwatch",
			status,
			...this.#window,
			truncated: false,
			...(failed === 0 ? {} : { skipped: this.#skipped, reason: `${failed} of ${groups} log groups cannot be read` }),
		};
	}
}
