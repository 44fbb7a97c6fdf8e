import type { AlarmHistoryItem } from "@aws-sdk/client-cloudwatch";
import { EvidencePage, toAppError } from "@faultline/contracts";
import {
	coverageOf,
	decodeCursor,
	defineTool,
	EvidenceInput,
	encodeCursor,
	evidenceReply,
	READS,
	redactionsOf,
	windowOf,
} from "@faultline/mcp";
import { z } from "zod";
import type { CloudWatchApi } from "../client.ts";
import { alarmsLink } from "../console-links.ts";
import { type Alarm, alarmNow, alarmTransition } from "../map-alarms.ts";

const Position = z.object({ from: z.string(), to: z.string(), token: z.string() });
/** AWS's largest page. */
const PAGE = 100;
const HISTORY_KEPT_MS = 30 * 86_400_000;

export function listAlarms(api: CloudWatchApi) {
	return defineTool({
		name: "list_alarms",
		title: "List alarms",
		description:
			"CloudWatch alarms of a window, composite ones too: every change of state in it (to ALARM, back to OK), oldest first, and those in ALARM since before it. Each has its metric, threshold, the value that tripped it, or its rule, and a console link. Use it to see who was paged for what, and when.",
		inputSchema: EvidenceInput,
		outputSchema: EvidencePage,
		annotations: READS,
		evidence: ["alert"],
		async run(input, context) {
			const query = { tool: "list_alarms", from: input.from, to: input.to };
			const asked = windowOf(input, context.now());
			const start = input.cursor === undefined ? { ...asked, token: undefined } : decodeCursor(query, input.cursor, Position);
			const window = { from: start.from, to: start.to };
			const [region, alarms] = [await api.region(), await describeAll(api, context.signal)];
			const byName = new Map(alarms.map((a) => [a.AlarmName ?? "", a]));
			const { items, next, missing } = await readHistory(api, { ...window, token: start.token, limit: input.limit }, context.signal);
			const end = Date.parse(window.to);
			const signals = items
				.filter((i) => (i.Timestamp?.getTime() ?? 0) < end)
				.flatMap((item) => alarmTransition(item, byName.get(item.AlarmName ?? ""), region) ?? []);
			// What was already in ALARM when the window began is told once, on the first page; without a history, what is in ALARM at all.
			const standing =
				start.token === undefined ? alarms.filter((a) => a.StateValue === "ALARM").flatMap((a) => alarmNow(a, region) ?? []) : [];
			const known = missing === undefined ? Date.parse(window.from) : end;
			signals.unshift(...standing.filter((a) => Date.parse(a.time) < known));
			const oldest = context.now() - HISTORY_KEPT_MS;
			const coverage = coverageOf("cloudwatch", window, {
				skipped: missing === undefined ? [] : [missing],
				...(Date.parse(window.from) < oldest ? { oldestAvailable: new Date(oldest).toISOString() } : {}),
				waitedMs: api.waitedMs(context.signal),
			});
			const nextCursor = next === undefined ? {} : { nextCursor: encodeCursor(query, { ...window, token: next }) };
			return evidenceReply({ signals, coverage, redactions: redactionsOf(signals), url: alarmsLink(region), ...nextCursor }, "Alarms", {
				detail: input.detail,
				whenEmpty: `None of ${alarms.length} alarms changed its state in this window or was in ALARM when it began. AWS keeps alarm history for 30 days.`,
			});
		},
	});
}

async function describeAll(api: CloudWatchApi, signal: AbortSignal): Promise<Alarm[]> {
	const alarms: Alarm[] = [];
	let NextToken: string | undefined;
	do {
		const page = await api.describeAlarms(
			{ AlarmTypes: ["MetricAlarm", "CompositeAlarm"], MaxRecords: PAGE, ...(NextToken === undefined ? {} : { NextToken }) },
			signal,
		);
		alarms.push(...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? []));
		NextToken = page.NextToken ?? undefined;
	} while (NextToken !== undefined);
	return alarms;
}

type HistoryPage = { items: AlarmHistoryItem[]; next: string | undefined; missing?: string };
type HistoryPosition = { from: string; to: string; token: string | undefined; limit: number };

/** The history, or why there is none: the alarms themselves are known by now, and are worth telling without it. */
async function readHistory(api: CloudWatchApi, at: HistoryPosition, signal: AbortSignal): Promise<HistoryPage> {
	try {
		return await readStateUpdates(api, at, signal);
	} catch (thrown) {
		const error = toAppError(thrown);
		if (at.token !== undefined || error.code === "CANCELLED" || error.code === "INTERNAL") throw error;
		return { items: [], next: undefined, missing: `alarm history: ${error.code}: ${error.message}` };
	}
}

/** State updates of all alarms, oldest first, until the page is full. */
async function readStateUpdates(api: CloudWatchApi, at: HistoryPosition, signal: AbortSignal): Promise<HistoryPage> {
	const items: AlarmHistoryItem[] = [];
	let NextToken = at.token;
	do {
		const MaxRecords = Math.min(PAGE, at.limit - items.length);
		const input = {
			HistoryItemType: "StateUpdate" as const,
			AlarmTypes: ["MetricAlarm" as const, "CompositeAlarm" as const],
			StartDate: new Date(at.from),
			EndDate: new Date(at.to),
			ScanBy: "TimestampAscending" as const,
			MaxRecords,
		};
		const page = await api.describeAlarmHistory({ ...input, ...(NextToken === undefined ? {} : { NextToken }) }, signal);
		items.push(...(page.AlarmHistoryItems ?? []));
		NextToken = page.NextToken ?? undefined;
	} while (NextToken !== undefined && items.length < at.limit);
	return { items, next: NextToken };
}
