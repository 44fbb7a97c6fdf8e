import { type Signal, toAppError, type Window } from "@faultline/contracts";
import type { ToolContext } from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "./client.ts";
import { eventIds, Told } from "./event-ids.ts";
import { type Level, leastSeverity, levelPattern } from "./log-levels.ts";
import { mapLogEvent } from "./map-logs.ts";

/** A group that was begun, where its next page is, and what of its last millisecond was told. */
export const OpenGroup = z.tuple([z.string(), z.string(), Told.optional()]);
export type OpenGroup = z.output<typeof OpenGroup>;
/** Groups that were begun, and the first that was not, by name; null where none is left. */
export interface GroupsPosition {
	open: OpenGroup[];
	next: string | null;
}

/** A group whose pages stay empty is left after so many, and taken up by the next call: one call stays short. */
const EMPTY_PAGES = 20;
/** Groups that are read at once; their tokens go into the cursor. */
const AT_ONCE = 4;

export interface LogFilter {
	pattern?: string | undefined;
	level?: Level | undefined;
}

/** Reads one page of log events by FilterLogEvents: several groups at once, each oldest first, from a position to the next one, or to the end. */
export class LogReader {
	readonly signals: Signal[] = [];
	/** Groups that cannot be read, with why. */
	readonly skipped: string[] = [];
	readonly #api: CloudWatchApi;
	readonly #region: string;
	readonly #window: Window;
	readonly #context: ToolContext;
	readonly #pattern: string | undefined;
	readonly #least: number;

	constructor(api: CloudWatchApi, region: string, window: Window, context: ToolContext, { pattern, level }: LogFilter) {
		this.#api = api;
		this.#region = region;
		this.#window = window;
		this.#context = context;
		this.#pattern = pattern ?? (level === undefined ? undefined : levelPattern(level));
		this.#least = level === undefined ? 0 : leastSeverity(level);
	}

	async read(groups: readonly string[], start: GroupsPosition | undefined, limit: number): Promise<GroupsPosition | undefined> {
		// Names are sorted, so that a group that came or went between two pages does not move the position.
		const from = start === undefined ? "" : start.next;
		const fresh = from === null ? [] : groups.filter((name) => name >= from);
		let open: [string, string | undefined, (Told | undefined)?][] = [...(start?.open ?? [])];
		let stuck: OpenGroup[] = [];
		while (open.length + fresh.length > 0 && this.signals.length < limit) {
			while (open.length < AT_ONCE && fresh.length > 0) open.push([fresh.shift() ?? "", undefined, undefined]);
			const room = limit - this.signals.length;
			const now = open.slice(0, room);
			const share = Math.floor(room / now.length);
			const read = await Promise.all(now.map(async ([group, token, told]) => await this.#readOrSkip(group, token, told, share)));
			for (const { signals } of read) this.signals.push(...signals);
			const going = read.flatMap(({ next, told, patient }, i): [OpenGroup, boolean][] => {
				const group = now[i]?.[0];
				return next === undefined || group === undefined ? [] : [[[group, next, told], patient]];
			});
			stuck = [...stuck, ...going.filter(([, patient]) => !patient).map(([g]) => g)];
			open = [...going.filter(([, patient]) => patient).map(([g]) => g), ...open.slice(room)];
			this.#context.progress(groups.length - fresh.length - open.length, groups.length, "log groups read");
		}
		const begun = [...stuck, ...open.flatMap(([group, token, told]): OpenGroup[] => (token === undefined ? [] : [[group, token, told]]))];
		// What was taken up and not read yet is fresh again.
		const next = open.find(([, token]) => token === undefined)?.[0] ?? fresh[0] ?? null;
		return begun.length === 0 && next === null ? undefined : { open: begun, next };
	}

	/** One group that may not be read, or is gone, does not hide the others. */
	async #readOrSkip(group: string, token: string | undefined, told: Told | undefined, limit: number): Promise<GroupPage> {
		try {
			return await this.#readGroup(group, token, told, limit);
		} catch (thrown) {
			const error = toAppError(thrown);
			if (error.code !== "FORBIDDEN" && error.code !== "NOT_FOUND") throw error;
			this.skipped.push(`log group ${group}: ${error.code}`);
			return { signals: [], next: undefined, told: undefined, patient: true };
		}
	}

	/** One page of a group that holds something; a page of AWS may be empty and still have a next one. */
	async #readGroup(group: string, token: string | undefined, before: Told | undefined, limit: number): Promise<GroupPage> {
		const ids = eventIds(group, before);
		let nextToken = token;
		for (let empty = 0; empty < EMPTY_PAGES; empty++) {
			const input = {
				logGroupName: group,
				startTime: Date.parse(this.#window.from),
				endTime: Math.ceil(Date.parse(this.#window.to)) - 1,
				limit,
				...(this.#pattern ? { filterPattern: this.#pattern } : {}),
				...(nextToken === undefined ? {} : { nextToken }),
			};
			const page = await this.#api.filterLogEvents(input, this.#context.signal);
			const mapped = (page.events ?? []).map((event) => mapLogEvent(event, { id: ids.idOf(event), region: this.#region, group }));
			const signals = mapped.filter((s) => s.severity >= this.#least);
			nextToken = page.nextToken ?? undefined;
			if (nextToken === undefined || signals.length > 0) return { signals, next: nextToken, told: ids.told(), patient: true };
		}
		return { signals: [], next: nextToken, told: ids.told(), patient: false };
	}
}

interface GroupPage {
	signals: Signal[];
	next: string | undefined;
	told: Told | undefined;
	/** Whether it is worth going on with in this call. */
	patient: boolean;
}
