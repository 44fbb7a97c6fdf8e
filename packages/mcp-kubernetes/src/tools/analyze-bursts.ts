import type { Signal, Window } from "@faultline/contracts";
import {
	BurstReport,
	burstReply,
	coverageOf,
	defineTool,
	evidenceInput,
	READS,
	reportBursts,
	type Tool,
	type ToolContext,
	windowBefore,
	windowOf,
} from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { nanos, within } from "../instant.ts";
import { findPods, type LogPosition, readStreams, takePage } from "../log-search.ts";
import { linkOf } from "../names.ts";
import { readEvents } from "./list-events.ts";
import { filterOf, logFilters, logSignal } from "./search-logs.ts";

/** Lines read of both windows together. */
const MOST_LINES = 50_000;
const ROUND = { lines: 10_000, bytes: 16 * 1024 * 1024 };

const { from, to, detail } = evidenceInput;
const Input = z.object({ from, to, detail, of: z.enum(["logs", "events"]).default("logs"), ...logFilters });
type Input = z.output<typeof Input>;

export function analyzeBursts(connection: Connection): Tool<typeof Input, typeof BurstReport> {
	return defineTool({
		name: "analyze_bursts",
		title: "Bursts and new kinds of lines",
		description:
			"How many log lines or events came per minute, and of which kinds (templates), against the window of the same length just before: bursts above chance, kinds that are new, more, fewer or gone, with first and last time and an example. Counts before lines: use it first, then search_logs for what it names. Filters as in search_logs; events heed namespace only.",
		inputSchema: Input,
		outputSchema: BurstReport,
		annotations: READS,
		async run(input, context) {
			const window = windowOf(input, context.now());
			const both = { from: windowBefore(window).from, to: window.to };
			const found =
				input.of === "events" ? await eventsOf(connection, input, both, context) : await linesOf(connection, input, both, context);
			const coverage = coverageOf("kubernetes", window, { ...found, waitedMs: connection.client.waitedMs(context.signal) });
			const url = linkOf(connection.config, input.of === "events" ? "events" : "pods", { namespace: input.namespace, name: "" });
			const report = { ...reportBursts(found.signals, window, coverage), ...(url === undefined ? {} : { url }) };
			return burstReply(report, input.of === "events" ? "Events" : "Log lines", input.detail);
		},
	});
}

interface Found {
	signals: Signal[];
	skipped: string[];
	truncated: boolean;
	oldestAvailable?: string | undefined;
}

async function linesOf(connection: Connection, input: Input, window: Window, context: ToolContext): Promise<Found> {
	const accept = filterOf(input);
	const { pods, truncated, skipped } = await findPods(connection, input, window, context.signal);
	const signals: Signal[] = [];
	const gaps = new Set(skipped);
	let position: LogPosition | undefined = { t: nanos(window.from) as string };
	while (position !== undefined && signals.length < MOST_LINES) {
		const reads = await readStreams(connection, pods, position.t, context);
		const page = takePage(reads, window, position, ROUND, accept);
		for (const read of reads) if (read.skipped !== undefined) gaps.add(read.skipped);
		signals.push(...page.lines.map((line) => logSignal(line, undefined)));
		position = page.end;
	}
	if (position !== undefined) gaps.add(`lines after ${position.t}: there are more than ${MOST_LINES}; narrow the window or the filters`);
	return { signals, skipped: [...gaps], truncated: truncated || position !== undefined };
}

/** An event that went on is counted where it was last seen: the cluster keeps no time of each occurrence. */
async function eventsOf(connection: Connection, input: Input, window: Window, context: ToolContext): Promise<Found> {
	const { signals, skipped, truncated, oldest } = await readEvents(connection, window, context.signal);
	const placed = signals.map((s) => {
		const last = s.event?.lastTime;
		const body = `${s.event?.reason ?? ""} ${s.event?.object.kind ?? ""}: ${s.body}`;
		return { ...s, body, time: last !== undefined && within(last, window) ? last : s.time };
	});
	return {
		signals: placed.filter((s) => input.namespace === undefined || s.event?.object.namespace === input.namespace),
		skipped,
		truncated,
		oldestAvailable: oldest,
	};
}
